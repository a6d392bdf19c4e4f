"""The tracer on a fake library, plain and under sanitizers: what it records, where it refuses, what it survives."""

from __future__ import annotations

import signal
import stat
import subprocess

import pytest
from conftest import Bench

#: Allocate, free, deallocate_buffers, clear and one of the two destructors.
ALLOCATOR_HOOKS = 0b001111


def facts(records):
    return [(r.kind, r.size, r.memory_type, r.context) for r in records]


@pytest.mark.parametrize("form", ["lazy", "full-relro"])
@pytest.mark.parametrize("bind_now", ["", "1"])
def test_every_event_is_recorded_with_all_its_fields(bench: Bench, form: str, bind_now: str) -> None:
    done = bench.run("basic", form, {"LD_BIND_NOW": bind_now} if bind_now else None)
    assert done.status == 0
    assert done.said["reason"] == ""
    assert int(done.said["mask"]) & ALLOCATOR_HOOKS == ALLOCATOR_HOOKS
    assert done.said["slots"] == done.said["held"]
    assert done.said["late"] == "1"
    ring = done.read()
    assert facts(ring.records) == [
        ("allocate", 1000, "DRAM", 7),
        ("allocate", 2000, "L1_SMALL", 8),
        ("mark", 0, "?", 8),
        ("free", 0, "DRAM", 8),
        ("allocator-cleared", 0, "?", 8),
        ("allocator-cleared", 0, "?", 8),
        ("allocator-destroyed", 0, "?", 8),
    ]
    first, second, mark, freed, *_ = ring.records
    assert (first.device, first.unique_id, first.bytes_per_bank, second.bytes_per_bank) == (5, 77, 63, 125)
    assert (first.chip, first.banks, first.unit, second.chip, second.banks, second.unit) == (2, 8, 32, 2, 11, 32)
    assert (freed.chip, freed.banks, freed.unit) == (None, 0, 0)
    assert (freed.buffer, freed.allocator, freed.address) == (first.buffer, first.allocator, first.address)
    assert second.buffer != first.buffer and second.address == first.address + 64
    assert mark.address == 42
    assert first.time_ns <= second.time_ns <= freed.time_ns
    assert first.thread == second.thread > 0


def test_a_ring_says_whose_it_is_and_that_it_ended(bench: Bench) -> None:
    ring = bench.run("basic").read()
    assert (ring.version, ring.header_bytes, ring.record_bytes, ring.capacity) == (1, 4096, 96, 1024)
    assert (ring.state, ring.context, ring.stacks_bytes) == (2, 8, 4096)
    assert ring.bytes == 4096 + 1024 * 96 + 4096
    assert ring.start_ticks > 0


def test_a_ring_is_its_owners_alone(bench: Bench) -> None:
    assert stat.S_IMODE(bench.run("basic").ring.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_never_overwritten(bench: Bench) -> None:
    (bench.rings / "1.2.ring").write_text("theirs")
    done = bench.run("forking")
    assert done.said["open"] == "-17"
    assert done.ring.read_text() == "theirs"


def test_exceptions_pass_and_are_recorded(bench: Bench) -> None:
    done = bench.run("throwing")
    assert (done.said["refused"], done.said["twice"]) == ("1", "0")
    kinds = [(r.kind, r.size) for r in done.read().records]
    expected = [("allocate-failed", 2_000_000), ("allocate", 16), ("free", 0), ("free", 0), ("free-failed", 0)]
    assert kinds == expected


def test_an_accessor_that_throws_harms_nobody(bench: Bench) -> None:
    done = bench.run("basic", "throwing")
    assert done.status == 0
    assert [r.kind for r in done.read().records][:2] == ["allocate", "allocate"]


def test_where_the_banks_cannot_be_asked_the_rest_is_recorded(bench: Bench) -> None:
    first, *_ = bench.run("basic", "without-banks").read().records
    assert (first.size, first.bytes_per_bank, first.device, first.unique_id) == (1000, 63, 5, 77)
    assert (first.chip, first.banks, first.unit) == (2, 0, 32)


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ("symbolic", "calls its allocator in a way that cannot be followed"),
        ("hidden", "does not offer what a buffer's address and size are read with"),
        ("missing", "has no allocator of the kind that is known"),
    ],
)
def test_where_nothing_can_be_followed_nothing_is_changed_and_it_says_why(bench: Bench, form: str, reason: str) -> None:
    done = bench.run("unopened", form)
    assert (done.said["mask"], done.said["slots"], done.said["works"]) == ("0", "0", "1")
    assert done.said["reason"].endswith(reason)


def test_without_a_ring_the_program_goes_on(bench: Bench) -> None:
    done = bench.run("unopened")
    assert (done.status, done.said["works"], done.said["again"]) == (0, "1", "-22")
    assert not done.ring.exists()


def test_threads_write_every_record_once_and_whole(bench: Bench) -> None:
    ring = bench.run("threads").read()
    assert ring.head == 6 * (5000 * 2 + 1)
    assert len(ring.records) == ring.head
    live: dict[int, int] = {}
    for record in ring.records:
        if record.kind == "allocate":
            assert record.buffer not in live
            assert record.bytes_per_bank == (record.size + 15) // 16
            live[record.buffer] = record.address
        elif record.kind == "free":
            assert live.pop(record.buffer) == record.address
    assert live == {}
    assert len({record.thread for record in ring.records}) == 6


def test_a_ring_that_is_overrun_holds_whole_records_only(bench: Bench) -> None:
    ring = bench.run("overrun").read()
    assert ring.head == 6 * (5000 * 2 + 1)
    assert 0 < len(ring.records) <= 16
    for record in ring.records:
        if record.kind == "allocate":
            assert (record.bytes_per_bank, record.device) == ((record.size + 15) // 16, 5)


def test_a_forked_child_never_writes_to_its_parents_ring(bench: Bench) -> None:
    done = bench.run("forking")
    assert done.said["child"] == "0"
    assert [r.size for r in done.read().records] == [1, 4]
    child = done.read(".child")
    assert [r.size for r in child.records] == [3]
    assert child.pid != done.read().pid


@pytest.mark.parametrize(("scenario", "status"), [("exit", 0), ("kill", -signal.SIGKILL), ("segv", -signal.SIGSEGV)])
def test_the_ring_of_a_process_that_died_is_whole(bench: Bench, scenario: str, status: int) -> None:
    done = bench.run(scenario)
    assert done.status == status
    ring = done.read()
    assert [r.size for r in ring.records] == list(range(1, 11))
    assert ring.state == 1


def test_a_second_tracer_in_the_process_steps_back(bench: Bench) -> None:
    done = bench.run("two")
    assert (done.said["other"], done.said["why"]) == ("0", "another tracer has taken the calls of libtt_metal.so")
    assert [r.kind for r in done.read().records] == ["allocate"]


def test_uninstalled_it_records_nothing_and_can_come_back(bench: Bench) -> None:
    done = bench.run("uninstall")
    assert int(done.said["restored"]) == int(done.said["slots"]) > 0
    assert [r.size for r in done.read().records] == [1, 3]


@pytest.mark.parametrize("form", ["lazy", "full-relro"])
def test_no_page_has_to_become_executable(bench: Bench, form: str) -> None:
    if bench.sanitizer != "plain":
        pytest.skip("sanitizers map executable memory themselves")
    done = bench.run("protect", form)
    if done.said["mdwe"] != "0":
        pytest.skip("this kernel has no PR_SET_MDWE (Linux 6.3)")
    assert done.said["reason"] == ""
    assert [r.kind for r in done.read().records] == ["allocate"]


def test_full_shared_memory_is_an_error_and_leaves_no_file(bench: Bench) -> None:
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        pytest.skip("mounting needs a privilege that is not there")
    driver = " ".join(map(str, ["driver", "forking", "lazy/libtt_metal.so", "./tracer.so"]))
    script = (
        f"mount -t tmpfs -o size=64k none {bench.rings} && cd {bench.folder} && ./{driver} {bench.rings}/1.2.ring; "
        f"ls {bench.rings}/1.2.ring 2>/dev/null | wc -l"
    )
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=True)
    assert "open=-28" in done.stdout, done.stdout + done.stderr
    assert done.stdout.endswith("\n0\n"), done.stdout


def test_the_blocks_of_a_device_that_changed_are_told_once(bench: Bench) -> None:
    said = bench.run("changes").said
    # Memory type and bytes per bank, rounded up to the allocator's unit; 0: nothing is there any more.
    assert said["nothing"] == "0"
    assert said["two"] == "2 0:64 3:128"
    assert said["again"] == "0"
    assert said["freed"].split()[0] in ("1", "2") and set(said["freed"].split()[1:]) == {"0:0"}
    assert said["cleared"] == "1 3:0"


def test_where_changes_cannot_be_told_once_is_said_and_later_ones_are_told(bench: Bench) -> None:
    said = bench.run("changes").said
    assert (said["many"], said["after_many"]) == ("-1", "0")
    assert (said["unseen"], said["after_unseen"]) == ("-1", "0")


def test_records_that_were_overwritten_are_changes_that_cannot_be_told(bench: Bench) -> None:
    said = bench.run("changes-overrun").said
    assert (said["one"], said["overrun"], said["one_more"]) == ("1 0:64", "-1", "1 0:64")
