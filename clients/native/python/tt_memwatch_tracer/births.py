"""Notes natively where the results of ttnn's operations come from, as the plugin's `origins.noting` does in Python."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType
from typing import Any

from tt_memwatch_tracer.library import shared_library

#: `off` leaves the noting to Python.
BIRTHS_VARIABLE = "TT_MEMWATCH_NATIVE_BIRTHS"


class _Setting(ctypes.Structure):
    """`ttmw::births::Setting`; the library takes references of its own."""

    _fields_ = (
        ("births", ctypes.c_void_p),
        ("tensor_type", ctypes.c_void_p),
        ("operation", ctypes.c_void_p),
        ("calls_test", ctypes.c_void_p),
        ("sets_up_fixture", ctypes.c_void_p),
        ("have_unique_numbers", ctypes.c_int),
        ("frames_max", ctypes.c_int),
        ("records_max", ctypes.c_int),
        ("numbers_max", ctypes.c_int),
    )


@dataclass(frozen=True)
class Setting:
    """What all operations are noted by."""

    births: dict[Any, Any]
    tensor_type: type
    #: Where pytest calls a test, and a fixture: no call site goes beyond.
    ends: tuple[CodeType | None, CodeType | None]
    #: Whether a number is the buffer's own, and not the tensor's.
    have_unique_numbers: bool
    frames_max: int
    records_max: int
    numbers_max: int


class NativeBirths:
    """Makes what notes. Raises OSError where no native library is there, or it cannot note births here."""

    def __init__(self, setting: Setting) -> None:
        if os.environ.get(BIRTHS_VARIABLE) == "off":
            raise OSError(f"{BIRTHS_VARIABLE} is off")
        self._setting = setting
        self._library = shared_library()
        if not self._library.births_usable():
            raise OSError("births are noted natively only in the main interpreter of a CPython whose frames are known")
        self.noter(None)

    def noter(self, operation: str | None) -> Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]:
        """What notes the results of an operation by this name; None: by that of the operation, the first argument."""
        setting = self._setting
        calls_test, sets_up_fixture = setting.ends
        given = _Setting(
            id(setting.births),
            id(setting.tensor_type),
            id(operation),
            id(calls_test),
            id(sets_up_fixture),
            setting.have_unique_numbers,
            setting.frames_max,
            setting.records_max,
            setting.numbers_max,
        )
        note: Callable[..., Any] | None = self._library.births_noter(ctypes.byref(given), None)
        if note is None:
            raise OSError("births are not noted natively: tensors lack what they are asked for, or memory ran out")
        return note
