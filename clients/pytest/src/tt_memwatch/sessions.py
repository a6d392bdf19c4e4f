"""The pytest sessions of a process: they follow one another, or one runs within another."""

from __future__ import annotations

import contextlib
import os
import socket

#: How long a session may wait until the engine has read the one before, in seconds.
FAREWELL_TIMEOUT_S = 2.0

#: What is read at once: the engine says nothing that anybody waits for.
_READ_BYTES = 4_096


class Sessions:
    """pytest sessions of this process, of which one may run within another."""

    def __init__(self) -> None:
        self._running = 0
        self._begun = 0
        #: The connection of the session before, which has said all: a file descriptor, since nobody may hear of it.
        self._farewell: int | None = None

    def begin(self) -> int | None:
        """Number of a session that begins, from 1; None within another one."""
        self._running += 1
        if self._running > 1:
            return None
        self._wait_for_farewell()
        self._begun += 1
        return self._begun

    def end(self, connection: socket.socket | None) -> None:
        """The session is over; `connection` has said all, and is the one to wait for before the next session."""
        self._running -= 1
        if connection is None:
            return
        if self._running > 0:
            connection.close()
            return
        self._forget_farewell()
        self._farewell = connection.detach()

    def _wait_for_farewell(self) -> None:
        """Until the engine has read all of the session before: what follows comes through another connection."""
        if self._farewell is None:
            return
        with socket.socket(fileno=self._farewell) as connection, contextlib.suppress(OSError):
            self._farewell = None
            connection.settimeout(FAREWELL_TIMEOUT_S)
            while connection.recv(_READ_BYTES):
                pass

    def _forget_farewell(self) -> None:
        if self._farewell is not None:
            os.close(self._farewell)
            self._farewell = None
