"""A place for a suite's own cleaning, before it is measured what a test left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

#: Functions that a test or its fixtures registered, each called with the devices.
_FUNCTIONS: pytest.StashKey[list[Callable[[list[Any]], object]]] = pytest.StashKey()


#: The fixture that takes them.
FIXTURE = "memwatch_before_look"


class Hookspecs:
    """Hooks that a conftest file or a plugin may have."""

    @staticmethod
    def pytest_memwatch_before_look(item: pytest.Item, devices: list[Any]) -> None:
        """Called when the test and its own fixtures are over, before it is measured what the test left on `devices`.

        Clear caches of your own here: what is freed now was not left. `devices` are ttnn's open devices, a mesh among
        them; none of them may be closed. What an implementation raises makes the test `not-checked`, and so does an
        outcome of pytest's such as `pytest.fail`.
        """


@pytest.fixture
def memwatch_before_look(request: pytest.FixtureRequest) -> Callable[[Callable[[list[Any]], object]], None]:
    """Takes functions to call with the open devices before it is measured what this test left."""
    functions: list[Callable[[list[Any]], object]] = []
    request.node.stash[_FUNCTIONS] = functions
    return functions.append


def registered(item: pytest.Item) -> list[object]:
    """The list of what was registered, which goes with the test, and so does what only its functions hold."""
    return [item.stash[_FUNCTIONS]] if _FUNCTIONS in item.stash else []


def forget(item: pytest.Item) -> None:
    """Let go of what was registered. pytest keeps the test, and the value of its fixture."""
    if _FUNCTIONS in item.stash:
        item.stash[_FUNCTIONS].clear()
        del item.stash[_FUNCTIONS]


def clean(item: pytest.Item, devices: Sequence[Any], is_last: bool) -> str | None:
    """Have the suite clean. Gives why that failed; None: it did not.

    `is_last`: no device of the test remains to be measured after these. Then its functions are let go of, before they
    count as holders of what they use.
    """
    try:
        for function in item.stash.get(_FUNCTIONS, []):
            function(list(devices))
        # Which conftest files are those of the test, is asked only if there is anything in any.
        if item.config.hook.pytest_memwatch_before_look.get_hookimpls():
            item.ihook.pytest_memwatch_before_look(item=item, devices=list(devices))
    except (Exception, pytest.fail.Exception, pytest.skip.Exception) as error:
        return f"what the suite does before it is measured failed: {type(error).__name__}: {error}"
    finally:
        if is_last:
            forget(item)
    return None
