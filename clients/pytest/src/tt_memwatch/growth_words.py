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

#: Buffers that one message lists, and holders of one buffer; the others are counted.
MAX_BUFFERS = 20
MAX_HOLDERS = 5

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
    """A line for each buffer, largest first, and what is known of it below. `watched` is the code that was watched."""
    ordered = sorted(buffers, key=lambda buffer: (-buffer.size_bytes, buffer.memory_type, buffer.address))
    lines = [line for buffer in ordered[:MAX_BUFFERS] for line in _buffer_lines(buffer, watched)]
    rest = ordered[MAX_BUFFERS:]
    if rest:
        size = sum(buffer.size_bytes for buffer in rest)
        lines.append(f"and {len(rest)} more, {format_size(size)} together")
    return lines


def _buffer_lines(buffer: LeftBuffer, watched: CodeType | None) -> list[str]:
    head = (
        f"+{format_size(buffer.size_bytes)} {buffer.memory_type}   {device_words(buffer.chips)}   {buffer.address:#x}"
    )
    facts = [_tensor_words(buffer.tensor)] if buffer.tensor else []
    if buffer.frames:
        facts.append(_origin_words(buffer.operation, buffer.frames, watched))
    facts += [f"held by  {holder}" for holder in buffer.holders[:MAX_HOLDERS]]
    if len(buffer.holders) > MAX_HOLDERS:
        facts.append(f"and by {len(buffer.holders) - MAX_HOLDERS} others")
    return [head, *(_INDENT + fact for fact in facts)]


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
    path, folder = Path(frame["file"]), Path.cwd()
    shown = path.relative_to(folder) if path.is_relative_to(folder) else path
    return f"{shown}:{frame['line']}"
