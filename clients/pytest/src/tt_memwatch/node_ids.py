"""What a test is called: the id by which pytest finds it again, and the code that it runs.

Both are put together from what the item was collected from. Plugins append to node ids as they run tests
(pytest-xdist's `--dist loadgroup` makes `test_a.py::test_b[1]@board-0` of `test_a.py::test_b[1]`), and no text says
where parameters end that may have any character in them.
"""

from __future__ import annotations

import pytest


def node_id(item: pytest.Item) -> str:
    """The node id that can be given to pytest. An item that has an id of its own making keeps it."""
    collected = _below_parent(item, item.name)
    return collected if item.nodeid.startswith(collected) else item.nodeid


def code_id(item: pytest.Item, collected: str) -> str:
    """The node id without parameters: tests that share it run the same code. `collected`: its node id."""
    name = getattr(item, "originalname", None)
    if not name:
        return collected
    code = _below_parent(item, name)
    return code if collected.startswith(code) else collected


def _below_parent(item: pytest.Item, name: str) -> str:
    return f"{item.parent.nodeid}::{name}" if item.parent is not None else item.nodeid
