"""Which build of a library this is: the linker's own number, read from the file."""

from __future__ import annotations

import hashlib
import mmap
import struct
from pathlib import Path

#: Type of the note that has it, in notes whose owner is "GNU".
NT_GNU_BUILD_ID = 3

PT_NOTE = 4

#: A file is hashed in portions of this size.
PORTION_BYTES = 1 << 20

_IDENTIFICATION = struct.Struct("<4sBB")
_PROGRAM_HEADERS = struct.Struct("<Q14xHH")
_PROGRAM_HEADERS_AT = 32
_PROGRAM_HEADER = struct.Struct("<I4xQ16xQ")
_NOTE = struct.Struct("<3I")


def loaded_library(name: str) -> str | None:
    """Path of the file of this name that this process has mapped; None: it has none, or that is hidden."""
    try:
        lines = Path("/proc/self/maps").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    paths = (line.split(maxsplit=5)[5] for line in lines if line.count("/") > 0)
    return next((path for path in paths if path.rsplit("/", 1)[-1] == name), None)


def build_id(path: str) -> str | None:
    """`gnu:` and the number in hexadecimal, or `sha256:` and the file's where it has none; None: it cannot be read."""
    try:
        number = _number_in(path)
        return f"gnu:{number.hex()}" if number else f"sha256:{_hash_of(path)}"
    except OSError:
        return None


def _number_in(path: str) -> bytes:
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return next((found for found in map(_number_of, _notes_of(data)) if found), b"")
    except (struct.error, ValueError):
        # Too short for what it says it has, or empty.
        return b""


def _notes_of(data: mmap.mmap) -> list[bytes]:
    """The segments with notes of a little-endian ELF file of 64 bits; of any other file there are none."""
    magic, bits, order = _IDENTIFICATION.unpack_from(data)
    if (magic, bits, order) != (b"\x7fELF", 2, 1):
        return []
    at, size, count = _PROGRAM_HEADERS.unpack_from(data, _PROGRAM_HEADERS_AT)
    headers = [_PROGRAM_HEADER.unpack_from(data, at + size * number) for number in range(count)]
    return [data[offset : offset + length] for kind, offset, length in headers if kind == PT_NOTE]


def _number_of(notes: bytes) -> bytes:
    at = 0
    while at + _NOTE.size <= len(notes):
        name_bytes, number_bytes, kind = _NOTE.unpack_from(notes, at)
        name_at = at + _NOTE.size
        number_at = name_at + _padded(name_bytes)
        if kind == NT_GNU_BUILD_ID and notes[name_at : name_at + name_bytes] == b"GNU\0":
            return notes[number_at : number_at + number_bytes]
        at = number_at + _padded(number_bytes)
    return b""


def _padded(size: int) -> int:
    return (size + 3) // 4 * 4


def _hash_of(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while portion := file.read(PORTION_BYTES):
            digest.update(portion)
    return digest.hexdigest()
