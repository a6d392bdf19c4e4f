"""What an object is and has, read without running any code of its class.

`isinstance` asks `__class__`, `getattr` runs properties, `==` and `hash` are the class's own: mocks, proxies and lazy
modules answer them with something else, or wake up. Here only the type of an object is believed, and only descriptors
that CPython itself made are used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import Any

_MRO: Any = type.__dict__["__mro__"]
_DICT: Any = type.__dict__["__dict__"]
_NAME: Any = type.__dict__["__name__"]
_QUALNAME: Any = type.__dict__["__qualname__"]
_MODULE_DICT: Any = type.__dict__["__dict__"].__get__(ModuleType)["__dict__"]


def mro(kind: type) -> tuple[type, ...]:
    found: tuple[type, ...] = _MRO.__get__(kind)
    return found


def is_a(value: object, *kinds: type) -> bool:
    """As `isinstance`, by the true type alone. No kind may have a metaclass of Python code."""
    return issubclass(type(value), kinds)


def has_base(value: object, base: type) -> bool:
    """As `is_a`, also for a base with a metaclass of Python code: an abstract one would ask for the type's hash."""
    return any(part is base for part in mro(type(value)))


def class_dict(kind: type) -> Mapping[str, Any]:
    found: Mapping[str, Any] = _DICT.__get__(kind)
    return found


def class_name(kind: type) -> str:
    return str(_NAME.__get__(kind))


def class_qualname(kind: type) -> str:
    return str(_QUALNAME.__get__(kind))


def class_module(kind: type) -> str | None:
    """Name of the module that a class says it is of."""
    module = class_dict(kind).get("__module__")
    return module if type(module) is str else None


def class_attribute(kind: type, name: str) -> Any:
    """What a class or the first of its bases has under a name, as it is; None where none has."""
    return next((class_dict(part)[name] for part in mro(kind) if name in class_dict(part)), None)


def class_path(kind: type) -> str:
    """Module and qualified name."""
    module, qualname = class_module(kind), class_qualname(kind)
    return qualname if module is None else f"{module}.{qualname}"


def module_dict(module: ModuleType) -> dict[str, Any]:
    found: dict[str, Any] = _MODULE_DICT.__get__(module)
    return found if found is not None else {}


def module_name(namespace: Mapping[str, Any]) -> str:
    """The name that a module's namespace has."""
    name = namespace.get("__name__")
    return name if type(name) is str else "?"


def instance_dict(value: object) -> dict[Any, Any] | None:
    """The dict of an instance's attributes. A property or another object in its place is passed over."""
    for kind in mro(type(value)):
        descriptor = class_dict(kind).get("__dict__")
        if type(descriptor) is GetSetDescriptorType or type(descriptor) is MemberDescriptorType:
            try:
                found = descriptor.__get__(value)
            except (AttributeError, TypeError):
                continue
            return found if is_a(found, dict) else None
    return None


def slots(value: object) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Name and reader of each slot; the reader raises AttributeError where the slot is empty."""
    for kind in mro(type(value)):
        own = class_dict(kind)
        names = own.get("__slots__", ())
        for name in (names,) if type(names) is str else names if type(names) in (tuple, list) else dict_keys(names):
            descriptor = own.get(_mangled(kind, name))
            if type(descriptor) is MemberDescriptorType:
                yield name, lambda descriptor=descriptor: descriptor.__get__(value)  # type: ignore[misc]


def slot(value: object, name: str) -> Any:
    """The value of a slot; None where there is none of that name or nothing in it."""
    for kind in mro(type(value)):
        descriptor = class_dict(kind).get(name)
        if type(descriptor) is MemberDescriptorType:
            try:
                return descriptor.__get__(value)
            except AttributeError:
                return None
    return None


def dict_keys(value: Any) -> tuple[Any, ...]:
    """Keys of a dict, which `__slots__` may be; of anything else none."""
    return tuple(dict.keys(value)) if is_a(value, dict) else ()


def _mangled(kind: type, name: str) -> str:
    is_private = name.startswith("__") and not name.endswith("__")
    return f"_{class_name(kind).lstrip('_')}{name}" if is_private else name
