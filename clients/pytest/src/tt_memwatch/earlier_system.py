"""The earlier system's cleanup: its words, its dump request, its explicit call at the end of a test."""

from __future__ import annotations

import logging
import os
import socket
import struct
from importlib import import_module
from typing import Any

from tt_memwatch.devices.mesh_device import MeshDevice

#: Where the allocation server listens, unless TT_MEMWATCH_SERVER_SOCKET names another place.
SERVER_SOCKET = "/tmp/tt_allocation_server.sock"
SERVER_SOCKET_VARIABLE = "TT_MEMWATCH_SERVER_SOCKET"

#: The server's 72-byte frame with type 5, DUMP_REMAINING; nothing is answered.
DUMP_REMAINING_FRAME = struct.pack("B3xiQB3xiQQ4Q", 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

#: How long the server may take to accept the request, in seconds.
SERVER_TIMEOUT_S = 1.0

_RULE = "=" * 80


def logger() -> Any:
    """loguru's logger where it is installed, else the standard library's: both have `info` and `warning`."""
    try:
        return import_module("loguru").logger
    except ImportError:
        return logging.getLogger("tt_memwatch")


def request_dump() -> None:
    """Ask the allocation server to print what remains.

    Raises OSError when no server takes the request.
    """
    path = os.environ.get(SERVER_SOCKET_VARIABLE) or SERVER_SOCKET
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(SERVER_TIMEOUT_S)
        connection.connect(path)
        connection.sendall(DUMP_REMAINING_FRAME)


def clear_program_cache(device: MeshDevice, goes_on: bool) -> None:
    """Drop the cached programs and the device buffers they own.

    A device that goes on gets its cache back. One without entries may have had its cache switched off by the user: it
    is left as it is.
    """
    has_entries = device.num_program_cache_entries() > 0
    if goes_on and not has_entries:
        return
    device.disable_and_clear_program_cache()
    if goes_on:
        device.enable_program_cache()


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
