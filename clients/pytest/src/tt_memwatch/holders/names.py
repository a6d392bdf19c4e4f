"""What has a name of its own, where paths begin: modules, classes, running frames, pytest's fixtures and items."""

from __future__ import annotations

import contextvars
import functools
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import AsyncGeneratorType, CoroutineType, FrameType, FunctionType, GeneratorType, MethodType, ModuleType
from typing import Any

from tt_memwatch.holders.deadline import Deadline
from tt_memwatch.holders.inspect_safely import (
    class_dict,
    class_module,
    class_name,
    class_path,
    class_qualname,
    has_base,
    instance_dict,
    is_a,
    module_dict,
    module_name,
)
from tt_memwatch.holders.keys import Places

GENERATORS = (GeneratorType, CoroutineType, AsyncGeneratorType)

#: What Python's C code keeps callables in without showing them; `atexit` has nothing that lists them.
_IN_C = "held by C code, as an atexit callback is"


@dataclass
class Names:
    #: Name of the module, by the identity of its namespace.
    modules: Mapping[int, str]
    #: Name of the thread, by the identity of a running frame.
    running: Mapping[int, str]
    #: Whether an object is of a type that may be asked.
    bears: Callable[[object], bool]
    places: Places

    @classmethod
    def of(
        cls,
        frames: Mapping[int, Iterable[FrameType]],
        bears: Callable[[object], bool],
        deadline: Deadline,
        among: Iterable[object] | None = None,
    ) -> Names:
        """`among`: the objects that are looked through, where these are not all."""
        modules = _modules() if among is None else _modules_among(among)
        running = {id(frame): _thread_name(ident) for ident, stack in frames.items() for frame in stack}
        return cls(modules, running, bears, Places(deadline))

    def root(self, value: Any) -> str | None:
        """Where a path begins; None for what is itself reached by something."""
        kind = type(value)
        if kind is dict:
            return self.modules.get(id(value))
        if kind is FrameType:
            return self._frame(value)
        if issubclass(kind, ModuleType):
            return module_name(module_dict(value))
        if issubclass(kind, type):
            return class_path(value)
        return _of_pytest(value)

    def is_lasting(self, value: Any) -> bool:
        """Whether what begins a path is no garbage: a module, a running frame, or a class that its module has.

        A class that a function made can be garbage itself.
        """
        if type(value) is dict:
            return id(value) in self.modules
        if type(value) is FrameType:
            return id(value) in self.running
        return is_a(value, type) and self._at(class_module(value), class_qualname(value)) is value

    def kind(self, value: object) -> str:
        return class_name(type(value))

    def dangling(self, value: Any) -> str:
        """What to call something that nothing that can be asked refers to."""
        for number in signal.valid_signals():
            if signal.getsignal(number) is value:
                return f"the handler of signal {number.name if isinstance(number, signal.Signals) else number}"
        if is_a(value, BaseException):
            return f"exception {self.kind(value)}"
        if is_a(value, *GENERATORS):
            return f"suspended generator {value.__qualname__}"
        if is_a(value, FunctionType, MethodType, functools.partial):
            return f"{callable_name(value)}, {_IN_C}"
        if is_a(value, FrameType):
            return f"frame {value.f_code.co_name} ({where(value)})"
        if is_a(value, contextvars.Context):
            return "a context variable"
        return f"<{self.kind(value)}> held by C code"

    def own_name(self, function: FunctionType) -> str | None:
        """The name of a function that its module or a class there has under that name."""
        is_there = self._at(function.__module__, function.__qualname__) is function
        return f"{function.__module__}.{function.__qualname__}" if is_there else None

    def _at(self, module: object, qualname: str) -> Any:
        """What a module, or a class there, has under a qualified name; None for nothing."""
        at: Any = None
        names: Mapping[str, Any] | None = _namespace(module)
        for part in qualname.split("."):
            at = names.get(part) if names is not None else None
            names = class_dict(at) if is_a(at, type) else None
        return at

    def _frame(self, frame: FrameType) -> str | None:
        thread = self.running.get(id(frame))
        if thread is None:
            return None
        suffix = "" if thread == "MainThread" else f" of thread {thread!r}"
        return f"running frame {frame.f_code.co_name} ({where(frame)}){suffix}"


def _modules() -> dict[int, str]:
    """By the identity of its namespace, the name that a module has itself, or else the first one it is there by."""
    modules: dict[int, str] = {}
    for name, module in list(sys.modules.items()):
        if type(name) is str and is_a(module, ModuleType):
            namespace = module_dict(module)
            if id(namespace) not in modules or module_name(namespace) == name:
                modules[id(namespace)] = name
    return modules


def _modules_among(objects: Iterable[object]) -> dict[int, str]:
    """Of the namespaces among the objects; each is that of the module of the name that it has."""
    namespaces = [value for value in objects if type(value) is dict and "__name__" in value]
    return {id(value): module_name(value) for value in namespaces if _namespace(value["__name__"]) is value}


def _namespace(name: object) -> dict[str, Any] | None:
    """That of the module of this name; None where there is none."""
    module = sys.modules.get(name) if type(name) is str else None
    return module_dict(module) if is_a(module, ModuleType) else None  # type: ignore[arg-type]


def where(frame: FrameType) -> str:
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"


def callable_name(value: Any) -> str:
    """What to call a function, a method or a partial by."""
    if is_a(value, functools.partial):
        return f"a partial of {callable_name(PARTIAL['func'].__get__(value))}"
    if is_a(value, MethodType):
        return callable_name(value.__func__)
    if is_a(value, FunctionType):
        return f"{value.__module__}.{value.__qualname__}"
    if is_a(value, type):
        return class_path(value)
    if is_a(value, type(print)):
        module = value.__module__
        return f"{module}.{value.__qualname__}" if type(module) is str and module != "builtins" else value.__qualname__
    return f"a {class_name(type(value))}"


#: Readers of what a partial consists of, whatever a subclass makes of the names.
PARTIAL: Mapping[str, Any] = {name: vars(functools.partial)[name] for name in ("func", "args", "keywords")}


def _thread_name(ident: int) -> str:
    threads: dict[int, Any] = module_dict(threading).get("_active", {})
    name = (instance_dict(threads[ident]) or {}).get("_name") if ident in threads else None
    return name if type(name) is str else f"thread {ident}"


def types_with_names() -> tuple[type, ...]:
    """Types of pytest whose objects have names of their own."""
    fixtures, nodes = sys.modules.get("_pytest.fixtures"), sys.modules.get("_pytest.nodes")
    found = (getattr(fixtures, "FixtureDef", None), getattr(nodes, "Node", None))
    return tuple(kind for kind in found if kind is not None)


def _of_pytest(value: Any) -> str | None:
    fixtures, nodes = sys.modules.get("_pytest.fixtures"), sys.modules.get("_pytest.nodes")
    if fixtures is not None and has_base(value, fixtures.FixtureDef):
        return f"fixture {value.argname!r} (scope {value.scope})"
    if nodes is not None and has_base(value, nodes.Node):
        # pytest's own property, whatever an item's class makes of the name.
        node_id = class_dict(nodes.Node)["nodeid"].__get__(value)
        return f"pytest item {node_id!r}" if node_id else "pytest session"
    return None
