"""What Python calls several times a test is built in, and takes what it is given as other functions do."""

from __future__ import annotations

import sys
from pathlib import Path

from python_programs import expect_right

PROGRAM = """
import gc
import sys
import zlib
from tt_memwatch_tracer.library import Library

library = Library()
calls = (library.head, library.set_context, library.missing, library.changes, library.borrow_object)
calls += (library.call_operation,)
assert {type(call) for call in calls} == {type(len)}
assert [call.__name__ for call in calls] == ["head", "set_context", "missing", "changes", "borrow", "operation"]

# Without a ring there is nothing to say, and nothing to write to.
assert library.head() == 0 and library.missing() == 0
assert library.set_context(7) is None
assert library.changes(0) is None
assert library.borrow_object(12345) is None

for call in (library.set_context, library.changes, library.borrow_object):
    for wrong, error in (("7", TypeError), (-1, OverflowError), (1 << 64, OverflowError)):
        try:
            call(wrong)
        except error:
            continue
        raise AssertionError(f"{call.__name__}({wrong!r}) was taken")

value = zlib.compressobj()
for few in ((), (print, "ttnn.none", ())):
    try:
        library.call_operation(*few)
    except TypeError:
        continue
    raise AssertionError(f"{len(few)} arguments were taken")
assert library.call_operation(dict, "ttnn.none", ([("a", 1)],), {"b": 2}) == {"a": 1, "b": 2}

assert library.watch_objects(type(value), Library) and library.remember_object(value)
before = sys.getrefcount(value), sys.getrefcount(None)
for _ in range(10_000):
    assert library.borrow_object(id(value)) is value
    assert library.changes(0) is None and library.borrow_object(1) is None and library.set_context(1) is None
assert abs(sys.getrefcount(value) - before[0]) < 10 and abs(sys.getrefcount(None) - before[1]) < 1_000
print("right")
"""


def test_calls_are_built_in_and_neither_keep_nor_lose_what_they_give(environment: dict[str, str]) -> None:
    expect_right(Path(sys.executable), "-X", "dev", "-c", PROGRAM, environment=environment)
