"""Words for memory that was left, as the engine's reports have them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

from tt_memwatch.origins.call_site import name_of
from tt_memwatch.sizes import format_size

#: Kinds of buffers that one message lists; the buffers of the others are counted.
KINDS_MAX = 20

#: Addresses and holders that are listed of one kind.
ADDRESSES_MAX = 4
HOLDERS_MAX = 5

_INDENT = " " * 4


@dataclass(frozen=True)
class LeftBuffer:
    """One buffer that was left, with what is known of it."""

    memory_type: str
    address: int
    #: On each of the chips.
    size_bytes: int
    chips: tuple[int, ...]
    #: Fields of a `tensor` message, or nothing.
    tensor: Mapping[str, Any]
    operation: str | None
    #: File, line and function of the frames it was made in, innermost first.
    frames: Sequence[Mapping[str, Any]]
    holders: Sequence[str]


def in_words(grown: Mapping[tuple[int, str], int]) -> str:
    """Bytes by (device, memory type) for people."""
    return ", ".join(f"{format_size(size)} {name} on device {device}" for (device, name), size in sorted(grown.items()))


def buffers_in_words(buffers: Sequence[LeftBuffer], watched: CodeType | None) -> list[str]:
    """A line for each kind of buffer, the most bytes first, and what is known of it below.

    `watched` is the code that was watched.
    """
    kinds = sorted(_kinds(buffers, watched), key=_size, reverse=True)
    lines = [line for kind in kinds[:KINDS_MAX] for line in _lines(kind, watched)]
    rest = [buffer for kind in kinds[KINDS_MAX:] for buffer in kind]
    return [*lines, f"and {len(rest)} more, {format_size(_size(rest))} together"] if rest else lines


def _kinds(buffers: Sequence[LeftBuffer], watched: CodeType | None) -> list[list[LeftBuffer]]:
    """The buffers, those together that differ in their addresses and their holders alone."""
    kinds: dict[tuple[Any, ...], list[LeftBuffer]] = {}
    for buffer in sorted(buffers, key=lambda buffer: (buffer.memory_type, buffer.address)):
        is_held = len(buffer.holders) > 0
        kind = (buffer.memory_type, buffer.size_bytes, buffer.chips, is_held, *_facts(buffer, watched))
        kinds.setdefault(kind, []).append(buffer)
    return list(kinds.values())


def _size(buffers: Sequence[LeftBuffer]) -> int:
    return sum(buffer.size_bytes for buffer in buffers)


def _lines(kind: Sequence[LeftBuffer], watched: CodeType | None) -> list[str]:
    one = kind[0]
    parts = [f"+{format_size(_size(kind))} {one.memory_type}", device_words(one.chips), _addresses(kind)]
    holders = list(dict.fromkeys(holder for buffer in kind for holder in buffer.holders))
    facts = [*_facts(one, watched), *(f"held by  {holder}" for holder in holders[:HOLDERS_MAX])]
    if len(holders) > HOLDERS_MAX:
        rest = len(holders) - HOLDERS_MAX
        facts.append(f"and by {rest} {'other' if rest == 1 else 'others'}")
    return ["   ".join(parts), *(_INDENT + fact for fact in facts)]


def _addresses(kind: Sequence[LeftBuffer]) -> str:
    shown = ", ".join(f"{buffer.address:#x}" for buffer in kind[:ADDRESSES_MAX])
    if len(kind) == 1:
        return shown
    return f"{len(kind)} buffers   {shown}{', …' if len(kind) > ADDRESSES_MAX else ''}"


def _facts(buffer: LeftBuffer, watched: CodeType | None) -> list[str]:
    """What it is and where it was made, as far as that is known."""
    facts = [_tensor_words(buffer.tensor)] if buffer.tensor else []
    return [*facts, _origin_words(buffer.operation, buffer.frames, watched)] if buffer.frames else facts


def device_words(chips: Sequence[int]) -> str:
    """`device 0`, or `devices 0-7 (each)`."""
    if len(chips) == 1:
        return f"device {chips[0]}"
    runs = [
        [chip for _, chip in run]
        for _, run in itertools.groupby(enumerate(sorted(chips)), lambda pair: pair[1] - pair[0])
    ]
    named = (f"{run[0]}" if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
    return f"devices {', '.join(named)} (each)"


def _tensor_words(tensor: Mapping[str, Any]) -> str:
    text = f"{tensor['dtype']} {'x'.join(map(str, tensor['shape'])) or 'scalar'}"
    logical = tensor["logicalBytes"]
    return text if logical is None else f"{text} (logical {format_size(logical)})"


def _origin_words(operation: str | None, frames: Sequence[Mapping[str, Any]], watched: CodeType | None) -> str:
    """The line that allocated, and the one in the watched code that led to it where that is another."""
    made = frames[0]
    asked = "allocated at" if operation is None else f"{operation}  "
    text = f"{asked} {_place(made)} in {made['function']}"
    caller = next((frame for frame in frames if watched is not None and _is_in(frame, watched)), made)
    return text if caller is made else f"{text}   (from {_place(caller)})"


def _is_in(frame: Mapping[str, Any], code: CodeType) -> bool:
    return (frame["file"], frame["function"]) == (code.co_filename, name_of(code))


def _place(frame: Mapping[str, Any]) -> str:
    path, folder = Path(frame["file"]), _working_directory()
    shown = path.relative_to(folder) if folder is not None and path.is_relative_to(folder) else path
    return f"{shown}:{frame['line']}"


def _working_directory() -> Path | None:
    """None where it was deleted."""
    try:
        return Path.cwd()
    except OSError:
        return None
