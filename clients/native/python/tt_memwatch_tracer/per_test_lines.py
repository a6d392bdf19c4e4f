"""Writes the messages that every test has natively, as the plugin's `per_test_lines` puts them together in Python."""

from __future__ import annotations

import os
from collections.abc import Callable

from tt_memwatch_tracer.library import shared_library

#: `off` leaves them to Python.
MESSAGES_VARIABLE = "TT_MEMWATCH_NATIVE_MESSAGES"


class NativeWriter:
    """Functions that write into the memory of messages that are not sent yet (docs/formats.md, "Unsent messages").

    Each of the first four gives whether its message is there; where it is not, Python says it. Raises OSError where no
    native library is there, or it cannot write here.
    """

    #: Test, attempt, base, index, further keys and values as JSON, and whether to look at host memory.
    begin: Callable[[str, int, str, int, str, bool], bool]
    #: Test, attempt, outcome, when it began in seconds of the monotonic clock, and whether to look at host memory.
    end: Callable[[str, int, str, float, bool], bool]
    #: A context's message up to its number, the number, and whether a test begins. What is recorded next is of the
    #: context. Not where a test begins and an allocation server may want to know of it.
    enter: Callable[[str, int, bool], bool]
    #: A moment. Only where all is as it was at the last look at each device that is watched, which is one at least.
    look: Callable[[str], bool]
    #: Watch another device: its key, the address of its object, the entries of its program cache, and when it is to be
    #: asked at the latest, in seconds of the monotonic clock. Whether there was room.
    watch: Callable[[int, int, int, float], bool]
    watch_none: Callable[[], None]
    #: Whether nothing is to be written meanwhile.
    pause: Callable[[bool], None]
    #: Nothing is written any more: the memory ends.
    forget: Callable[[], None]

    def __init__(self, address: int, capacity: int, queue: list[str]) -> None:
        """`address`: of the memory, with `capacity` bytes for messages. Nothing overtakes what is in `queue`."""
        if os.environ.get(MESSAGES_VARIABLE) == "off":
            raise OSError(f"{MESSAGES_VARIABLE} is off")
        library = shared_library()
        if not library.per_test_lines_usable():
            raise OSError("messages are written natively only in the main interpreter of a CPython with a GIL")
        functions = library.per_test_lines(address, capacity, queue, None)
        if functions is None:
            raise OSError("there is no memory to write messages natively")
        self.begin, self.end, self.enter, self.look, self.watch, self.watch_none, self.pause, self.forget = functions
