"""The connection to the engine: one JSON object a line over a private Unix socket (docs/formats.md, "Plugin protocol").

The engine may be away, stopped or dead: the tests go on. What could not be sent is counted and the count reported.

A connection is one process's and one session's. A forked child leaves its parent's alone, and has one of its own once a
test begins in it; sessions that follow one another in a process are numbered, so that the engine can join them.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import socket
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from tt_memwatch.devices.measurement import MEMORY_TYPES, Block, DeviceFacts, Measurement
from tt_memwatch.file_descriptor import out_of_the_way
from tt_memwatch.greeting import GREETING_TIMEOUT_S, read_greeting
from tt_memwatch.json_lines import ENCODING, line
from tt_memwatch.per_test_lines import NoWriter, Writer, writer_to
from tt_memwatch.sessions import Sessions
from tt_memwatch.unsent import CAPACITY, Unsent

#: Where the engine listens; set by `tt-memwatch run`.
SOCKET_VARIABLE = "TT_MEMWATCH_SOCKET"

#: How long all sending of a process may wait, in seconds, before the engine counts as gone.
SEND_TIMEOUT_S = 2.0

#: Blocks in one message, so that a line stays under the protocol's 262,144 bytes.
BLOCKS_PER_MESSAGE_MAX = 2_000

#: Taken here: suites replace those of `threading`.
_RLOCK = _thread.RLock

_sessions = Sessions()

#: Those that are connected, or were: a forked child has to leave each of their connections.
_engines: weakref.WeakSet[Engine] = weakref.WeakSet()


class Engine:
    """Queues messages and sends them at `flush`. With no engine to talk to, every call does nothing."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        #: Lines that the engine sees at the next `show`.
        self.waiting: list[str] = []
        #: Queues a line of `per_test_lines`, which the engine sees then, or with the next that is queued.
        self.hold: Callable[[str], None] = self.waiting.append
        #: Where messages wait once they are shown, if the engine reads there too.
        self._unsent: Unsent | None = None
        #: Shows messages of `per_test_lines` without a line of Python's, or says that they have to be held.
        self.writer: Writer = NoWriter()
        #: Bytes that were sent since the connection was made.
        self._sent = 0
        #: Fixtures may open devices in threads of their own.
        self._lock = _RLOCK()
        self._hello: dict[str, Any] = {}
        self._path: str | None = None
        self._has_session = False
        #: In a forked child, until a test begins in it.
        self.is_left = False
        self.dropped = 0
        #: Version of the engine that answered.
        self.version: str | None = None
        #: Why there is no engine.
        self.problem = f"{SOCKET_VARIABLE} is not set: not started by `tt-memwatch run`"

    def connect(self, hello: Mapping[str, Any], path: str | None = None) -> None:
        """Connect and greet, as a session of this process. Never raises: `connected` and `problem` say how it went."""
        path = path if path is not None else os.environ.get(SOCKET_VARIABLE)
        if not path:
            return
        # What is said within another session comes after what that one has said.
        for engine in list(_engines):
            engine.flush()
        self._has_session = True
        self._hello, self._path = {**hello, "session": _sessions.begin(), "parent": None}, path
        self._greet(path)

    def join_in_fork(self) -> bool:
        """In a forked child that has not done so: connect as a process of its own. Tells whether it was one."""
        if not self.is_left or self._path is None:
            return False
        self.is_left = False
        self.waiting.clear()
        self._hello = {**self._hello, "role": "fork", "pid": os.getpid(), "parent": self._hello["pid"]}
        self._greet(self._path)
        return True

    def leave(self) -> None:
        """In a forked child: what was queued is the parent's to send, on a connection that is the parent's."""
        self.waiting.clear()
        self._unsent, self._lock, self.writer = None, _RLOCK(), NoWriter()
        if self._socket is None:
            return
        self._socket.close()
        self._socket = None
        self.dropped = 0
        self.is_left = True

    def _greet(self, path: str) -> None:
        connection = out_of_the_way(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        connection.settimeout(GREETING_TIMEOUT_S)
        unsent = _unsent_beside(path)
        hello = line({**self._hello, "unsent": unsent.name if unsent is not None else None}).encode(*ENCODING)
        try:
            connection.connect(path)
            connection.sendall(hello)
            answer = read_greeting(connection)
            problem = None if answer.get("kind") == "welcome" else answer.get("reason", "no reason given")
            problem = f"the engine refused this plugin: {problem}" if problem is not None else None
        except (OSError, ValueError) as error:
            problem = f"no engine on {path}: {error}"
        if unsent is not None:
            # Whoever reads it has it open.
            unsent.remove()
        if problem is not None:
            connection.close()
            self.problem = problem
            return
        connection.settimeout(SEND_TIMEOUT_S)
        self._socket, self._sent = connection, len(hello)
        if unsent is not None and answer.get("readsUnsent") is True:
            unsent.empty(self._sent)
            self._unsent = unsent
            self.writer = writer_to(unsent.address, CAPACITY, self.waiting)
        self.version = str(answer.get("engine"))
        _engines.add(self)

    @property
    def is_of_a_fork(self) -> bool:
        """Whether this is a forked child, which ends with its test."""
        return self._hello.get("role") == "fork"

    @property
    def connected(self) -> bool:
        return self._socket is not None

    def queue(self, kind: str, **fields: Any) -> None:
        if self._socket is not None:
            self.waiting.append(line({"kind": kind, **fields}))
            self.show(sends=False)
        else:
            self._drop(1)

    def _drop(self, count: int) -> None:
        if self.version is not None and not self.is_left:
            self.dropped += count

    def queue_measurement(self, facts: DeviceFacts, measured: Measurement, fixture: dict[str, str] | None) -> None:
        """A measurement, after the messages with the blocks that came and went. `fixture`: that has just returned."""
        for name in MEMORY_TYPES:
            entries = [(b, "added") for b in measured.added if b.memory_type == name]
            entries += [(b, "removed") for b in measured.removed if b.memory_type == name]
            for start in range(0, len(entries), BLOCKS_PER_MESSAGE_MAX):
                part = entries[start : start + BLOCKS_PER_MESSAGE_MAX]
                self.queue(
                    "blocks",
                    device=facts.key,
                    memoryType=name,
                    added=[[hex(b.address), b.bytes_per_bank] for b, way in part if way == "added"],
                    removed=[[hex(b.address), b.bytes_per_bank] for b, way in part if way == "removed"],
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
            fixture=fixture,
            device={"key": facts.key, "chips": facts.chips, "shape": facts.shape, "parent": facts.parent},
            usage=[[name, *usage] for name, usage in zip(MEMORY_TYPES, measured.look.usage, strict=True)],
            liveBlocks=measured.live_blocks,
            cacheEntries=measured.look.cache_entries,
            **trace,
        )

    def queue_waiting(self, device: int, blocks: Collection[Block]) -> None:
        """Blocks for which garbage is yet to be collected and a holder to be looked for."""
        named = [[block.memory_type, hex(block.address)] for block in blocks]
        for start in range(0, len(named), BLOCKS_PER_MESSAGE_MAX):
            self.queue("waiting", device=device, blocks=named[start : start + BLOCKS_PER_MESSAGE_MAX])

    def queue_kept(self, device: int, block: Block, by: str) -> None:
        """What holds a block that was not left behind."""
        self.queue("kept", device=device, memoryType=block.memory_type, address=hex(block.address), by=by)

    def show(self, *, sends: bool = True) -> None:
        """Let the engine see what is queued, now or within a moment, and also if this process dies next.

        `sends`: also where that takes a call of the system.
        """
        if not self.waiting:
            return
        unsent = self._unsent
        if unsent is not None:
            with self._lock:
                # Another thread may have closed the connection meanwhile, and the memory is gone.
                if unsent is self._unsent and not unsent.take(self.waiting):
                    self._make_room(unsent)
        elif sends or self._socket is None:
            self.flush()

    def flush(self) -> None:
        """Send what is queued."""
        with self._lock, self._paused():
            self._send_shown()
            self._send_queue()

    def _make_room(self, unsent: Unsent) -> None:
        """Show what there was no room for, or send it."""
        with self._paused():
            self._send_shown()
            if self._unsent is None or not unsent.take(self.waiting):
                self._send_queue()

    @contextlib.contextmanager
    def _paused(self) -> Iterator[None]:
        """Other threads run while it is being sent, and what they would write meanwhile would be lost."""
        writer = self.writer
        writer.pause(True)
        try:
            yield
        finally:
            writer.pause(False)

    def _send_shown(self) -> None:
        if self._unsent is not None:
            self._send(self._unsent.peek())

    def _send_queue(self) -> None:
        """Meanwhile other threads may queue more."""
        lines = self.waiting[:]
        del self.waiting[: len(lines)]
        self._send("".join(lines).encode(*ENCODING))

    def _send(self, data: bytes) -> None:
        count = data.count(b"\n")
        if self._socket is None:
            self._drop(count)
        if self._socket is None or count == 0:
            return
        try:
            self._socket.sendall(data)
        except OSError as error:
            self.dropped += count
            self._give_up(f"the engine did not take {count} messages ({error}); tests go on without it")
            return
        self._sent += len(data)
        if self._unsent is not None:
            self._unsent.empty(self._sent)

    def close(self, exit_status: int) -> None:
        self.queue("bye", exitStatus=exit_status, dropped=self.dropped)
        self.flush()
        connection, self._socket = self._socket, None
        with self._lock:
            unsent, self._unsent = self._unsent, None
            writer, self.writer = self.writer, NoWriter()
            writer.forget()
            if unsent is not None:
                unsent.end()
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        if self._has_session:
            self._has_session = False
            _sessions.end(connection)

    def _give_up(self, problem: str) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = self._unsent = None
        self.writer = NoWriter()
        self.problem = problem


def _unsent_beside(path: str) -> Unsent | None:
    """Memory for what is unsent, in the engine's own folder; None where there can be none."""
    try:
        return Unsent(Path(path).parent)
    except (OSError, AttributeError):  # the latter: a suite that has taken a function of the system's away
        return None


def _leave_all() -> None:
    for engine in list(_engines):
        engine.leave()


os.register_at_fork(after_in_child=_leave_all)
