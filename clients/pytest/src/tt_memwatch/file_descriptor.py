"""Where our file descriptors lie among those of the process."""

from __future__ import annotations

import fcntl
import socket

#: The lowest number that is used. The system hands out the lowest that is free, so a suite that has fewer open gets the
#: numbers it would get alone. Processes may have 1,024 unless somebody lowered the limit.
LOWEST = 500


def out_of_the_way(connection: socket.socket) -> socket.socket:
    """The same connection under a high number; under its own, where the limit of the process allows none.

    Takes `connection` over: only the one that is returned may be used.
    """
    try:
        number = fcntl.fcntl(connection.fileno(), fcntl.F_DUPFD_CLOEXEC, LOWEST)
    except OSError:
        return connection
    connection.close()
    return socket.socket(fileno=number)
