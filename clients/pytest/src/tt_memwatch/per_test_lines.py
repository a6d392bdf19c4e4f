"""The messages that every test has, as lines (docs/formats.md, "Messages of the client").

A general encoder takes several times as long for each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Protocol

#: Of a phase, or of the time between tests; without fixture and subtest. What follows is the context's number.
CONTEXT_HEADS: Mapping[str | None, str] = {
    phase: f'{{"kind":"context","phase":{json.dumps(phase)},"fixture":null,"number":'
    for phase in ("setup", "call", "teardown", None)
}


class Writer(Protocol):
    """What writes such messages natively: `tt_memwatch_tracer.per_test_lines.NativeWriter`."""

    def begin(self, test: str, attempt: int, base: str, index: int, options: str, looks: bool, /) -> bool: ...
    def end(self, test: str, attempt: int, outcome: str, began: float, looks: bool, /) -> bool: ...
    def enter(self, head: str, number: int, begins_test: bool, /) -> bool: ...
    def look(self, moment: str, /) -> bool: ...
    def watch(self, device: int, address: int, entries: int, ask_at: float, /) -> bool: ...
    def watch_none(self) -> None: ...
    def pause(self, is_paused: bool, /) -> None: ...
    def forget(self) -> None: ...


class NoWriter:
    """Writes nothing: all messages are queued as lines."""

    def begin(self, *message: object) -> bool:
        return False

    end = enter = look = watch = begin

    def watch_none(self) -> None:
        pass

    def pause(self, is_paused: bool, /) -> None:
        pass

    def forget(self) -> None:
        pass


def writer_to(address: int, capacity: int, queue: list[str]) -> Writer:
    """What writes to the memory at this address, with `capacity` bytes for messages, while nothing is in the queue."""
    try:
        from tt_memwatch_tracer.per_test_lines import NativeWriter

        return NativeWriter(address, capacity, queue)
    except (ImportError, OSError):
        return NoWriter()


def context_line(phase: str | None, number: int, group: int, at_ns: int) -> str:
    return f'{CONTEXT_HEADS[phase]}{number},"group":{group},"atNs":{at_ns}}}\n'


def begin_line(test: str, attempt: int, base: str, index: int, options: str, host_bytes: int | None) -> str:
    """`options`: further keys and values, as JSON has them."""
    return (
        f'{{"kind":"test-begin","test":{encode_basestring(test)},"attempt":{attempt},'
        f'"base":{encode_basestring(base)},"index":{index},{options}{_host(host_bytes)}}}\n'
    )


def end_line(test: str, attempt: int, outcome: str, duration_ms: float, at_ns: int, host_bytes: int | None) -> str:
    return (
        f'{{"kind":"test-end","test":{encode_basestring(test)},"attempt":{attempt},"outcome":"{outcome}",'
        f'"durationMs":{duration_ms:.3f},"atNs":{at_ns}{_host(host_bytes)}}}\n'
    )


def unchanged_line(device: int, moment: str) -> str:
    return f'{{"kind":"unchanged","device":{device},"moment":"{moment}"}}\n'


def json_fields(fields: Mapping[str, object]) -> str:
    """Keys and values as JSON, without the braces around them."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))[1:-1]


def _host(host_bytes: int | None) -> str:
    return "" if host_bytes is None else f',"hostBytes":{host_bytes}'
