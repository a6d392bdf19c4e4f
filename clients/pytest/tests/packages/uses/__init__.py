"""Something small done with each package, of which something stays alive: a task, a tree, a frame, a connection."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from uses import data, objects, tasks


def _uses_in(module: ModuleType) -> dict[str, Callable[[], Any]]:
    return {name: use for name, use in vars(module).items() if getattr(use, "__module__", None) == module.__name__}


#: By what each stands for.
USES = _uses_in(data) | _uses_in(tasks) | _uses_in(objects)
