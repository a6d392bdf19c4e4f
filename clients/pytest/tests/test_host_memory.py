"""Host memory: looked at before and after each test, in the process that runs it, unless nobody wants to know."""

import mmap
import os
from pathlib import Path

import pytest

from tt_memwatch.host_memory import SAME_MOMENT_S, HostMemory, own_bytes

MB = 1024 * 1024

#: What a test keeps, far more than what else comes and goes meanwhile.
KEPT_BYTES = 64 * MB

KEEPS = f"""
import sys
KEPT, ARMED = [], []
def forbid(event, arguments):
    if ARMED and event == "open" and "statm" in str(arguments[0]):
        raise RuntimeError("forbidden")
sys.addaudithook(forbid)
def test_keeps():
    KEPT.append(bytes(bytearray(b"x") * {KEPT_BYTES}))
def test_keeps_nothing():
    pass
def test_forbids_to_open_it():
    ARMED.append(True)
"""


def looks_of(engine, test):
    """What was sent around a test: its host memory before and after, or None."""
    wanted = [m for m in engine.messages() if m["kind"] in ("test-begin", "test-end") and m["test"].endswith(test)]
    return [message.get("hostBytes") for message in wanted]


@pytest.mark.parametrize("native", ["on", "off"])
def test_each_test_is_looked_at_before_and_after(suite, engine, monkeypatch, native):
    """An audit hook cannot be removed, and what it raises comes out of a call of Python's."""
    monkeypatch.setenv("TT_MEMWATCH_NATIVE_MESSAGES", native)
    suite.run(KEEPS).assert_outcomes(passed=3)
    before, after = looks_of(engine, "::test_keeps")
    assert KEPT_BYTES * 0.9 < after - before < KEPT_BYTES * 1.9
    before, after = looks_of(engine, "::test_keeps_nothing")
    assert abs(after - before) < KEPT_BYTES
    before, after = looks_of(engine, "::test_forbids_to_open_it")
    assert before and bool(after) == (native == "on")


def test_nothing_is_looked_at_where_that_is_off(suite, engine, monkeypatch):
    suite.pytester.makeini("[pytest]\nmemwatch_host = on\n")
    monkeypatch.setenv("TT_MEMWATCH_HOST", "off")
    suite.run(KEEPS).assert_outcomes(passed=3)
    assert looks_of(engine, "::test_keeps") == [None, None]


def test_shared_memory_is_not_the_processs_own(tmp_path):
    mapped = tmp_path / "mapped"
    mapped.write_bytes(b"x" * KEPT_BYTES)
    before = own_bytes()
    with mapped.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
        assert len(memory[:]) == KEPT_BYTES
        assert own_bytes() - before < KEPT_BYTES
        kept = memory[:]
        assert own_bytes() - before >= KEPT_BYTES
        assert kept


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_reads_its_own():
    before = own_bytes()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        kept = bytearray(b"x") * KEPT_BYTES
        os.write(writer, f"{own_bytes()}".encode())
        os._exit(0 if kept else 1)
    os.waitpid(child, 0)
    grown = int(os.read(reader, 100))
    os.close(reader)
    os.close(writer)
    assert grown - before > KEPT_BYTES / 2 > abs(own_bytes() - before)


def test_a_system_without_it_is_no_error(tmp_path):
    assert own_bytes(str(tmp_path / "none")) is None
    odd = tmp_path / "odd"
    odd.write_text("not numbers")
    assert own_bytes(str(odd)) is None


@pytest.mark.one_version
@pytest.mark.parametrize(("gap_s", "looks"), [(0.0, 2), (SAME_MOMENT_S * 0.99, 2), (SAME_MOMENT_S, 3)])
def test_a_test_that_begins_at_once_begins_with_what_the_one_before_ended_with(gap_s, looks):
    now, sizes = [0.0], iter(range(1, 9))
    host = HostMemory(lambda: next(sizes), lambda: now[0])
    assert [host.at_begin(), host.at_end()] == [1, 2]
    now[0] += gap_s
    assert host.at_begin() == looks


@pytest.mark.one_version
def test_what_was_looked_at_before_a_fork_is_the_parents():
    sizes = iter(range(1, 9))
    host = HostMemory(lambda: next(sizes), lambda: 100.0)
    assert host.at_end() == 1
    host.start_over()
    assert host.at_begin() == 2


def test_nothing_stays_open():
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert own_bytes()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
