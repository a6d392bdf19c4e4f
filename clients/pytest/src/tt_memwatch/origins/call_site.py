"""Where in the Python code a call comes from, noted in a fraction of a microsecond and read only if it matters."""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import Any

#: Frames noted of one call. Those between a test and the operation are the first; pytest's own come after.
FRAMES_MAX = 12
_FRAMES = range(FRAMES_MAX)

#: Code objects and instructions in turn, innermost first: no frame is kept, and lines are looked up when asked for.
Site = tuple[Any, ...]


def _where_pytest_calls() -> tuple[CodeType | None, CodeType | None]:
    """Where pytest calls a test and a fixture. It is there before its plugins are; a script may have none."""
    if "_pytest" not in sys.modules:
        return None, None
    from _pytest.fixtures import call_fixture_func
    from _pytest.python import pytest_pyfunc_call

    return pytest_pyfunc_call.__code__, call_fixture_func.__code__


#: These and what called them are nothing of the user's.
ENDS = _where_pytest_calls()
_PYTEST_CALLS, _PYTEST_SETS_UP = ENDS


def call_site(depth: int) -> Site:
    """The frame `depth` levels up, and those it was called by, up to where pytest calls the user's code."""
    frame: FrameType | None = sys._getframe(depth)
    noted: list[Any] = []
    for _ in _FRAMES:
        if frame is None:
            break
        code = frame.f_code
        if code is _PYTEST_CALLS or code is _PYTEST_SETS_UP:
            break
        noted += (code, frame.f_lasti)
        frame = frame.f_back
    return tuple(noted)


def frames_of(site: Site) -> list[dict[str, Any]]:
    """File, line and function of each frame, as the protocol has them."""
    return [
        {"file": code.co_filename, "line": _line(code, at), "function": name_of(code)}
        for code, at in zip(site[::2], site[1::2], strict=True)
    ]


def name_of(code: CodeType) -> str:
    """With its class from Python 3.11 on."""
    name: str = getattr(code, "co_qualname", code.co_name)
    return name


def _line(code: CodeType, instruction: int) -> int:
    lines = (line for start, end, line in code.co_lines() if start <= instruction < end)
    return next(lines, None) or code.co_firstlineno
