"""What a function of ours that stands before one of ttnn's does where that raises."""

from __future__ import annotations


def leave(error: BaseException) -> None:
    """An exception leaves a function of ours: take that function's entry, the first, out of its traceback.

    Up to Python 3.10 the entry is put back where the exception goes on. There `__tracebackhide__` keeps pytest from
    showing it, and the function deletes its locals, which the entry's frame would keep.
    """
    if error.__traceback__ is not None:
        error.__traceback__ = error.__traceback__.tb_next
