"""Which objects may be asked what they refer to (`gc.get_referents`).

Asking runs the `tp_traverse` of the object's type and takes a reference to whatever it shows. An extension may show
objects that are not alive: CPython 3.12's module `_asyncio` shows its list of freed ones, which asking revives and
letting go frees once more, and the interpreter is damaged. So only types are asked that are known to show what is
alive: Python's own, and classes whose instances consist of nothing but these.
"""

from __future__ import annotations

import builtins
import collections
import contextvars
import functools
import itertools
import operator
import sys
import threading
import types
import weakref
from collections.abc import AsyncGenerator, Iterator
from enum import Enum
from typing import Any

from tt_memwatch.holders.inspect_safely import class_dict, class_name, module_dict, mro


class Ask(Enum):
    """How an object is asked what it refers to."""

    #: With others, through its own traversal.
    TOGETHER = "together"
    #: Alone and by hand: of a module its namespace, of a class with an extension's metaclass its dict.
    BY_HAND = "by hand"
    NEVER = "never"


#: Bit of `type.__flags__`: made at run time.
_HEAP_TYPE = 1 << 9

#: Size of a pointer, which is what a slot, the dict and the list of weak references take in an instance, in bytes.
_FIELD = tuple.__itemsize__

_FLAGS: Any = type.__dict__["__flags__"]
_BASE: Any = type.__dict__["__base__"]
_BASIC_SIZE: Any = type.__dict__["__basicsize__"]


async def _asynchronous() -> AsyncGenerator[None, None]:
    yield


def _steps() -> Iterator[type]:
    """Types of what an asynchronous generator gives to be awaited. Nothing of it is started."""
    generator = _asynchronous()
    for step in (generator.asend(None), generator.athrow(ValueError)):
        step.close()
        yield type(step)


_CONTAINERS: tuple[type, ...] = (
    object,
    dict,
    list,
    tuple,
    set,
    frozenset,
    collections.deque,
    collections.defaultdict,
    collections.OrderedDict,
    types.MappingProxyType,
    types.SimpleNamespace,
)

_PLAIN: tuple[type, ...] = (int, float, complex, str, bytes, bytearray, bool)

_CALLABLES: tuple[type, ...] = (
    types.FunctionType,
    types.MethodType,
    types.BuiltinMethodType,
    types.MethodWrapperType,
    types.CellType,
    functools.partial,
    type(functools.lru_cache(lambda: None)),
    operator.itemgetter,
    operator.attrgetter,
    operator.methodcaller,
    property,
    staticmethod,
    classmethod,
    super,
)

_RUNNING: tuple[type, ...] = (
    types.FrameType,
    types.GeneratorType,
    types.CoroutineType,
    types.AsyncGeneratorType,
    types.TracebackType,
    *_steps(),
    *(kind for kind in vars(builtins).values() if isinstance(kind, type) and issubclass(kind, BaseException)),
    contextvars.Context,
    contextvars.ContextVar,
    contextvars.Token,
    threading.local,
)

_REFERENCES: tuple[type, ...] = (
    type,
    types.GenericAlias,
    types.UnionType,
    weakref.ReferenceType,
    weakref.ProxyType,
    weakref.CallableProxyType,
)

_VIEWS: tuple[type, ...] = (
    type({}.keys()),
    type({}.values()),
    type({}.items()),
    type(collections.OrderedDict().keys()),
    type(collections.OrderedDict().values()),
    type(collections.OrderedDict().items()),
)

_EMPTY: tuple[Any, ...] = (
    *([], (), set(), {}, {}.values(), {}.items()),
    *(collections.deque(), collections.OrderedDict()),
)

_ITERATORS: tuple[type, ...] = (
    enumerate,
    zip,
    map,
    filter,
    reversed,
    *(type(iter(container)) for container in _EMPTY),
    type(iter(reversed([]))),
    type(iter(reversed({}))),
    type(reversed(collections.deque())),
    type(iter(int, 1)),
    *(
        getattr(itertools, name)
        for name in (
            *("chain", "cycle", "islice", "starmap", "repeat", "count", "product", "permutations", "combinations"),
            *("zip_longest", "takewhile", "dropwhile", "filterfalse", "accumulate", "compress", "groupby"),
        )
    ),
)

#: Python's own types that nothing in it gives a name to: the tree of a Context's variables.
UNNAMED_TREES = frozenset({"hamt", "hamt_array_node", "hamt_bitmap_node", "hamt_collision_node"})

#: In modules of Python's own library that are not imported for this: what these show is what they hold.
_OF_THE_LIBRARY = (("_asyncio", "Future"), ("_asyncio", "Task"), ("_queue", "SimpleQueue"))

_KNOWN = frozenset(map(id, (*_CONTAINERS, *_PLAIN, *_CALLABLES, *_RUNNING, *_REFERENCES, *_VIEWS, *_ITERATORS)))


def known_types() -> frozenset[int]:
    """Identities of Python's own types that may be asked."""
    modules = [(sys.modules.get(module), name) for module, name in _OF_THE_LIBRARY]
    found = [module_dict(module).get(name) for module, name in modules if type(module) is types.ModuleType]
    return _KNOWN.union(id(kind) for kind in found if type(kind) is type)


def how_to_ask(kind: type, known: frozenset[int]) -> Ask:
    """How objects of a type are asked. Runs nothing of the type's or its metaclass's."""
    if issubclass(kind, types.ModuleType):
        return Ask.BY_HAND
    if all(id(part) in known or _is_tree(part) or _is_of_a_class_statement(part) for part in mro(kind)):
        return Ask.TOGETHER
    return Ask.BY_HAND if issubclass(kind, type) else Ask.NEVER


def can_end(kind: type) -> bool:
    """Whether a type was made at run time, by a class statement or by an extension."""
    return bool(_FLAGS.__get__(kind) & _HEAP_TYPE)


def _is_of_a_class_statement(kind: type) -> bool:
    """Whether instances have no more than their base's and the slots that the class itself lists.

    A class statement gives a type no traversal of its own; an extension's type that adds no field of its own has
    nothing to show either.
    """
    if not can_end(kind):
        return False
    own = class_dict(kind)
    fields = ("__dict__" in own) + ("__weakref__" in own)
    if "__slots__" in own:
        fields += sum(type(value) is types.MemberDescriptorType for value in own.values())
    return bool(_BASIC_SIZE.__get__(kind) - _BASIC_SIZE.__get__(_BASE.__get__(kind)) <= fields * _FIELD)


def _is_tree(kind: type) -> bool:
    return not can_end(kind) and class_name(kind) in UNNAMED_TREES and class_dict(kind).get("__module__") is None
