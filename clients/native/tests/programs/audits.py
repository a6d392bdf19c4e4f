"""Prints how many audit hooks were added, and connections recorded: without a server, and once one has come."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import tt_memwatch_tracer
from ring_file import RingFile
from tt_memwatch_tracer.server_link import claim_name

hooks = []


def note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "sys.addaudithook":
        hooks.append(event)
        if sys.argv[2:] == ["refuse"]:
            raise ValueError("no other hooks here")


def main() -> None:
    path = sys.argv[1]
    sys.addaudithook(note)
    tt_memwatch_tracer.start_from_environment()
    import ttnn  # noqa: F401

    status = tt_memwatch_tracer.status()
    assert status.state == "live", status
    told = [len(hooks)]
    with socket.socket(socket.AF_UNIX) as claim, socket.socket(socket.AF_UNIX) as server:
        claim.bind(f"\0{claim_name(path)}")
        claim.listen()
        server.bind(path)
        server.listen()
        for number in (1, 2):
            tt_memwatch_tracer.name_test(number, "t.py::test")
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(path)
    told.append(len(hooks))
    told.append(sum(record.kind == "connect" for record in RingFile(Path(str(status.ring))).records))
    print("told", *told)


main()
