"""Tells a running `tt-memwatch serve` that this process is traced, so that it can list it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
from pathlib import Path

#: Where an allocation server listens, unless TT_MEMWATCH_SERVER_SOCKET names another socket.
DEFAULT_SOCKET = "/tmp/tt_allocation_server.sock"
SOCKET_VARIABLE = "TT_MEMWATCH_SERVER_SOCKET"

#: Longest time the server may take to accept, in seconds: the program must not wait for it.
TIMEOUT_S = 0.2


def announce(ring: str) -> None:
    """Name this process and its ring. Does nothing where no `tt-memwatch serve` is there; never raises."""
    path = os.environ.get(SOCKET_VARIABLE) or DEFAULT_SOCKET
    with contextlib.suppress(OSError):
        if not _is_served(path):
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(TIMEOUT_S)
            connection.connect(path)
            connection.sendall(
                b"memwatch " + json.dumps({"request": "traced", "pid": os.getpid(), "ring": ring}).encode() + b"\n"
            )


def _is_served(path: str) -> bool:
    """Whether the socket is a `tt-memwatch serve`'s, which claims its path by name: an earlier server knows no text."""
    file = Path(path)
    name = hashlib.sha256(os.fsencode(file.parent.resolve() / file.name)).hexdigest()
    return f"@tt-memwatch claims {name}" in Path("/proc/net/unix").read_text(encoding="utf-8", errors="replace")
