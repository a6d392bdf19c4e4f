"""The messages that every test has, as lines (docs/formats.md, "Messages of the client").

A general encoder takes several times as long for each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from json.encoder import encode_basestring

#: Of a phase, or of the time between tests; without fixture and subtest. To be filled with number, group and time.
CONTEXT_LINES: Mapping[str | None, str] = {
    phase: f'{{"kind":"context","number":%d,"group":%d,"phase":{json.dumps(phase)},"fixture":null,"atNs":%d}}\n'
    for phase in ("setup", "call", "teardown", None)
}


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
