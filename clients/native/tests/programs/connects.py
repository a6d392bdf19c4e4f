"""Connects to sockets in all ways and prints how many connections the ring in the file given last has on record."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from pathlib import Path

from ring_file import RingFile
from tt_memwatch_tracer.library import Library


def connect(address: object, family: int = socket.AF_UNIX) -> None:
    with socket.socket(family) as client, contextlib.suppress(OSError, TypeError, ValueError):
        client.connect(address)


def main() -> None:
    path, ring = sys.argv[1:]
    library = Library()
    assert library.open(os.fsencode(ring), 64, 4096) == 0
    recorded = []

    def count() -> None:
        recorded.append(sum(record.kind == "connect" for record in RingFile(Path(ring)).records))

    connect(path)
    count()
    assert library.watch_connects(os.fsencode(path))
    for address in (path, os.fsencode(path), f"{path}2", b"\0abstract", 7, None, ("127.0.0.1", 1)):
        connect(address)
    count()
    connect(("127.0.0.1", 1), socket.AF_INET)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect_ex(path)
    count()
    library.enable_connects(0)
    connect(path)
    library.enable_connects(1)
    count()
    assert library.watch_connects(os.fsencode(f"{path}2"))
    connect(path)
    connect(f"{path}2")
    count()
    print(*recorded)


main()
