"""Objects without weak references are remembered by their address, and nothing of theirs changes."""

from __future__ import annotations

import sys
from pathlib import Path

from python_programs import expect_right

PROGRAM = """
import gc
import zlib
from struct import Struct
from tt_memwatch_tracer import Remembered

class Named(Struct):
    pass

remembered = Remembered()
first, second, named = zlib.compressobj(), zlib.compressobj(), Named("i")
addresses = [remembered.remember(value) for value in (first, second, named)]
assert None not in addresses, addresses
assert remembered.remember(first) == addresses[0]
borrowed = [remembered.borrow(address) for address in addresses]
assert borrowed == [first, second, named]
borrowed.clear()
del first
assert remembered.borrow(addresses[0]) is None, "what is remembered is not kept"
assert remembered.borrow(addresses[1]) is second
named.itself = named
del named
assert remembered.borrow(addresses[2]).format == "i", "garbage that was not collected is still there"
gc.collect()
assert remembered.borrow(addresses[2]) is None
assert remembered.borrow(12345) is None
assert remembered.remember(len) is None, "a type that is not on the heap is left alone"
class Own: pass
assert remembered.remember(Own()) is None, "so is a class of Python's own"
many = [zlib.compressobj() for _ in range(1030)]
kept = [remembered.remember(value) for value in many]
assert kept[1000] is not None and kept[1029] is None, "there is room for 1,024"
many.clear()
assert remembered.remember(second) is not None and remembered.borrow(addresses[1]) is second
print("right")
"""


def test_a_remembered_object_is_given_back_until_it_ends(environment: dict[str, str]) -> None:
    expect_right(Path(sys.executable), "-X", "dev", "-c", PROGRAM, environment=environment)
