"""The objects near a test: what the modules of its suite have, without what those of others have.

What a test keeps lies there most of the time, and they are a hundredth of all objects.
"""

from __future__ import annotations

import gc
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from tt_memwatch.holders.inspect_safely import class_module, is_a, module_dict
from tt_memwatch.holders.sort_by_safety import Sorting

#: Objects that are gone to.
OBJECTS_MAX = 5_000

#: Elements of a container beyond which it is left to the search through all objects.
ELEMENTS_MAX = 256

#: Folders of packages that are installed.
_INSTALLED = ("/site-packages/", "/dist-packages/")

#: What is done about an object: it is gone to, left, its namespace is, or it depends on what the object has or is of.
_GO, _LEAVE, _MODULE, _CONTAINER, _DICT, _CLASS = range(1, 7)

#: By identity: a type that is compared may have a metaclass that says what it is equal to.
_CONTAINERS = {id(dict): _DICT, **dict.fromkeys(map(id, (list, tuple, set, frozenset, deque)), _CONTAINER)}

#: Packages whose objects know all others.
_OF_PYTEST = ("_pytest", "pluggy")


@dataclass
class SuiteObjects:
    """Finds the objects near tests. What it knows of types is of use for the next test; of objects it knows nothing."""

    _sorting: Sorting = field(default_factory=Sorting)

    def objects(self, item: pytest.Item) -> list[object]:
        """Those that the collector tracks, from the test's module, its class and its fixtures on, the nearest first."""
        collected_from = item.getparent(pytest.Module)
        module = vars(collected_from).get("_obj") if collected_from is not None else None
        info = getattr(item, "_fixtureinfo", None)
        fixtures = [defs[-1] for defs in info.name2fixturedefs.values()] if info is not None else []
        # One for each test that used the fixture.
        finalizers = {id(getattr(fixture, "_finalizers", None)) for fixture in fixtures}
        self._sorting.renew()
        walk = _Walk(f"{item.config.rootpath}/", finalizers, self._sorting)
        return walk.objects([module, sys.modules.get(class_module(type(item)) or ""), *fixtures, item])


@dataclass
class _Walk:
    """`root` is the folder of the suite; `_seen` has the identities of what is not gone to, or was."""

    _root: str
    _seen: set[int]
    _sorting: Sorting
    #: Whether a module is of the suite, by its name.
    _are_own: dict[str, bool] = field(default_factory=dict)
    #: What is done about objects by the identity of their type.
    _ways: dict[int, int] = field(default_factory=dict)

    def objects(self, starts: Sequence[object]) -> list[object]:
        modules = [start for start in starts if is_a(start, ModuleType)]
        level = [*self._parts(modules), *(start for start in starts if not is_a(start, ModuleType))]
        self._seen.update(map(id, starts))
        found: list[object] = []
        while level and len(found) < OBJECTS_MAX:
            together = self._sorting.sort(level[: OBJECTS_MAX - len(found)]).together
            found += together
            level = self._parts(gc.get_referents(*together))
        return found

    def _parts(self, referents: list[Any]) -> list[object]:
        """What may be gone to and was not; of a module its namespace."""
        seen, ways = self._seen, self._ways
        found: list[object] = []
        for part in filter(gc.is_tracked, referents):
            if id(part) in seen:
                continue
            seen.add(id(part))
            way = ways.get(id(type(part))) or self._learn(type(part))
            if way == _GO or (way > _MODULE and self._may_go_to(way, part)):
                found.append(part)
            elif way == _MODULE:
                namespace = module_dict(part)
                if id(namespace) not in seen and self._is_own_namespace(namespace):
                    seen.add(id(namespace))
                    found.append(namespace)
        return found

    def _learn(self, kind: type) -> int:
        way = self._ways[id(kind)] = _way_of(kind)
        return way

    def _may_go_to(self, way: int, part: Any) -> bool:
        if way == _CLASS:
            return self._is_own(class_module(part))
        if way == _DICT and "__builtins__" in part:
            return self._is_own_namespace(part)
        return len(part) <= ELEMENTS_MAX

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


def _way_of(kind: type) -> int:
    """What is done about objects of a type."""
    if id(kind) in _CONTAINERS:
        return _CONTAINERS[id(kind)]
    if issubclass(kind, ModuleType):
        return _MODULE
    if issubclass(kind, type):
        return _CLASS
    return _LEAVE if (class_module(kind) or "").startswith(_OF_PYTEST) else _GO
