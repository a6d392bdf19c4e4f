"""Sizes as people write and read them. The engine reads and writes the same (fixtures/sizes.json)."""

from __future__ import annotations

import re
from fractions import Fraction

_UNITS = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
#: Of a text without space around it, where each character can only be read in one way: else time would be quadratic.
_SIZE = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,20})?)\s*(?:([KMGT])i?)?B?", re.IGNORECASE | re.ASCII)

#: The largest number of the engine's protocol.
SIZE_MAX = 2**53 - 1


def parse_size(text: object) -> int:
    """Bytes of `"64 KB"`, `"1.5 MB"` or `"0"`, up to SIZE_MAX; 1 KB is 1,024 bytes. Else raises ValueError.

    A fraction needs such a unit, and is rounded down to whole bytes. The engine reads the same (fixtures/sizes.json).
    """
    found = _SIZE.fullmatch(str(text).strip())
    is_whole = found is not None and (found[2] is not None or "." not in found[1])
    # No float, which is exact for some sizes only.
    size = int(Fraction(found[1]) * _UNITS[(found[2] or "").upper() + "B"]) if found and is_whole else None
    if size is None or size > SIZE_MAX:
        raise ValueError(f"{text!r} is not a size; wanted e.g. '4096', '64 KB' or '1.5 MB' (1 KB = 1024 bytes)")
    return size


def format_size(size: int) -> str:
    """A size for people, as the engine writes it: 512 B, 1.5 KB, 24.0 MB."""
    if size < _UNITS["KB"]:
        return f"{size} B"
    for unit, factor in list(_UNITS.items())[1:]:
        # A half goes up, which Python's own rounding does not do.
        tenths = (20 * size + factor) // (2 * factor)
        if tenths < 10 * _UNITS["KB"] or unit == "TB":
            break
    return f"{tenths // 10}.{tenths % 10} {unit}"
