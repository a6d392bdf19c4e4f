"""What the engine answers first."""

from __future__ import annotations

import json
import socket
from typing import Any

from tt_memwatch.clocks import REAL

#: How long the greeting may take, in seconds, however many parts it comes in.
GREETING_TIMEOUT_S = 5.0

#: The newline included.
_GREETING_BYTES_MAX = 4_096


def read_greeting(connection: socket.socket) -> dict[str, Any]:
    """What the engine answers. Raises ValueError for anything else, OSError where it does not come in time."""
    first = _first_line(connection)
    try:
        answer = json.loads(first)
    # Nested too deeply for the parser.
    except RecursionError:
        answer = None
    if not isinstance(answer, dict):
        raise ValueError(f"answered {first[:80]!r}, not a greeting")
    return answer


def _first_line(connection: socket.socket) -> bytes:
    data = b""
    until = REAL.perf_counter() + GREETING_TIMEOUT_S
    while not data.endswith(b"\n"):
        # 0 would mean not to wait at all.
        connection.settimeout(max(0.001, until - REAL.perf_counter()))
        part = connection.recv(_GREETING_BYTES_MAX)
        data += part
        if not part or len(data) > _GREETING_BYTES_MAX:
            raise ValueError(f"answered {data[:80]!r}, not a greeting")
    return data
