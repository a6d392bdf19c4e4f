"""What is yet to be sent to the engine, in memory that the engine reads as well (docs/formats.md, "Unsent messages").

So a message costs no call of the system, and what was said before a process died is heard all the same.
"""

from __future__ import annotations

import ctypes
import functools
import os
import platform
import secrets
import sys
from pathlib import Path

from tt_memwatch.json_lines import ENCODING

#: Bytes for messages.
CAPACITY = 65_536

#: Which number says where in the stream of the connection the first byte lies, and which how many bytes there are.
_BEGIN, _LENGTH = 0, 1

#: Two numbers of 64 bits each come before the bytes.
_BYTES_AT = 16

_PROT_READ_WRITE, _MAP_SHARED, _FAILED = 0x3, 0x1, ctypes.c_void_p(-1).value

#: Processors on which what one writes is seen by others in that order.
_IN_ORDER = ("x86_64", "AMD64")


class Unsent:
    """Raises OSError where there can be no such memory."""

    def __init__(self, folder: Path) -> None:
        if sys.platform != "linux" or platform.machine() not in _IN_ORDER:
            raise OSError("such memory is used on Linux on x86-64 only")
        #: Name of its file in the folder.
        self.name = f"{os.getpid()}-{secrets.token_hex(4)}.unsent"
        self._path = folder / self.name
        size = _BYTES_AT + CAPACITY
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            # Room that the disk does not have would end the process at the first message.
            os.posix_fallocate(descriptor, 0, size)
            address = _map(size, descriptor)
        except OSError:
            self.remove()
            raise
        finally:
            os.close(descriptor)
        #: Of the memory, which has room for `CAPACITY` bytes of messages.
        self.address = address
        # Views take a third of the time of functions of `ctypes`.
        self._bytes = memoryview((ctypes.c_ubyte * CAPACITY).from_address(address + _BYTES_AT)).cast("B")
        self._numbers = memoryview((ctypes.c_ubyte * _BYTES_AT).from_address(address)).cast("B").cast("Q")

    def take(self, lines: list[str]) -> bool:
        """Take the lines out of the list, if there is room for all; meanwhile other threads may add to it."""
        count = len(lines)
        data = "".join(lines[:count]).encode(*ENCODING)
        begin = self._numbers[_LENGTH]
        end = begin + len(data)
        if end > CAPACITY:
            return False
        self._bytes[begin:end] = data
        self._numbers[_LENGTH] = end
        del lines[:count]
        return True

    def peek(self) -> bytes:
        return bytes(self._bytes[: self._numbers[_LENGTH]])

    def empty(self, sent: int) -> None:
        """All of it, or what took its place, was sent: bytes of the stream up to now."""
        self._numbers[_LENGTH] = 0
        self._numbers[_BEGIN] = sent

    def end(self) -> None:
        """Nothing may be asked of it any more."""
        _system().munmap(self.address, _BYTES_AT + CAPACITY)

    def remove(self) -> None:
        """Remove the file; the memory stays."""
        self._path.unlink(missing_ok=True)


@functools.cache
def _system() -> ctypes.CDLL:
    system = ctypes.CDLL(None, use_errno=True)
    system.mmap.restype = ctypes.c_void_p
    system.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *(ctypes.c_int,) * 3, ctypes.c_long)
    system.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
    return system


def _map(size: int, descriptor: int) -> int:
    """Python's own `mmap` keeps a descriptor, whose number the suite would have had."""
    address: int | None = _system().mmap(None, size, _PROT_READ_WRITE, _MAP_SHARED, descriptor, 0)
    if address is None or address == _FAILED:
        raise OSError(ctypes.get_errno(), "mmap")
    return address
