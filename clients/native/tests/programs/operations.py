"""What operations are noted as in the ring, and that nothing else of them changes.

operations.py RING
"""

from __future__ import annotations

import inspect
import os
import struct
import sys
import threading
import traceback
import types
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ring_file import RingFile
from tt_memwatch_tracer.library import Library
from tt_memwatch_tracer.operations import Operations

RING = Path(sys.argv[1])
#: Offset in the ring's header.
OPERATION = 200


class FastOperation:
    """Like ttnn's."""

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.python_fully_qualified_name = name
        self.function = function

    def __call__(self, *function_args: Any, **function_kwargs: Any) -> Any:
        return self.function(*function_args, **function_kwargs)


class Tensor:
    def to(self, place: str, *, layout: str = "") -> tuple[str, str]:
        return f"{place} in {running()}", layout


def nothing(*args: Any, **kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return args, kwargs


def running() -> str:
    """Name of the operation that the ring says runs, on this thread; empty for none."""
    with RING.open("rb") as file:
        file.seek(OPERATION)
        number, thread = struct.unpack("<II", file.read(8))
    if thread != threading.get_native_id():
        assert (number, thread) == (0, 0)
        return ""
    ((file_name, line, name),) = RingFile(RING).stacks[number]
    assert (file_name, line) == ("", 0)
    return name


def names_the_outermost() -> None:
    inner = FastOperation("ttnn.inner", running)
    outer = FastOperation("ttnn.outer", lambda: (running(), inner(), running()))
    assert outer() == ("ttnn.outer",) * 3 and running() == ""
    assert inner() == "ttnn.inner" and running() == ""
    assert Tensor().to("device", layout="tile") == ("device in ttnn.Tensor.to", "tile")
    assert running() == ""


def writes_a_name_once() -> None:
    operations = [FastOperation("ttnn.same", running) for _ in range(3)]
    assert [operation() for operation in operations * 2] == ["ttnn.same"] * 6
    stacks = RingFile(RING).stacks.values()
    assert list(stacks).count([("", 0, "ttnn.same")]) == 1


def passes_what_it_is_given() -> None:
    name, given = "".join(["ttnn.", "echo"]), object()
    echo = FastOperation(name, nothing)
    assert echo() == ((), {}) and echo(1, given, key=given) == ((1, given), {"key": given})
    counted = (name, given, echo, None)
    before = [sys.getrefcount(each) for each in counted]
    for _ in range(10_000):
        echo(given, key=given)
        Tensor.to(Tensor(), given)  # type: ignore[arg-type]
    after = [sys.getrefcount(each) for each in counted]
    assert all(abs(now - then) < 100 for now, then in zip(after, before, strict=True)), (before, after)


def keeps_nothing() -> None:
    def ended() -> weakref.ref[FastOperation]:
        operation = FastOperation("ttnn.short", running)
        operation()
        return weakref.ref(operation)

    assert ended()() is None


def raises_what_it_raises() -> None:
    error = ValueError("too large")

    def fail() -> None:
        raise error

    operation = FastOperation("ttnn.fails", fail)
    for call in (operation, lambda: FastOperation("ttnn.around", operation)()):
        try:
            call()
        except ValueError as raised:
            assert raised is error and raised.__context__ is None
            files = {frame.filename for frame in traceback.extract_tb(raised.__traceback__)}
            assert files == {__file__}, files
        else:
            raise AssertionError("nothing was raised")
        assert running() == ""
    for wrong in (lambda: FastOperation.__call__(), lambda: Tensor.to()):  # type: ignore[call-arg]
        try:
            wrong()
        except TypeError as raised:
            assert "missing" in str(raised), raised
        else:
            raise AssertionError("a call without arguments was taken")


def is_as_it_was_to_python(original: Any) -> None:
    assert vars(FastOperation)["__call__"] is original
    operation = FastOperation("ttnn.seen", nothing)
    assert str(inspect.signature(operation)) == "(*function_args: Any, **function_kwargs: Any) -> Any".replace(
        "Any", "'Any'"
    )
    assert Tensor.to.__name__ == "to" and "layout" in inspect.signature(Tensor.to).parameters


def goes_on_where_it_has_no_name() -> None:
    operation = FastOperation("", lambda: RingFile(RING).head)
    del operation.python_fully_qualified_name
    assert operation() == 0
    operation.python_fully_qualified_name = 7  # type: ignore[assignment]
    assert operation() == 0


def leaves_alone_what_another_thread_runs() -> None:
    began, may_end = threading.Event(), threading.Event()

    def wait() -> str:
        before = running()
        began.set()
        assert may_end.wait(60)
        return before

    names: list[str] = []
    slow = FastOperation("ttnn.slow", wait)
    thread = threading.Thread(target=lambda: names.append(slow()))
    thread.start()
    assert began.wait(60)
    # That of this thread counts from here on, and the other's end does not end it.
    quick = FastOperation("ttnn.quick", lambda: (may_end.set(), thread.join(), running())[2])
    assert quick() == "ttnn.quick" and names == ["ttnn.slow"] and running() == ""


def is_followed_again_once_a_suite_set_it(library: Library, original: Any) -> None:
    FastOperation.__call__ = lambda self: ("suite", original(self))  # type: ignore[assignment,method-assign]
    operation = FastOperation("ttnn.patched", running)
    assert operation() == ("suite", "")
    library.set_context(1)
    assert operation() == ("suite", "ttnn.patched")
    FastOperation.__call__ = original  # type: ignore[method-assign]
    library.set_context(2)
    assert operation() == "ttnn.patched"


def has_other_numbers_in_another_ring(library: Library, operations: Operations) -> None:
    child = os.fork()
    if child == 0:
        global RING
        RING = RING.with_suffix(".child")
        assert library.open(os.fsencode(RING), 16, 4096) == 0
        operations.follow(library)
        is_right = FastOperation("ttnn.inner", running)() == "ttnn.inner" and len(RingFile(RING).stacks) == 1
        os._exit(0 if is_right else 1)
    assert os.waitpid(child, 0)[1] == 0


def ends(operations: Operations, to: Any) -> None:
    operation = FastOperation("ttnn.late", running)
    operations.restore()
    assert operation() == "" and Tensor.to is to
    operations.restore()


def main() -> None:
    module = types.SimpleNamespace(Tensor=Tensor, _ttnn=types.SimpleNamespace())
    decorators = types.SimpleNamespace(FastOperation=FastOperation)
    sys.modules.update({"ttnn": module, "ttnn.decorators": decorators})  # type: ignore[dict-item]
    original, to = vars(FastOperation)["__call__"], Tensor.to
    library, operations = Library(), Operations()
    # Without a ring there is nothing to say.
    operations.follow(library)
    assert FastOperation("ttnn.early", nothing)(1) == ((1,), {})
    assert library.open(os.fsencode(RING), 16, 1 << 16) == 0
    names_the_outermost()
    writes_a_name_once()
    passes_what_it_is_given()
    keeps_nothing()
    raises_what_it_raises()
    is_as_it_was_to_python(original)
    goes_on_where_it_has_no_name()
    leaves_alone_what_another_thread_runs()
    is_followed_again_once_a_suite_set_it(library, original)
    has_other_numbers_in_another_ring(library, operations)
    ends(operations, to)
    print("right")


main()
