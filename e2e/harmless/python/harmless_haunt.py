"""Haunts a session: opens a mock device for it and leaves a tensor in each test, in ways that take turns.

It is loaded with `-p` beside somebody else's suite, watched or not: what it does is the same in both. Which way a test
gets follows from its node id alone, so the order of tests does not matter.
"""

from __future__ import annotations

import logging
import os
import sys
import zlib
from collections.abc import Callable, Generator
from typing import Any

import pytest
import ttnn

logger = logging.getLogger("haunt")

#: One of so many tests is haunted.
EVERY = int(os.environ.get("HARMLESS_HAUNT_EVERY", "1"))

#: What nobody ever lets go of.
KEPT: list[object] = []

Way = Callable[[pytest.Item, Any], None]


class Ghost:
    """Holds a tensor, and shows nothing of it."""

    def __init__(self, tensor: object) -> None:
        self.tensor = tensor
        self.itself: Ghost | None = None

    def __repr__(self) -> str:
        return "a ghost"


def _in_a_list(item: pytest.Item, tensor: Any) -> None:
    KEPT.append(tensor)


def _in_a_closure(item: pytest.Item, tensor: Any) -> None:
    KEPT.append(lambda: tensor)


def _in_a_generator(item: pytest.Item, tensor: Any) -> None:
    def hold() -> Generator[int, None, None]:
        held = tensor
        yield 1
        del held

    generator = hold()
    next(generator)
    KEPT.append(generator)


def _in_a_cycle(item: pytest.Item, tensor: Any) -> None:
    ghost = Ghost(tensor)
    ghost.itself = ghost


def _on_the_item(item: pytest.Item, tensor: Any) -> None:
    item.user_haunt = Ghost(tensor)  # type: ignore[attr-defined]


def _in_an_exception(item: pytest.Item, tensor: Any) -> None:
    try:
        held = tensor
        raise KeyError("haunted")
    except KeyError as error:
        del held
        KEPT.append(error)


def _in_a_failure(item: pytest.Item, tensor: Any) -> None:
    """In the frame that runs the test: a failure's traceback holds it, else it goes with the test."""
    run, holder = item.runtest, [tensor]

    def runtest() -> None:
        held = holder.pop() if holder else None
        run()
        del held

    item.runtest = runtest  # type: ignore[method-assign]


def _in_a_log_record(item: pytest.Item, tensor: Any) -> None:
    logger.warning("haunted by %r", Ghost(tensor))


def _in_a_logged_exception(item: pytest.Item, tensor: Any) -> None:
    try:
        held = Ghost(tensor)
        raise KeyError("haunted")
    except KeyError:
        logger.exception("haunted")
        del held


WAYS: tuple[Way, ...] = (
    _in_a_list,
    _in_a_closure,
    _in_a_generator,
    _in_a_cycle,
    _on_the_item,
    _in_an_exception,
    _in_a_failure,
    _in_a_failure,
    _in_a_log_record,
    _in_a_logged_exception,
)


@pytest.fixture(scope="session", autouse=True)
def haunted_device() -> Generator[Any, None, None]:
    device = ttnn.open_device(device_id=0)
    yield device
    ttnn.close_device(device)


@pytest.hookimpl(hookwrapper=True, trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    yield
    device = (getattr(item, "funcargs", None) or {}).get("haunted_device")
    if device is not None and sys.exc_info()[0] is None:
        number = zlib.crc32(item.nodeid.encode("utf-8", "replace"))
        if number // len(WAYS) % EVERY == 0:
            WAYS[number % len(WAYS)](item, make_tensor(device))


def make_tensor(device: Any) -> Any:
    return ttnn.zeros((1, 1, 32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
