"""The messages of every test are written natively where they can be, and otherwise nothing is written at all."""

from __future__ import annotations

import sys
from pathlib import Path

from python_programs import expect_right

PROGRAM = """
import ctypes
import json
import os
import sys
from tt_memwatch_tracer.per_test_lines import NativeWriter
from tt_memwatch_tracer.library import shared_library

HEADER = 16

class Memory:
    def __init__(self, capacity):
        self.bytes = (ctypes.c_ubyte * (HEADER + capacity))()
        self.numbers = memoryview(self.bytes).cast("B")[:HEADER].cast("Q")
        self.queue = []
        self.writer = NativeWriter(ctypes.addressof(self.bytes), capacity, self.queue)

    def take(self):
        text = bytes(self.bytes[HEADER : HEADER + self.numbers[1]]).decode()
        self.numbers[1] = 0
        return text

OPTIONS = '"repeat":0,"limits":{"total":null,"perType":{}},"reason":null'
NAMES = ("t.py::a", "t.py::a[\\"\\\\]", "t.py::a[\\n\\x00\\x7f]", "t.py::a[\u00fc]", "t.py::a[" + "x" * 3000 + "]")

memory = Memory(1 << 16)
writer = memory.writer
files = os.listdir("/proc/self/fd")
for name in NAMES:
    for looks in (True, False):
        assert writer.begin(name, 2, "t.py::a", 3, OPTIONS, looks) is True
        assert writer.end(name, 2, "passed", 0.0, looks) is True
        first, last = map(json.loads, memory.take().splitlines())
        host = {"hostBytes": last.get("hostBytes")} if looks else {}
        assert not looks or host["hostBytes"] > 1_000_000
        assert first.pop("hostBytes", None) is not None or not looks
        assert first == {
            "kind": "test-begin", "test": name, "attempt": 2, "base": "t.py::a", "index": 3,
            "repeat": 0, "limits": {"total": None, "perType": {}}, "reason": None,
        }
        at_ns = last.pop("atNs")
        assert abs(last.pop("durationMs") - at_ns / 1e6) < 1
        assert last == {"kind": "test-end", "test": name, "attempt": 2, "outcome": "passed", **host}

assert os.listdir("/proc/self/fd") == files, "a test opens nothing"

# There is room for all of it or for nothing.
writer.begin("t", 1, "t", 0, OPTIONS, False)
length = len(memory.take())
for capacity, is_there in ((length - 1, False), (length, True), (length + 1, True)):
    small = Memory(capacity)
    small.bytes[HEADER + capacity - 1] = 7
    assert small.writer.begin("t", 1, "t", 0, OPTIONS, False) is is_there
    assert small.writer.begin("t", 1, "t", 0, OPTIONS, False) is False
    assert len(small.take()) == (length if is_there else 0)

# Nothing overtakes what is queued, and nothing comes while it is paused.
memory.queue.append("first")
assert not writer.begin("t", 1, "t", 0, OPTIONS, False) and memory.take() == ""
memory.queue.clear()
writer.pause(True)
assert not writer.end("t", 1, "passed", 0.0, False) and memory.take() == ""
writer.pause(False)
assert writer.end("t", 1, "passed", 0.0, False) and memory.take()

# Without a ring there is no context, and without a device no look.
assert not writer.enter("head", 512, False)
assert not writer.look("before")
assert writer.watch(0, 12345, 0, 1e12) and not writer.look("before")
assert sum(writer.watch(n, n, 0, 1e12) for n in range(100)) == 63, "there is room for 64"
writer.watch_none()
assert writer.watch(0, 1, 0, 1e12)
assert memory.take() == ""

# What is not as it has to be is not written, and raises nothing.
right = ["t", 1, "t", 0, OPTIONS, False]
for at, value in ((0, 1), (0, "t[\\udcff]"), (1, "1"), (1, -1), (1, 1 << 64), (2, b"t"), (3, None), (4, 7)):
    assert writer.begin(*right[:at], value, *right[at + 1 :]) is False, value
assert writer.begin() is False and writer.begin(*right[1:]) is False
for wrong in ((), (1, 1, "passed", 0.0, False), ("t", 1, "passed", "0", False)):
    assert writer.end(*wrong) is False, wrong
assert writer.look(7) is False and writer.watch("a", 1, 2, 3.0) is False and writer.watch() is False
assert memory.take() == ""

# A program may close whatever is open.
os.closerange(500, 600)
assert writer.end("t", 1, "passed", 0.0, True) and "hostBytes" in memory.take()

# What it opens then is its own, in a forked child too.
os.closerange(500, 600)
reader, pipe = os.pipe()
os.dup2(pipe, 500)
child = os.fork()
if child == 0:
    os._exit(0 if os.path.sameopenfile(500, pipe) else 1)
assert os.waitpid(child, 0)[1] == 0, "a file of the program's was closed"

child = os.fork()
if child == 0:
    own = Memory(1 << 16)
    kept = bytearray(b"x" * (64 << 20))
    said = own.writer.end("t", 1, "passed", 0.0, True) and own.take()
    is_parents = writer.end("t", 1, "passed", 0.0, True)
    os.write(pipe, json.dumps([is_parents, json.loads(said)["hostBytes"]]).encode())
    os._exit(0)
os.waitpid(child, 0)
is_parents, childs_bytes = json.loads(os.read(reader, 1000))
writer.end("t", 1, "passed", 0.0, True)
assert not is_parents, "a forked child writes nothing into its parent's memory"
assert childs_bytes > json.loads(memory.take())["hostBytes"] + (32 << 20), "it looks at its own"

values = ("t.py::a[\u00fc]", OPTIONS, "passed", memory.queue)
before = [sys.getrefcount(value) for value in (*values, None, True, False)]
for _ in range(10_000):
    writer.begin(values[0], 1, values[0], 0, values[1], False)
    writer.end(values[0], 1, values[2], 0.0, False)
    writer.look(values[0]), writer.enter(values[1], 2, True), writer.begin(None), writer.pause(False)
    memory.take()
after = [sys.getrefcount(value) for value in (*values, None, True, False)]
assert all(abs(now - then) < 100 for now, then in zip(after, before)), (before, after)

writer.forget()
memory.bytes = memory.numbers = None
assert not writer.begin("t", 1, "t", 0, OPTIONS, False)
del memory, writer, small
print("right")
"""


def test_messages_are_written_whole_or_not_at_all(environment: dict[str, str]) -> None:
    expect_right(Path(sys.executable), "-X", "dev", "-c", PROGRAM, environment=environment)
