"""An interpreter beside the main one, in which what needs the main one is refused."""

from __future__ import annotations

import sys

_PROGRAM = """
import sys
sys.path[:] = {path!r}
try:
    {statement}
except OSError as error:
    assert "main interpreter" in str(error), error
else:
    raise AssertionError("taken")
"""


def refuses(statement: str) -> None:
    """The statement is refused there, in a sentence."""
    import _xxsubinterpreters as interpreters  # type: ignore[import-not-found]

    other = interpreters.create(isolated=False)
    interpreters.run_string(other, _PROGRAM.format(path=sys.path, statement=statement))
    interpreters.destroy(other)
