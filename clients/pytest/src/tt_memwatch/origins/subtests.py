"""Tells the tracer when subtests begin and end: those of pytest's `subtests`, of pytest-subtests and of unittest.

Each of them makes a context manager. What it makes gets a type that is a subtype of its own, and that notes when it is
entered and left: all else of it is as it was. Where it is of another kind than is known here, no subtest is named.
"""

from __future__ import annotations

import functools
import sys
import threading
import unittest
from collections.abc import Callable
from typing import Any

from tt_memwatch.origins.subtest_names import name_of
from tt_memwatch.origins.tracing import Tracing


class Subtests:
    """The subtests of a session's tests, from `watch` until `restore`."""

    def __init__(self, tracing: Tracing) -> None:
        self._tracing = tracing
        #: Of the tests: a subtest of another thread is not the one that runs.
        self._thread = threading.get_ident()
        #: What was put in the place of functions that make context managers: class, name, and the function that was.
        self._replaced: list[tuple[type, str, Any]] = []
        #: Names of subtests that are made and not entered, by the identity of their context managers.
        self._names: dict[int, str] = {}
        #: The subtype of each type of context manager.
        self._types: dict[type, type] = {}

    def watch(self) -> None:
        """Hear of the subtests that begin from now on."""
        for owner, name in (*_classes_of_fixtures(), (unittest.TestCase, "subTest")):
            make = vars(owner).get(name)
            if callable(make):
                self._replaced.append((owner, name, make))
                setattr(owner, name, self._noting(make))

    def restore(self) -> None:
        for owner, name, make in reversed(self._replaced):
            setattr(owner, name, make)
        self._replaced.clear()
        self._names.clear()

    def _noting(self, make: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(make)
        def make_and_note(*arguments: Any, **parameters: Any) -> Any:
            __tracebackhide__ = True
            made = make(*arguments, **parameters)
            if threading.get_ident() == self._thread and self._tracing.is_followed:
                self._note(made, arguments[1:], parameters)
            return made

        return make_and_note

    def _note(self, made: Any, arguments: tuple[object, ...], parameters: dict[str, object]) -> None:
        kind = type(made)
        try:
            made.__class__ = self._types.get(kind) or self._types.setdefault(kind, self._noted(kind))
        except (TypeError, AttributeError):
            return
        self._names[id(made)] = name_of(arguments, parameters)

    def _noted(self, kind: Any) -> type:
        """A subtype of a type of context managers."""
        tracing, names = self._tracing, self._names

        def enter(manager: Any) -> Any:
            __tracebackhide__ = True
            value = kind.__enter__(manager)
            name = names.pop(id(manager), None)
            if name is not None:
                tracing.begin_subtest(id(manager), name)
            return value

        def leave(manager: Any, *failure: Any) -> Any:
            __tracebackhide__ = True
            tracing.end_subtest(id(manager))
            return kind.__exit__(manager, *failure)

        alike = {name: getattr(kind, name) for name in ("__module__", "__qualname__", "__doc__")}
        return type(kind.__name__, (kind,), {**alike, "__slots__": (), "__enter__": enter, "__exit__": leave})


def _classes_of_fixtures() -> list[tuple[type, str]]:
    """The classes whose instances the fixture `subtests` gives, of pytest or of the plugin that it had before."""
    names = (("pytest", "Subtests"), ("pytest_subtests", "SubTests"))
    found = [getattr(sys.modules.get(module), name, None) for module, name in names]
    return [(each, "test") for each in found if isinstance(each, type)]
