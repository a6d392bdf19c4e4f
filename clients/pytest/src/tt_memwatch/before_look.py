"""A place for a suite's own cleaning, before it is measured what a test left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

#: Functions that a test or its fixtures registered, each called with the devices.
_FUNCTIONS: pytest.StashKey[list[Callable[[list[Any]], object]]] = pytest.StashKey()


class Hookspecs:
    """Hooks that a conftest file or a plugin may have."""

    @staticmethod
    def pytest_memwatch_before_look(item: pytest.Item, devices: list[Any]) -> None:
        """Called when the test and its own fixtures are over, before it is measured what the test left on `devices`.

        Clear caches of your own here: what is freed now was not left. `devices` are ttnn's open devices, a mesh among
        them; none of them may be closed. What an implementation raises makes the test `not-checked`.
        """


@pytest.fixture
def memwatch_before_look(request: pytest.FixtureRequest) -> Callable[[Callable[[list[Any]], object]], None]:
    """Takes functions to call with the open devices before it is measured what this test left."""
    functions: list[Callable[[list[Any]], object]] = request.node.stash.setdefault(_FUNCTIONS, [])
    return functions.append


def clean(item: pytest.Item, devices: Sequence[Any]) -> str | None:
    """Have the suite clean. Gives why that failed; None: it did not."""
    try:
        for function in item.stash.get(_FUNCTIONS, []):
            function(list(devices))
        item.ihook.pytest_memwatch_before_look(item=item, devices=list(devices))
    except Exception as error:
        return f"what the suite does before it is measured failed: {type(error).__name__}: {error}"
    return None
