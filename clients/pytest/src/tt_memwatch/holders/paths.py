"""Words for the way from a name to a tensor, as one would write it in Python where that is possible."""

from __future__ import annotations

import collections
import contextvars
import functools
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import (
    AsyncGeneratorType,
    CellType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
    TracebackType,
)
from typing import Any

_GENERATORS = (GeneratorType, CoroutineType, AsyncGeneratorType)
_CACHE = type(functools.lru_cache(lambda: None))

#: Longest text of a dictionary's key.
_MAX_KEY = 60


@dataclass
class Names:
    """What has a name of its own: modules, classes, running frames, pytest's fixtures and items."""

    #: Name of the module, by the identity of its globals.
    modules: Mapping[int, str]
    #: Name of the thread, by the identity of a running frame.
    running: Mapping[int, str]

    @classmethod
    def of(cls, frames: Iterable[FrameType], threads: Mapping[int | None, str]) -> Names:
        modules = {}
        for name, module in list(sys.modules.items()):
            if isinstance(module, ModuleType) and (module.__name__ == name or id(vars(module)) not in modules):
                modules[id(vars(module))] = name
        owners = {}
        for ident, frame in sys._current_frames().items():
            following: FrameType | None = frame
            while following is not None:
                owners[id(following)] = threads.get(ident, f"thread {ident}")
                following = following.f_back
        return cls(modules, {id(frame): owners[id(frame)] for frame in frames if id(frame) in owners})

    def root(self, value: Any) -> str | None:
        """Where a path begins; None for what is itself reached by something."""
        if type(value) is dict and id(value) in self.modules:
            return self.modules[id(value)]
        if isinstance(value, ModuleType):
            return value.__name__
        if isinstance(value, type):
            return f"{value.__module__}.{value.__qualname__}"
        if isinstance(value, FrameType):
            return self._frame(value)
        return _of_pytest(value)

    def dangling(self, value: Any) -> str:
        """What to call something that nothing tracked refers to."""
        if isinstance(value, BaseException):
            return f"exception {type(value).__name__}"
        if isinstance(value, _GENERATORS):
            return f"suspended generator {value.__qualname__}"
        if isinstance(value, FunctionType):
            return f"{value.__module__}.{value.__qualname__}"
        if isinstance(value, FrameType):
            return f"frame {value.f_code.co_name} ({_where(value)})"
        if isinstance(value, contextvars.Context):
            return "a context variable"
        return f"<{type(value).__name__}> held by C code"

    def _frame(self, frame: FrameType) -> str | None:
        thread = self.running.get(id(frame))
        if thread is None:
            return None
        suffix = "" if thread == "MainThread" else f" of thread {thread!r}"
        return f"running frame {frame.f_code.co_name} ({_where(frame)}){suffix}"


def _of_pytest(value: Any) -> str | None:
    kind = type(value)
    if kind.__name__ == "FixtureDef" and kind.__module__.startswith("_pytest"):
        return f"fixture {value.argname!r} (scope {value.scope})"
    nodes = sys.modules.get("_pytest.nodes")
    if nodes is not None and isinstance(value, nodes.Node):
        return f"pytest item {value.nodeid!r}" if value.nodeid else "pytest session"
    return None


def describe_path(root: str, values: list[Any], names: Names) -> str:
    """The path that begins with `root` and goes down `values`: the first is the root, the last the tensor."""
    text, at = root, 0
    while at < len(values) - 1:
        text, at = _step(text, values, at, names)
    return text


def _step(text: str, values: list[Any], at: int, names: Names) -> tuple[str, int]:
    """The text after the next part that has a name, and where it ended: some parts are there for Python alone."""
    parent, child = values[at], values[at + 1]
    below = values[at + 2] if at + 2 < len(values) else None
    if isinstance(parent, FunctionType):
        return _of_function(text, parent, child, below, at)
    if isinstance(parent, type) or (child is getattr(parent, "__dict__", None) and not isinstance(parent, FrameType)):
        name = _key_of(child, below) if isinstance(child, Mapping) and below is not None else None
        return (f"{text}.{name}", at + 2) if name is not None else (text, at + 1)
    if isinstance(parent, FrameType):
        return f"local {_local(parent, child)!r} in {text}", at + 1
    if isinstance(parent, _GENERATORS):
        return _of_generator(text, parent, values, at)
    if isinstance(parent, BaseException) and isinstance(child, TracebackType):
        return _of_exception(text, parent, values, at)
    edge = next((name for kind, name in _EDGES if isinstance(parent, kind)), _attribute)
    return edge(text, parent, child, names), at + 1


def _of_function(text: str, function: FunctionType, child: Any, below: Any, at: int) -> tuple[str, int]:
    name = f"{function.__module__}.{function.__qualname__}"
    code = function.__code__
    if function.__closure__ is not None and child is function.__closure__ and below is not None:
        index = next((i for i, cell in enumerate(function.__closure__) if cell is below), 0)
        return f"closure variable {code.co_freevars[index]!r} of {name}", at + 3
    if function.__defaults__ is not None and child is function.__defaults__ and below is not None:
        index = next((i for i, value in enumerate(function.__defaults__) if value is below), 0)
        names = code.co_varnames[: code.co_argcount]
        return f"default argument {names[len(names) - len(function.__defaults__) + index]!r} of {name}", at + 2
    if child is function.__kwdefaults__ and below is not None:
        return f"default argument {_key_of(child, below)!r} of {name}", at + 2
    if child is function.__dict__ and below is not None:
        return f"{name}.{_key_of(child, below)}", at + 2
    return text, at + 1


def _of_generator(text: str, generator: Any, values: list[Any], at: int) -> tuple[str, int]:
    """Up to Python 3.10 a generator refers to its frame, later to the locals themselves."""
    kinds = ("gi_frame", "cr_frame", "ag_frame")
    frame = next((f for kind in kinds if (f := getattr(generator, kind, None)) is not None), None)
    if frame is None:
        return text, at + 1
    held_at = at + 2 if values[at + 1] is frame else at + 1
    place = f"suspended generator {generator.__qualname__} ({_where(frame)})"
    held = "" if text.startswith("suspended generator") else f" held by {text}"
    return f"local {_local(frame, values[held_at])!r} of {place}{held}", held_at


def _of_exception(text: str, error: BaseException, values: list[Any], at: int) -> tuple[str, int]:
    """The frame of the traceback that holds it, past the links of the traceback."""
    frame_at = at + 1
    while frame_at < len(values) - 1 and isinstance(values[frame_at], TracebackType):
        frame_at += 1
    frame = values[frame_at]
    held = f"exception {type(error).__name__}" + ("" if text.startswith("exception ") else f" held by {text}")
    if not isinstance(frame, FrameType) or frame_at + 1 >= len(values):
        return held, frame_at
    local = _local(frame, values[frame_at + 1])
    return f"local {local!r} in frame {frame.f_code.co_name} ({_where(frame)}), kept alive by {held}", frame_at + 1


def _in_mapping(text: str, parent: Any, child: Any, names: Names) -> str:
    name = _key_of(parent, child)
    if id(parent) in names.modules:
        return f"{text}.{name}"
    if name is not None:
        return f"{text}[{_shown(name)}]"
    return f"a key of {text}" if any(key is child for key in parent) else f"{text}[...]"


def _in_sequence(text: str, parent: Any, child: Any, _names: Names) -> str:
    index = next((i for i, value in enumerate(parent) if value is child), None)
    fields = getattr(type(parent), "_fields", None)
    if index is not None and fields is not None:
        return f"{text}.{fields[index]}"
    return f"{text}[{index}]" if index is not None else text


def _in_set(text: str, _parent: Any, _child: Any, _names: Names) -> str:
    return f"a member of the set {text}"


def _in_partial(text: str, parent: Any, child: Any, _names: Names) -> str:
    part = "args" if child is parent.args else "keywords" if child is parent.keywords else "func"
    return f"{text}.{part}"


def _in_cache(text: str, _parent: Any, _child: Any, _names: Names) -> str:
    return f"the lru_cache of {text}"


def _in_method(text: str, parent: Any, child: Any, _names: Names) -> str:
    return f"{text}.__self__" if child is parent.__self__ else text


def _same(text: str, _parent: Any, _child: Any, _names: Names) -> str:
    return text


def _attribute(text: str, parent: Any, child: Any, _names: Names) -> str:
    """By a slot or an attribute of an object; by its kind where that cannot be told."""
    attributes = _own_attributes(parent)
    name = _key_of(attributes, child) if attributes is not None else None
    name = name if name is not None else _slot(parent, child)
    if name is not None:
        return f"{text}.{name}"
    array = getattr(parent, "ravel", None)
    if array is not None and type(parent).__name__ == "ndarray":
        return f"{text}.flat[{next((i for i, value in enumerate(array()) if value is child), '?')}]"
    kind = type(parent).__name__
    return text if kind in _UNNAMED_KINDS else f"{text} (in a {kind})"


#: The tree in which a Context keeps its variables has no names, and its depth depends on addresses.
_UNNAMED_KINDS = frozenset({"Context", "hamt", "hamt_array_node", "hamt_bitmap_node", "hamt_collision_node"})


_EDGES: tuple[tuple[Any, Callable[[str, Any, Any, Names], str]], ...] = (
    (Mapping, _in_mapping),
    (dict, _in_mapping),
    ((list, tuple, collections.deque), _in_sequence),
    ((set, frozenset), _in_set),
    (functools.partial, _in_partial),
    (_CACHE, _in_cache),
    (MethodType, _in_method),
    ((CellType, ModuleType, TracebackType, property, staticmethod, classmethod), _same),
)


def _own_attributes(value: Any) -> Any:
    try:
        return object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None


def _slot(value: Any, child: Any) -> str | None:
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            private = name.startswith("__") and not name.endswith("__")
            stored = f"_{kind.__name__.lstrip('_')}{name}" if private else name
            descriptor = kind.__dict__.get(stored)
            try:
                if descriptor is not None and descriptor.__get__(value) is child:
                    return str(name)
            except AttributeError:
                continue
    return None


def _key_of(mapping: Any, child: Any) -> Any:
    return next((key for key, value in list(mapping.items()) if value is child), None)


def _shown(key: Any) -> str:
    if not isinstance(key, (str, int, float, bool, bytes, type(None))):
        return f"<{type(key).__name__}>"
    text = repr(key)
    return text if len(text) <= _MAX_KEY else f"{text[: _MAX_KEY - 3]}..."


def _where(frame: FrameType) -> str:
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"


def _local(frame: FrameType, child: Any) -> str | None:
    """The name of the local that a frame has an object as."""
    if isinstance(child, CellType):
        child = child.cell_contents
    return next((name for name, value in locals_of(frame) if value is child), None)


def locals_of(frame: FrameType) -> list[tuple[str, Any]]:
    """Names and values of a frame's locals. Up to Python 3.12 asking leaves a snapshot of them: it is emptied."""
    snapshot = frame.f_locals
    found = list(snapshot.items())
    # Where the user called locals() the same dict is theirs as well.
    if frame.f_code.co_flags & 1 and type(snapshot) is dict and sys.getrefcount(snapshot) <= 3:
        snapshot.clear()
    return found
