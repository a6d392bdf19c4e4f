"""Where the mark of a known leak stands in the suite's code, which pytest does not note."""

from __future__ import annotations

import re
import tokenize
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

# The text is searched and not parsed: Python's parser gives the suite's own SyntaxWarnings once more.
_MARK = re.compile(r"\bmemwatch\s*\(")
_FUNCTION = re.compile(r"\s*(?:async\s+)?def\b")

#: Lines of one mark, and of one test's decorators, that are looked at.
MARK_LINES_MAX = 12
DECORATOR_LINES_MAX = 200


def mark_place(item: pytest.Item, reason: str) -> dict[str, object] | None:
    """The file, from pytest's root directory, and the line of the mark with this reason. None: it is not known."""
    file, above_test, _ = item.location
    lines = _lines_of(item.config.rootpath / file)
    line = line_of_mark(lines, above_test, reason)
    return None if line is None else {"file": file, "line": line}


def line_of_mark(lines: tuple[str, ...], above_test: int | None, reason: str) -> int | None:
    """The line of the mark, from 1. `above_test`: the first line of the test with its decorators, from 0."""
    own = [] if above_test is None else _marks(lines, above_test, _function_after(lines, above_test))
    everywhere = _marks(lines, 0, len(lines))
    # A class, a module, or several tests may have it; the test's own is the nearest.
    for marks in ([mark for mark in own if reason in mark[1]], own, [mark for mark in everywhere if reason in mark[1]]):
        if len(marks) == 1:
            return marks[0][0]
    return None


def _marks(lines: tuple[str, ...], first: int, end: int) -> list[tuple[int, str]]:
    """The line, from 1, and the text of each mark of a known leak."""
    found = [number for number in range(first, end) if _MARK.search(lines[number])]
    texts = [(number, _text(lines, number, after)) for number, after in pairwise([*found, len(lines)])]
    return [(number + 1, text) for number, text in texts if "known" in text]


def _text(lines: tuple[str, ...], number: int, after: int) -> str:
    return "".join(lines[number : min(after, number + MARK_LINES_MAX)])


def _function_after(lines: tuple[str, ...], first: int) -> int:
    for number, line in enumerate(lines[first : first + DECORATOR_LINES_MAX]):
        if _FUNCTION.match(line):
            return first + number
    return first


@lru_cache(maxsize=1)
def _lines_of(path: Path) -> tuple[str, ...]:
    try:
        with tokenize.open(path) as file:
            return tuple(file)
    except (OSError, SyntaxError, ValueError):
        return ()
