"""Holds call sites of births against what Python shows of its frames."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from fake_tensors import DEVICE, Unique, place
from tt_memwatch_tracer.births import NativeBirths, Setting

FRAMES_MAX = 12

#: What notes births, once that can be made.
NOTES: list[Callable[..., Any]] = []
BIRTHS: dict[Any, Any] = {}


def begin_to_compare(are_frames_known: bool) -> None:
    """Nothing is compared where frames are not known: then births are not noted either."""
    setting = Setting(BIRTHS, Unique, (None, None), True, FRAMES_MAX, 1000, 1)
    try:
        NOTES[:] = [NativeBirths(setting).noter("allocate")]
    except OSError as error:
        assert not are_frames_known and "whose frames are known" in str(error), error
    else:
        assert are_frames_known


def compare_site(called: FrameType | None) -> None:
    """The site of a call from this frame, which runs, is what it and those that called it show."""
    expected: list[Any] = []
    while called is not None and len(expected) < 2 * FRAMES_MAX:
        expected += (called.f_code, called.f_lasti)
        called = called.f_back
    for note in NOTES:
        tensor = Unique(threading.get_ident(), DEVICE)
        note(tensor, (), {})
        _, site, numbers = BIRTHS[place(tensor)]
        # A finalizer may have noted another meanwhile.
        assert numbers != (tensor.buffer,) or site == tuple(expected), f"noted {site}, Python shows {expected}"
