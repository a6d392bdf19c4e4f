"""The frames that the traceback of a failed test keeps, and what empties them once the failure is reported."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator, Sequence
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from operator import attrgetter
from types import AsyncGeneratorType, CoroutineType, FrameType, GeneratorType, TracebackType


def empty_frames(failures: Sequence[BaseException]) -> bool:
    """Drop the locals of the frames that the exceptions' tracebacks keep, and of the finished ones that called them.

    The tracebacks stay, with file, line and function of each entry. Frames with `__tracebackhide__` stay as they are:
    without it, a traceback that is shown once more shows their entries. Gives whether there was any frame to empty.
    """
    tracebacks = [tb for failure in failures for error in exceptions_of(failure) for tb in tracebacks_of(error)]
    frames = finished_frames(tracebacks)
    suspended = _suspended(frames.values())
    emptied = [_empty(frame) for key, frame in frames.items() if key not in suspended and not _can_hide(frame)]
    return any(emptied)


def _can_hide(frame: FrameType) -> bool:
    return "__tracebackhide__" in frame.f_code.co_varnames


def tracebacks_of(error: BaseException) -> Iterator[TracebackType]:
    """The entries of the exception's traceback, outermost first."""
    tb = error.__traceback__
    while tb is not None:
        yield tb
        tb = tb.tb_next


def finished_frames(tracebacks: Iterable[TracebackType]) -> dict[int, FrameType]:
    """The tracebacks' frames and those that called them, by identity, without those that run."""
    running = {id(frame) for frame in outward(sys._getframe())}
    frames: dict[int, FrameType] = {}
    for tb in tracebacks:
        for frame in outward(tb.tb_frame):
            if id(frame) in running or id(frame) in frames:
                break
            frames[id(frame)] = frame
    return frames


def outward(frame: FrameType | None) -> Iterator[FrameType]:
    """The frame, and those that called it, innermost first."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def _empty(frame: FrameType) -> bool:
    try:
        frame.clear()
    except RuntimeError:
        return False  # still running
    # Up to CPython 3.12 a frame whose `f_locals` was read keeps a copy of its locals until it is read again.
    _ = frame.f_locals
    return True


def _suspended(frames: Iterable[FrameType]) -> set[int]:
    """Frames of generators and coroutines that can still go on: emptying one would end it."""
    flags = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR
    unsure = [frame for frame in frames if frame.f_code.co_flags & flags and not _is_seen_to_be_finished(frame)]
    if not unsure:
        return set()
    # Goes through all objects of the process.
    referrers = gc.get_referrers(*unsure)
    return {id(frame_of(referrer)) for kind, frame_of in _FRAMES for referrer in referrers if type(referrer) is kind}


def _shows_code(frame: FrameType) -> bool:
    """Whether the frame's code is among what it shows the collector that it refers to."""
    return any(part is frame.f_code for part in gc.get_referents(frame))


def _do_only_finished_show() -> bool:
    """As since CPython 3.11: of a frame that a generator has, the generator shows what it refers to."""
    suspended: GeneratorType[int, None, None] = (number for number in (0,))  # type: ignore[assignment]
    frame = suspended.gi_frame
    return frame is not None and not _shows_code(frame)


_ONLY_FINISHED_SHOW = _do_only_finished_show()


def _is_seen_to_be_finished(frame: FrameType) -> bool:
    return _ONLY_FINISHED_SHOW and _shows_code(frame)


#: What can be suspended, and how it gives its frame.
_FRAMES = (
    (GeneratorType, attrgetter("gi_frame")),
    (CoroutineType, attrgetter("cr_frame")),
    (AsyncGeneratorType, attrgetter("ag_frame")),
)


def exceptions_of(error: BaseException) -> Iterator[BaseException]:
    """The exception, those it came from, and those it groups."""
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        one = pending.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            pending += [one.__cause__, one.__context__, *_grouped(one)]


def _grouped(error: BaseException) -> Iterable[BaseException]:
    """The exceptions of a group, of Python's own kind or of the backport that pytest uses before Python 3.11."""
    names = [kind.__name__ for kind in type(error).__mro__]
    return error.exceptions if "BaseExceptionGroup" in names else ()  # type: ignore[attr-defined]
