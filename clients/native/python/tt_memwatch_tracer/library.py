"""The native library: where it is, and its functions with their types."""

from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

NAME = "libtt_memwatch_tracer.so"

#: Lies beside this module where an installer could not build the library, and says why.
NOT_BUILT = "not-built.txt"

#: Builds and installs it again, from the source distribution.
REINSTALL = "pip install --force-reinstall --no-deps --no-cache-dir --no-binary pytest-tt-memwatch pytest-tt-memwatch"

#: Where the engine has a library of its own; set by `tt-memwatch run`.
PATH_VARIABLE = "TT_MEMWATCH_TRACER_LIBRARY"

#: Offset in the ring's header (docs/formats.md, "Ring").
SERVER_OFFSET = 80

#: What to call, its name as an operation, and its arguments. Gives what that gives, or raises what it raises.
CallOperation = Callable[[Callable[..., Any], str, tuple[Any, ...], dict[str, Any]], Any]


class Library:
    """The functions of the native library. Raises OSError where there is none, or it cannot be loaded here."""

    def __init__(self) -> None:
        path = _find()
        try:
            # Python stacks are read with the GIL held, which CDLL would release.
            self._declare(ctypes.CDLL(path), ctypes.PyDLL(path))
            self._take_calls()
        except AttributeError as error:
            raise OSError(f"the tracer in {path} was built from other sources ({error}): {_how_to_build()}") from None
        # The latter: it made nothing.
        except (OSError, ValueError) as error:
            raise OSError(f"the tracer cannot be loaded here ({error}): {_how_to_build()}") from None

    def _declare(self, native: ctypes.CDLL, with_gil: ctypes.PyDLL) -> None:
        self.open = native.ttmw_open
        self.open.argtypes = [ctypes.c_char_p, ctypes.c_uint64, ctypes.c_uint64]
        self.install = native.ttmw_install
        self.install.restype = ctypes.c_uint
        self.reason = native.ttmw_reason
        self.reason.restype = ctypes.c_char_p
        self.slots = native.ttmw_slots
        self.uninstall = native.ttmw_uninstall
        self.close = native.ttmw_close
        self.close.restype = None
        self.header = native.ttmw_header
        self.header.restype = ctypes.c_void_p
        self.enable = native.ttmw_enable
        self.enable.argtypes = [ctypes.c_int]
        self.enable.restype = None
        self._stacks = with_gil.ttmw_stacks
        self._stacks.argtypes = [ctypes.c_int]
        self.stacks_use_objects = with_gil.ttmw_stacks_use_objects
        self.stacks_use_objects.restype = None
        self.stacks_agree = with_gil.ttmw_stacks_agree
        self.watch_objects = with_gil.ttmw_objects_watch
        self.watch_objects.argtypes = [ctypes.py_object, ctypes.py_object]
        self.remember_object = with_gil.ttmw_objects_remember
        self.remember_object.argtypes = [ctypes.py_object]
        self._make_calls = with_gil.ttmw_calls
        self._make_calls.restype = ctypes.py_object
        self.follow_operations = with_gil.ttmw_operations_follow
        self.follow_operations.argtypes = [ctypes.py_object]
        self.restore_operations = with_gil.ttmw_operations_restore
        self.restore_operations.restype = None
        self.heap_usable = with_gil.ttmw_heap_usable
        self.heap_learn = with_gil.ttmw_heap_learn
        self.heap_learn.argtypes = [ctypes.py_object, ctypes.c_int]
        self.heap_search = with_gil.ttmw_heap_search
        self.heap_search.argtypes = [ctypes.c_void_p, ctypes.py_object]
        self.heap_search.restype = ctypes.py_object
        self._births_usable = with_gil.ttmw_births_usable
        self.births_noter = with_gil.ttmw_births_noter
        self.births_noter.argtypes = [ctypes.c_void_p, ctypes.py_object]
        self.births_noter.restype = ctypes.py_object
        self.per_test_lines_usable = with_gil.ttmw_per_test_lines_usable
        self.per_test_lines = with_gil.ttmw_per_test_lines
        self.per_test_lines.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.py_object, ctypes.py_object]
        self.per_test_lines.restype = ctypes.py_object
        self.watch_connects = with_gil.ttmw_connects_watch
        self.watch_connects.argtypes = [ctypes.c_char_p]
        self.enable_connects = with_gil.ttmw_connects_enable
        self.enable_connects.argtypes = [ctypes.c_int]
        self.enable_connects.restype = None
        self.mark = with_gil.ttmw_mark
        self.mark.argtypes = [ctypes.c_uint64]
        self.mark.restype = None
        self.captured = with_gil.ttmw_captured
        self.captured.argtypes = [ctypes.c_int, ctypes.c_int32, ctypes.c_uint64]
        self.captured.restype = None

    def _take_calls(self) -> None:
        """Those of `called_from_python.cpp`, which are called several times a test."""
        self.head: Callable[[], int]
        self.set_context: Callable[[int], None]
        #: How many call slots do not hold our hooks and should.
        self.missing: Callable[[], int]
        #: The blocks of a device that changed since the last call; None where that is not known, or they are too many.
        self.changes: Callable[[int], list[tuple[int, int, int]] | None]
        #: A remembered object by its address, or None once it has ended.
        self.borrow_object: Callable[[int], Any]
        #: Says in the ring which operation runs while it does.
        self.call_operation: CallOperation
        made = self._make_calls()
        self.head, self.set_context, self.missing, self.changes, self.borrow_object, self.call_operation = made

    def stacks(self, depth: int) -> bool:
        """Record so many Python frames with each allocation (0 to 32). False: this cannot be done.

        The library tries on the frames that it finds here whether it knows where this Python keeps them: the expression
        is one of a generator's.
        """
        return bool(next(self._stacks(each) for each in (depth,)))

    def births_usable(self) -> bool:
        """Whether births can be noted natively here, which is tried on the frames as well."""
        return bool(next(self._births_usable() for _ in (0,)))


@functools.cache
def shared_library() -> Library:
    """One for all that need no ring: every search would have to learn the types that `ctypes` makes for each."""
    return Library()


#: Where `make setup` puts the library in a clone.
_IN_CLONE = Path(__file__).parents[4] / "build" / "native" / NAME


def _find() -> str:
    beside = Path(__file__).with_name(NAME)
    named = os.environ.get(PATH_VARIABLE)
    for path in (str(beside), named or str(_IN_CLONE)):
        if os.path.exists(path):
            return path
    raise OSError(f"the tracer is not built{_why_not()}: {_how_to_build()}")


def _why_not() -> str:
    note = Path(__file__).with_name(NOT_BUILT)
    try:
        return f" ({note.read_text(encoding='utf-8')})"
    except OSError:
        return ""


def _how_to_build() -> str:
    """What to do in a clone, in the npm package or the executable, and in an environment that pip made."""
    client = Path(__file__).parents[2]
    if (client.parents[1] / "Makefile").exists():
        return "install a C++ compiler and run `make setup` in the clone of tt-memwatch"
    if (client / "build.sh").exists():
        return f"install a C++ compiler and run `sh {client / 'build.sh'} --anew`"
    return f"install a C++ compiler and run `{REINSTALL}`"
