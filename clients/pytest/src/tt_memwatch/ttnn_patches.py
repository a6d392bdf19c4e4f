"""One way to stand before functions of ttnn, to leave them, and to put them back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


class Patches:
    """Functions of ttnn that ours stand before."""

    def __init__(self) -> None:
        #: Owner, name, what was there, and what is there for it.
        self._replaced: list[tuple[Any, str, Any, Any]] = []

    def __bool__(self) -> bool:
        return bool(self._replaced)

    def wrap(self, owner: Any, name: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
        """Replace the function by `wrap(function)`. Does nothing where the owner has no such function."""
        function = getattr(owner, name, None)
        if function is not None:
            ours = functools.wraps(function)(wrap(function))
            self._replaced.append((owner, name, function, ours))
            setattr(owner, name, ours)

    def restore(self) -> None:
        """Put ttnn's own back, unless somebody else has replaced ours meanwhile."""
        for owner, name, function, ours in reversed(self._replaced):
            if vars(owner).get(name) is ours:
                setattr(owner, name, function)
        self._replaced.clear()


def noting(
    function: Callable[..., Any], note: Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]
) -> Callable[..., Any]:
    """A function that calls `function`, and gives what `note(result, args, kwargs)` does."""

    def calling(*args: Any, **kwargs: Any) -> Any:
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            __tracebackhide__ = True
            leave(error)
            del args, kwargs
            raise
        return note(result, args, kwargs)

    return calling


def noting_around(
    function: Callable[..., Any], begin: Callable[[tuple[Any, ...], dict[str, Any]], Callable[[Any], None]]
) -> Callable[..., Any]:
    """A function that calls `begin(args, kwargs)`, then `function`, and then what `begin` gave with the result."""

    def calling(*args: Any, **kwargs: Any) -> Any:
        note = begin(args, kwargs)
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            __tracebackhide__ = True
            leave(error)
            del args, kwargs, note
            raise
        note(result)
        return result

    return calling


def leave(error: BaseException) -> None:
    """An exception leaves a function of ours: take that function's entry, the first, out of its traceback.

    Up to Python 3.10 the entry is put back where the exception goes on. There `__tracebackhide__` keeps pytest from
    showing it, and the function deletes its locals, which the entry's frame would keep.
    """
    if error.__traceback__ is not None:
        error.__traceback__ = error.__traceback__.tb_next


def part_of(ttnn: Any, path: str) -> Any:
    """What stands at a dotted path below ttnn, or None. The empty path is ttnn itself."""
    return functools.reduce(lambda owner, name: getattr(owner, name, None), filter(None, path.split(".")), ttnn)
