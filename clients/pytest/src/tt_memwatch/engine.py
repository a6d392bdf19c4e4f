"""The connection to the engine: one JSON object a line over a private Unix socket (docs/formats.md, "Plugin protocol").

The engine may be away, stopped or dead: the tests go on. What could not be sent is counted and the count reported.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from typing import Any

from tt_memwatch.measure import MEMORY_TYPES, Block, DeviceFacts, Measurement

#: Where the engine listens; set by `tt-memwatch run`.
SOCKET_VARIABLE = "TT_MEMWATCH_SOCKET"

#: How long the greeting may take, in seconds.
GREETING_TIMEOUT_S = 5.0

#: How long all sending of a process may wait, in seconds, before the engine counts as gone.
SEND_TIMEOUT_S = 2.0

#: Blocks in one message, so that a line stays under the protocol's 262,144 bytes.
MAX_BLOCKS_PER_MESSAGE = 2_000

_MAX_GREETING_BYTES = 4_096


class Engine:
    """Queues messages and sends them at `flush`. With no engine to talk to, every call does nothing."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._pid = os.getpid()
        self._queue: list[bytes] = []
        self.dropped = 0
        #: Version of the engine that answered.
        self.version: str | None = None
        #: Why there is no engine.
        self.problem = f"{SOCKET_VARIABLE} is not set: not started by `tt-memwatch run`"

    def connect(self, hello: Mapping[str, Any], path: str | None = None) -> None:
        """Connect and greet. Never raises: `connected` and `problem` tell."""
        path = path if path is not None else os.environ.get(SOCKET_VARIABLE)
        if not path:
            return
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(GREETING_TIMEOUT_S)
        try:
            connection.connect(path)
            connection.sendall(_line(hello))
            answer = json.loads(_first_line(connection))
        except (OSError, ValueError) as error:
            connection.close()
            self.problem = f"no engine on {path}: {error}"
            return
        if answer.get("kind") != "welcome":
            connection.close()
            self.problem = f"the engine refused this plugin: {answer.get('reason', 'no reason given')}"
            return
        connection.settimeout(SEND_TIMEOUT_S)
        self._socket = connection
        self.version = str(answer.get("engine"))

    @property
    def connected(self) -> bool:
        return self._socket is not None

    def queue(self, kind: str, **fields: Any) -> None:
        if self._socket is not None:
            self._queue.append(_line({"kind": kind, **fields}))
        elif self.version is not None:
            self.dropped += 1

    def queue_measurement(self, facts: DeviceFacts, measured: Measurement) -> None:
        """A measurement, after the messages with the blocks that came and went."""
        for name in MEMORY_TYPES:
            entries = [(b, "added") for b in measured.added if b.memory_type == name]
            entries += [(b, "removed") for b in measured.removed if b.memory_type == name]
            for start in range(0, len(entries), MAX_BLOCKS_PER_MESSAGE):
                part = entries[start : start + MAX_BLOCKS_PER_MESSAGE]
                self.queue(
                    "blocks",
                    device=facts.key,
                    memoryType=name,
                    added=[[hex(b.address), b.size_per_bank] for b, way in part if way == "added"],
                    removed=[[hex(b.address), b.size_per_bank] for b, way in part if way == "removed"],
                )
        mark = measured.mark
        trace = (
            {}
            if mark is None
            else {"trace": {"mark": mark.number, "isStill": measured.is_still, "listed": measured.listed}}
        )
        self.queue(
            "measurement",
            moment=measured.moment,
            fixture=measured.fixture,
            device={"key": facts.key, "chips": facts.chips, "shape": facts.shape, "parent": facts.parent},
            usage=[[name, *usage] for name, usage in zip(MEMORY_TYPES, measured.look.usage, strict=True)],
            liveBlocks=measured.live_blocks,
            cacheEntries=measured.look.cache_entries,
            **trace,
        )

    def queue_kept(self, device: int, block: Block, by: str) -> None:
        """What holds a block that was not left behind."""
        self.queue("kept", device=device, memoryType=block.memory_type, address=hex(block.address), by=by)

    def flush(self) -> None:
        """Send what is queued. In a forked child nothing is sent: the connection is the parent's."""
        if self._socket is None or not self._queue or os.getpid() != self._pid:
            return
        count, data = len(self._queue), b"".join(self._queue)
        self._queue.clear()
        try:
            self._socket.sendall(data)
        except OSError as error:
            self.dropped += count
            self._give_up(f"the engine did not take {count} messages ({error}); tests go on without it")

    def close(self, exit_status: int) -> None:
        self.queue("bye", exitStatus=exit_status, dropped=self.dropped)
        self.flush()
        if self._socket is not None and os.getpid() == self._pid:
            self._socket.close()
            self._socket = None

    def _give_up(self, problem: str) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self.problem = problem


def _line(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace") + b"\n"


def _first_line(connection: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\n"):
        part = connection.recv(_MAX_GREETING_BYTES)
        if not part or len(data) > _MAX_GREETING_BYTES:
            raise ValueError(f"answered {data[:80]!r}, not a greeting")
        data += part
    return data
