"""Options that were given under a name they no longer have: it goes on working, and that is said once."""

from __future__ import annotations

from typing import NamedTuple

from tt_memwatch.engine import Engine


class OldName(NamedTuple):
    """A name as the user wrote it, and what to write instead."""

    was: str
    now: str


class OldNames:
    """The old names that a session met. The engine says them; without one they are in pytest's own output."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: set[OldName] = set()
        self._unsaid: list[OldName] = []

    def note(self, name: OldName) -> None:
        if name in self._known:
            return
        self._known.add(name)
        self._unsaid.append(name)
        self._engine.queue("old-name", was=name.was, now=name.now)

    def take_sentences(self) -> list[str]:
        """A sentence for each name that was not said yet."""
        sentences = [f"tt-memwatch: {was} is called {now} now; the old name still works" for was, now in self._unsaid]
        self._unsaid.clear()
        return sentences
