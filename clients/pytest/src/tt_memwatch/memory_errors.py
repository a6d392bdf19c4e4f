"""Recognises, by their messages, the errors with which ttnn says that device memory ran out.

The exceptions are the suite's: only plain `RuntimeError`s whose one argument is plain text are read, by descriptors
that CPython itself made, so that no code of the suite runs; none is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import TracebackType
from typing import Any, NamedTuple

import pytest

from tt_memwatch.origins.call_site import name_of
from tt_memwatch.sizes import SIZE_MAX

#: Characters of a message that are looked at. What is asked for comes first, a C++ backtrace after it.
_TEXT_MAX = 20_000

#: Exceptions of which one came from the other that are looked at.
_CHAIN_MAX = 100

#: Entries of a traceback that are sent, the innermost.
FRAMES_MAX = 50

#: Longest name of cores, in characters.
_CORES_MAX = 200

_ARGS: Any = BaseException.__dict__["args"]
_TRACEBACK: Any = BaseException.__dict__["__traceback__"]
_ORIGINS: tuple[Any, Any] = (BaseException.__dict__["__cause__"], BaseException.__dict__["__context__"])


class _Wording(NamedTuple):
    """One of ttnn's messages: its words and numbers are groups of the pattern, named as the protocol has them."""

    error: str
    #: As in ttnn's source, with `{name}` for a number.
    text: str
    pattern: re.Pattern[str]


def _wording(error: str, text: str) -> _Wording:
    """Recognises a text, also where its words are broken over lines."""
    pattern = re.escape(text).replace(r"\ ", r"\s+")
    pattern = re.sub(r"\\{cores\\}", rf"(?P<cores>.{{1,{_CORES_MAX}}}?)", pattern)
    pattern = re.sub(r"\\{buffers\\}", "(?P<buffers>circular|dataflow)", pattern)
    pattern = re.sub(r"\\{memoryType\\}", "(?P<memoryType>DRAM|L1_SMALL|L1|TRACE)", pattern)
    pattern = re.sub(r"\\{same\\}", "(?P=buffers)", pattern)
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[0-9]{1,16})", pattern)
    return _Wording(error, text, re.compile(pattern, re.DOTALL))


#: The wordings, from the strings of libtt_metal.so in the wheels of ttnn 0.66.0, 0.68.0, 0.70.1, 0.75.0, 0.78.0 and
#: 0.81.1, which have them alike ("dataflow" from 0.68.0 on), and as users quoted them since 2024 (tt-metal #8065).
WORDINGS = (
    _wording(
        "refused",
        "Out of Memory: Not enough space to allocate {requestedBytes} B {memoryType} buffer across {banks} banks, "
        "where each bank needs to store {bytesPerBank} B, but bank size is {totalBytesPerBank} B (allocated: "
        "{allocatedBytesPerBank} B, free: {freeBytesPerBank} B, largest free block: {largestFreeBytesPerBank} B)",
    ),
    _wording(
        "refused",
        "Out of Memory: Not enough space after considering dependencies to allocate {requestedBytes} B {memoryType} "
        "across {banks} banks ({bytesPerBank} B per bank), bank size is {totalBytesPerBank} B (allocated: "
        "{allocatedBytesPerBank} B, free: {freeBytesPerBank} B, largest free block: {largestFreeBytesPerBank} B)",
    ),
    # Without what the allocator had, as before 0.66.0.
    _wording(
        "refused",
        "Out of Memory: Not enough space to allocate {requestedBytes} B {memoryType} buffer across {banks} banks, "
        "where each bank needs to store {bytesPerBank} B",
    ),
    _wording(
        "clash",
        "Statically allocated {buffers} buffers in program {program} clash with L1 buffers on core range {cores}. L1 "
        "buffer allocated at {lowestAddress} and static {same} buffer region ends at {regionEnd}",
    ),
    _wording(
        "too-large",
        "Statically allocated {buffers} buffers on core range {cores} grow to {regionEnd} B which is beyond max L1 "
        "size of {limit} B",
    ),
)

#: What a message must have to be one of them.
_HINTS = ("Out of Memory: Not enough space", "Statically allocated ")

_FIGURES = ("totalBytesPerBank", "allocatedBytesPerBank", "freeBytesPerBank", "largestFreeBytesPerBank")


def memory_error(failure: BaseException) -> dict[str, Any] | None:
    """What ttnn said and where it was raised, as the protocol has it, if the exception or one it came from says so."""
    for error in _chain(failure):
        text = _text_of(error)
        fields = None if text is None else parse(text)
        if fields is not None:
            return {**fields, "stack": _stack(error)}
    return None


def parse(text: str) -> dict[str, Any] | None:
    """The figures of one of ttnn's messages; None where it is none of them."""
    if not any(hint in text for hint in _HINTS):
        return None
    for error, _, pattern in WORDINGS:
        found = pattern.search(text, 0, _TEXT_MAX)
        if found is None:
            continue
        fields = {name: _figure(value) for name, value in found.groupdict().items()}
        if all(type(value) is str or value <= SIZE_MAX for value in fields.values()):
            missing: dict[str, Any] = dict.fromkeys(_FIGURES) if error == "refused" else {}
            return {"error": error, **missing, **fields}
    return None


def _figure(value: str) -> Any:
    return int(value) if value.isdigit() else value


def _text_of(error: BaseException) -> str | None:
    """The message, without asking the class or the argument for it."""
    if type(error) is not RuntimeError:
        return None
    arguments: tuple[Any, ...] = _ARGS.__get__(error)
    return arguments[0] if len(arguments) == 1 and type(arguments[0]) is str else None


def _chain(failure: BaseException) -> Iterator[BaseException]:
    """The exception and those it came from."""
    pending: list[BaseException | None] = [failure]
    seen: set[int] = set()
    while pending and len(seen) < _CHAIN_MAX:
        error = pending.pop()
        if error is not None and id(error) not in seen:
            seen.add(id(error))
            yield error
            pending += [origin.__get__(error) for origin in _ORIGINS]


def _stack(error: BaseException) -> list[dict[str, Any]]:
    """File, line and function of each entry of the traceback, innermost first."""
    entries: list[dict[str, Any]] = []
    tb: TracebackType | None = _TRACEBACK.__get__(error)
    while tb is not None:
        code = tb.tb_frame.f_code
        entries.append({"file": code.co_filename, "line": tb.tb_lineno, "function": name_of(code)})
        tb = tb.tb_next
    return entries[: -FRAMES_MAX - 1 : -1]


def is_kept_by_wider_fixture(failure: BaseException, item: pytest.Item) -> bool:
    """Whether pytest raises the exception again for every test that wants the fixture, which is not set up again."""
    info = getattr(item, "_fixtureinfo", None)
    definitions = info.name2fixturedefs.values() if info is not None else ()
    return any(
        fixturedef.scope != "function" and any(kept is failure for kept in _kept_failure(fixturedef))
        for same_name in definitions
        for fixturedef in same_name
    )


def _kept_failure(fixturedef: Any) -> tuple[object, ...]:
    """The exception, with its traceback or, before pytest 8, with its type too."""
    result = getattr(fixturedef, "cached_result", None)
    kept = result[2] if result is not None else None
    return kept if type(kept) is tuple else (kept,)
