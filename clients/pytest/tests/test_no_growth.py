"""What a block or function may leave, and what is said of it: run as scripts on real ttnn."""

import re

import pytest

from conftest import ZEROS_BYTES
from no_growth_script import ONE, PRELUDE, printed


@pytest.fixture(params=["auto", "off"])
def tracer(request, monkeypatch):
    """Whether lines come from the tracer or from wrapped operations."""
    monkeypatch.setenv("TT_MEMWATCH_TRACER", request.param)
    return request.param


def test_a_block_that_lets_go_passes_and_one_that_keeps_fails(suite, tracer):
    said = printed(
        suite,
        """
def lets_go():
    with tt_memwatch.no_growth(device):
        ring = [zeros(device)]
        ring.append(ring)
        del ring

print(">", error_of(lets_go), sep="")
error = error_of(leak, device)
print(*(">" + line for line in str(error).splitlines()), sep="\\n")
print(">", type(error).__name__, isinstance(error, AssertionError), error.excess, sep=" ")
again = pickle.loads(pickle.dumps(error))
print(">", str(again) == str(error) and again.excess == error.excess, sep="")
print(">", sorted({"pytest", "_pytest"} & set(sys.modules)), sep="")
import tt_memwatch_tracer
print(">", tt_memwatch_tracer.status().state, sep="")
        """,
    )
    assert said[0] == "None"
    assert said[1] == f"the block left {ONE} DRAM on device 0, which stayed after garbage collection"
    assert said[2].startswith(f"  +{ONE} DRAM   device 0   0x")
    assert said[3].strip() == "bfloat16 1x1x64x64 (logical 8.0 KB)"
    assert re.fullmatch(r"ttnn\.zeros   .*script\.py:\d+ in zeros   \(from .*script\.py:\d+\)", said[4].strip())
    assert said[5].strip() == "held by  __main__.KEPT[0]"
    state = "live" if tracer == "auto" else "off"
    assert said[6:] == [f" MemoryGrowth True {{(0, 'DRAM'): {ZEROS_BYTES}}}", "True", "[]", state]


def test_limits_are_the_markers(suite):
    said = printed(
        suite,
        f"""
for options in [
    dict(limit={ZEROS_BYTES - 1}), dict(limit={ZEROS_BYTES}), dict(dram="{ONE}"), dict(l1="1 GB"),
    dict(limit="1 GB", dram={ZEROS_BYTES - 1}),
]:
    print(">", type(error_of(leak, device, **options)).__name__, sep="")
""",
    )
    assert said == ["MemoryGrowth", "NoneType", "NoneType", "MemoryGrowth", "MemoryGrowth"]


def test_an_exception_of_the_block_is_the_one_that_is_seen(suite, monkeypatch):
    monkeypatch.setenv("TT_MEMWATCH_TRACER", "off")
    said = printed(
        suite,
        """
before = ttnn.decorators.FastOperation.__call__

def fails():
    with tt_memwatch.no_growth(device):
        KEPT.append(zeros(device))
        raise KeyError("the block's own")

error = error_of(fails)
print(">", repr(error), error.__context__)
print(">", ttnn.decorators.FastOperation.__call__ is before)
""",
    )
    assert said == [""" KeyError("the block's own") None""", " True"]


def test_blocks_within_and_beside_each_other(suite, monkeypatch):
    """Growth within counts for each block around it; all threads' growth counts for a block on the same device."""
    monkeypatch.setenv("TT_MEMWATCH_TRACER", "off")
    said = printed(
        suite,
        """
before = ttnn.decorators.FastOperation.__call__

def outer(inner_limit, keeps):
    with tt_memwatch.no_growth(device):
        with tt_memwatch.no_growth(device, limit=inner_limit):
            if keeps:
                KEPT.append(zeros(device))

print(">", error_of(outer, "1 MB", False))
print(">", str(error_of(outer, "1 MB", True)).splitlines()[0])
print(">", str(error_of(outer, "0", True)).splitlines()[0])

both, errors = threading.Barrier(2), {}

def beside(name, keeps):
    with tt_memwatch.no_growth(device):
        both.wait()
        if keeps:
            KEPT.append(zeros(device))
        both.wait()

def run(name, keeps):
    errors[name] = error_of(beside, name, keeps)

threads = [threading.Thread(target=run, args=case) for case in [("keeps", True), ("does not", False)]]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(">", sorted((name, type(error).__name__) for name, error in errors.items()))
print(">", ttnn.decorators.FastOperation.__call__ is before)

block = tt_memwatch.no_growth(device)
def twice():
    with block, block: pass
print(">", error_of(twice))
""",
    )
    left = f" the block left {ONE} DRAM on device 0, which stayed after garbage collection"
    assert said == [
        " None",
        left,
        left,
        " [('does not', 'MemoryGrowth'), ('keeps', 'MemoryGrowth')]",
        " True",
        " tt_memwatch.no_growth watches this block already: make another one for a block within it",
    ]


def test_a_tracer_mode_that_cannot_be_read_is_said_once_and_takes_no_memory(suite, monkeypatch):
    monkeypatch.setenv("TT_MEMWATCH_TRACER", "/nowhere")
    result = suite.script(
        PRELUDE
        + """
import os, pathlib
errors = [error_of(leak, device), error_of(leak, device)]
folders = [path.name for path in pathlib.Path("/dev/shm").iterdir() if f"-{os.getpid()}-" in path.name]
print(">", *(type(error).__name__ for error in errors), folders)
"""
    )
    result.stdout.fnmatch_lines(["> MemoryGrowth MemoryGrowth []"], consecutive=True)
    said = [line for line in result.errlines if line.startswith("tt-memwatch")]
    assert said == ["tt-memwatch: nothing is traced: TT_MEMWATCH_TRACER is '/nowhere'; wanted one of auto, force, off"]


def test_what_the_program_cache_holds_is_cleared_before_memory_is_judged(suite):
    said = printed(
        suite,
        """
def pools(**options):
    with tt_memwatch.no_growth(device, **options):
        x = ttnn.zeros((1, 1, 1024, 32), dtype=ttnn.bfloat16, layout=ttnn.ROW_MAJOR_LAYOUT, device=device)
        ttnn.max_pool2d(x, 1, 32, 32, 32, [2, 2], [2, 2], [0, 0], [1, 1])
        del x

print(*(">" + line for line in str(error_of(pools, clear="never")).splitlines()), sep="\\n")
device.disable_and_clear_program_cache()
device.enable_program_cache()
print(">", error_of(pools))
print(">", device.num_program_cache_entries())
""",
    )
    assert "left" in said[0]
    assert said[-3].endswith('may hold some of it: clear="growth" clears it before memory is judged.')
    assert said[-2:] == [" None", " 0"]


def test_a_buffer_that_an_operation_keeps_to_itself_has_its_line_by_the_tracer(suite):
    said = printed(
        suite,
        """
def pools():
    with tt_memwatch.no_growth(device, clear="never"):
        x = ttnn.zeros((1, 1, 1024, 32), dtype=ttnn.bfloat16, layout=ttnn.ROW_MAJOR_LAYOUT, device=device)
        ttnn.max_pool2d(x, 1, 32, 32, 32, [2, 2], [2, 2], [0, 0], [1, 1])
        del x

print(*(">" + line for line in str(error_of(pools)).splitlines()), sep="\\n")
""",
    )
    assert any(re.search(r"ttnn\.max_pool2d   .*script\.py:\d+ in pools", line) for line in said)
