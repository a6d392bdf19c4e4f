"""Messages as lines of JSON, and the engine's first one."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from typing import Any

from tt_memwatch.clocks import REAL

#: How long the greeting may take, in seconds, however many parts it comes in.
GREETING_TIMEOUT_S = 5.0

#: The newline included.
_GREETING_BYTES_MAX = 4_096

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def _encoder() -> Callable[[Mapping[str, Any]], str]:
    """Python's encoder makes its part in C anew for each message, which takes longer than the message does."""
    make: Any = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return _ENCODER.encode
    in_c = make(None, _ENCODER.default, json.encoder.encode_basestring, None, ":", ",", False, False, True)
    return lambda message: "".join(in_c(message, 0))


_encode = _encoder()


def line(message: Mapping[str, Any]) -> str:
    return f"{_encode(message)}\n"


#: How lines become bytes. Names of files may have characters that UTF-8 has not.
ENCODING = ("utf-8", "backslashreplace")


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
