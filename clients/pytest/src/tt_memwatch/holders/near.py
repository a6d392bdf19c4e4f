"""The objects near a test: what the modules of its suite have, without what those of others have.

What a test keeps lies there most of the time, and they are a hundredth of all objects.
"""

from __future__ import annotations

import gc
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from tt_memwatch.holders.peek import class_module, is_a, module_dict
from tt_memwatch.holders.sorting import Sorting

#: Objects that are gone to.
OBJECTS_MAX = 5_000

#: Elements of a container beyond which it is left to the search through all objects.
ELEMENTS_MAX = 256

#: Folders of packages that are installed.
_INSTALLED = ("/site-packages/", "/dist-packages/")

#: By identity: a type that is compared may have a metaclass that says what it is equal to.
_CONTAINERS = frozenset(map(id, (dict, list, tuple, set, frozenset, deque)))

#: Packages whose objects know all others.
_OF_PYTEST = ("_pytest", "pluggy")


def near_objects(item: pytest.Item) -> list[object]:
    """Those that the collector tracks, from the test's module, its class and its fixtures on, the nearest first."""
    collected_from = item.getparent(pytest.Module)
    module = vars(collected_from).get("_obj") if collected_from is not None else None
    info = getattr(item, "_fixtureinfo", None)
    fixtures = [defs[-1] for defs in info.name2fixturedefs.values()] if info is not None else []
    # One for each test that used the fixture.
    finalizers = {id(getattr(fixture, "_finalizers", None)) for fixture in fixtures}
    near = _Near(f"{item.config.rootpath}/", finalizers)
    return near.objects([module, sys.modules.get(class_module(type(item)) or ""), *fixtures, item])


@dataclass
class _Near:
    """`root` is the folder of the suite; `_seen` has the identities of what is not gone to, or was."""

    _root: str
    _seen: set[int]
    _sorting: Sorting = field(default_factory=Sorting)
    #: Whether a module is of the suite, by its name.
    _are_own: dict[str, bool] = field(default_factory=dict)

    def objects(self, starts: Sequence[object]) -> list[object]:
        modules = [start for start in starts if is_a(start, ModuleType)]
        level = [*self._parts(modules), *(start for start in starts if not is_a(start, ModuleType))]
        found: list[object] = []
        while level and len(found) < OBJECTS_MAX:
            together = self._sorting.sort(level[: OBJECTS_MAX - len(found)]).together
            found += together
            level = []
            for part in self._parts(gc.get_referents(*together)):
                if id(part) not in self._seen:
                    self._seen.add(id(part))
                    level.append(part)
        return found

    def _parts(self, referents: list[Any]) -> Iterator[object]:
        """What may be gone to; of a module its namespace."""
        for part in filter(gc.is_tracked, referents):
            kind = type(part)
            if id(kind) in _CONTAINERS:
                is_namespace = kind is dict and "__builtins__" in part
                if self._is_own_namespace(part) if is_namespace else len(part) <= ELEMENTS_MAX:
                    yield part
            elif issubclass(kind, ModuleType):
                namespace = module_dict(part)
                if self._is_own_namespace(namespace):
                    yield namespace
            elif issubclass(kind, type):
                if self._is_own(class_module(part)):
                    yield part
            elif not (class_module(kind) or "").startswith(_OF_PYTEST):
                yield part

    def _is_own_namespace(self, namespace: dict[str, Any]) -> bool:
        name = namespace.get("__name__")
        return type(name) is str and self._is_own(name) and module_dict(sys.modules[name]) is namespace

    def _is_own(self, name: str | None) -> bool:
        if name is None:
            return False
        if name not in self._are_own:
            module: Any = sys.modules.get(name)
            file: Any = module_dict(module).get("__file__") if is_a(module, ModuleType) else None
            is_in_root = type(file) is str and file.startswith(self._root)
            self._are_own[name] = is_in_root and not any(folder in file for folder in _INSTALLED)
        return self._are_own[name]
