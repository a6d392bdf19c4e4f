"""What suites of the earlier system call: its cleanup at the end of a test, and its request for a dump."""

from __future__ import annotations

import os
import socket
import struct
from typing import Any

import pytest

from tt_memwatch.devices.mesh_device import MeshDevice
from tt_memwatch.devices.program_cache import clear_program_cache
from tt_memwatch.log import logger

#: Where the allocation server listens, unless TT_MEMWATCH_SERVER_SOCKET names another place.
SERVER_SOCKET = "/tmp/tt_allocation_server.sock"
SERVER_SOCKET_VARIABLE = "TT_MEMWATCH_SERVER_SOCKET"

#: The server's 72-byte frame with type 5, DUMP_REMAINING; nothing is answered.
DUMP_REMAINING_FRAME = struct.pack("B3xiQB3xiQQ4Q", 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

#: How long the server may take to accept the request, in seconds.
SERVER_TIMEOUT_S = 1.0

_RULE = "=" * 80

CLEANUP_FIXTURE = "clear_program_cache_after_test"


def request_dump() -> None:
    """Ask the allocation server to print what remains.

    Raises OSError when no server takes the request.
    """
    path = os.environ.get(SERVER_SOCKET_VARIABLE) or SERVER_SOCKET
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(SERVER_TIMEOUT_S)
        connection.connect(path)
        connection.sendall(DUMP_REMAINING_FRAME)


def cleanup(mesh_device: MeshDevice) -> None:
    """Clear the program cache at the end of a test, with the lines the earlier system logged.

    `mesh_device` must be open. The device goes on with an empty cache.
    """
    log = logger()
    log.info(_RULE)
    log.info("TEST CLEANUP: Clearing program cache before test completion...")
    clear_program_cache(mesh_device, goes_on=True)
    log.info("✓ Program cache cleared in test")
    log.info(_RULE)


@pytest.fixture
def clear_program_cache_after_test() -> None:
    """After each test that uses a device: collect garbage, clear the program cache, ask what remains.

    The name is all there is to it, for suites that ask for it: the work is done where a device is about to be closed or
    the test's own fixtures are over, asked for or not. A suite that defines a fixture of this name replaces the
    clearing, not the measuring. It is no autouse fixture, because those are among the arguments of each test.
    """


def has_cleanup_of_its_own(item: pytest.Item) -> bool:
    """Whether the suite of a test has its own fixture of that name."""
    info = getattr(item, "_fixtureinfo", None)
    definitions = info.name2fixturedefs.get(CLEANUP_FIXTURE) if info is not None else None
    return bool(definitions and not is_cleanup_fixture(definitions[-1]))


def is_cleanup_fixture(fixturedef: Any) -> bool:
    """Whether a fixture is the one above, and not the suite's own of its name."""
    return getattr(fixturedef.func, "__module__", None) == __name__
