"""What a test is called: the id by which pytest finds it again, and the code that it runs.

Both are put together from what the item was collected from. Plugins append to node ids as they run tests
(pytest-xdist's `--dist loadgroup` makes `test_a.py::test_b[1]@board-0` of `test_a.py::test_b[1]`), and no text says
where parameters end that may have any character in them.
"""

from __future__ import annotations

import pytest


def ids_of(item: pytest.Item) -> tuple[str, str]:
    """The node id that can be given to pytest, and the same without parameters: tests that share it run the same code.

    An item that has an id of its own making keeps it.
    """
    node, parent = item.nodeid, item.parent
    if parent is None:
        return node, node
    above = f"{parent.nodeid}::"
    collected = above + item.name
    if node == collected or not node.startswith(collected):
        # One text for both.
        collected = node
    function = getattr(item, "originalname", None)
    if not function:
        return collected, collected
    code = above + function
    return collected, code if collected.startswith(code) else collected
