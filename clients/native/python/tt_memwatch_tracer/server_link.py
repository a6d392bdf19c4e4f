"""Tells a running `tt-memwatch serve` that this process is traced, and which test runs: it reads the ring by itself."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import socket
from pathlib import Path
from typing import Any

from tt_memwatch_tracer.clocks import REAL

#: Where an allocation server listens, unless TT_MEMWATCH_SERVER_SOCKET names another socket.
DEFAULT_SOCKET = "/tmp/tt_allocation_server.sock"
SOCKET_VARIABLE = "TT_MEMWATCH_SERVER_SOCKET"

#: Longest time that the server may take to open the ring, in seconds: the program waits for it.
TIMEOUT_S = 0.2

#: Longest answer that is read, in bytes.
ANSWER_BYTES_MAX = 65_536

#: The lowest number of the connection's descriptor. The system hands out the lowest that is free, so a program that has
#: fewer open gets the numbers that it would get alone.
LOWEST_DESCRIPTOR = 500

#: Bytes of a name that distinguishes a server from others.
ID_BYTES = 8


class ServerLink:
    """The connection of this process to an allocation server. Nothing here raises, and nothing waits for long."""

    def __init__(self) -> None:
        self._connection: socket.socket | None = None
        #: Whether a server was there when this process last looked for one.
        self.is_there = False

    def look(self) -> bool:
        """Whether a server is there now that was not before."""
        path = socket_path()
        # As it asks each time: other functions raise where nothing is there, which takes longer.
        if self.is_there or not os.access(path, os.F_OK):
            return False
        self.is_there = is_served(path)
        return self.is_there

    def announce(self, ring: str | None, reason: str = "") -> None:
        """Name this process and its ring, or the reason why it has none. Waits until the server has opened the ring."""
        path = socket_path()
        with contextlib.suppress(OSError):
            self.close()
            self.is_there = is_served(path)
            if not self.is_there:
                return
            self._connection = _connected(path)
            self._send({"request": "traced", "pid": os.getpid(), "ring": ring, "reason": reason})
            self._wait_for_answer()
            self._connection.setblocking(False)

    def test(self, context: int, test: str | None) -> None:
        """Contexts from `context` on belong to the test with this node id; None: to none."""
        if self._connection is None:
            return
        try:
            self._send({"request": "test", "pid": os.getpid(), "context": context, "test": test})
        except BlockingIOError:
            # The server is busy: what is allocated now will have no test there.
            pass
        except OSError:
            self.close()

    def close(self) -> None:
        """In a forked child this closes the child's copy; the parent's connection stays."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _send(self, request: dict[str, Any]) -> None:
        assert self._connection is not None
        self._connection.sendall(b"memwatch " + json.dumps(request).encode() + b"\n")

    def _wait_for_answer(self) -> None:
        assert self._connection is not None
        until, answer = REAL.monotonic() + TIMEOUT_S, b""
        while b'"end"' not in answer and len(answer) < ANSWER_BYTES_MAX:
            self._connection.settimeout(max(0.001, until - REAL.monotonic()))
            part = self._connection.recv(4096)
            if not part:
                return
            answer += part


def socket_path() -> str:
    """Where this process looks for a server."""
    return os.environ.get(SOCKET_VARIABLE) or DEFAULT_SOCKET


def is_served(path: str) -> bool:
    """Whether the socket is a `tt-memwatch serve`'s, which claims its path by name: an earlier server knows no text."""
    try:
        listeners = Path("/proc/net/unix").read_text(encoding="utf-8", errors="replace")
        return f"@{claim_name(path)}" in listeners
    except OSError:
        return False


def claim_name(path: str) -> str:
    """The abstract socket that a server has while it serves the path. Raises OSError where that has no folder."""
    return f"tt-memwatch claims {_digest(path)}"


def server_id(path: str) -> int:
    """Which server that is, as 64 bits; for the ring's header."""
    try:
        return int.from_bytes(bytes.fromhex(_digest(path))[:ID_BYTES], "little")
    except OSError:
        return 0


def _digest(path: str) -> str:
    file = Path(path)
    return hashlib.sha256(os.fsencode(file.parent.resolve() / file.name)).hexdigest()


def _connected(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(TIMEOUT_S)
        connection.connect(path)
    except OSError:
        connection.close()
        raise
    try:
        number = fcntl.fcntl(connection.fileno(), fcntl.F_DUPFD_CLOEXEC, LOWEST_DESCRIPTOR)
    except OSError:
        # The process may not have so many: then it is one of the low ones.
        return connection
    connection.close()
    return socket.socket(fileno=number)
