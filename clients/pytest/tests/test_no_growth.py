"""Blocks and functions that may leave no device memory: run as scripts, by unittest and by pytest, on real ttnn."""

import re

import pytest

from conftest import ZEROS_BYTES

ONE = f"{ZEROS_BYTES // 1024}.0 KB"

PRELUDE = """
import asyncio, contextlib, functools, gc, pickle, re, sys, threading
import tt_memwatch
import ttnn

KEPT = []

def zeros(device):
    return ttnn.zeros((1, 1, 64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)

def error_of(run, *arguments, **options):
    try:
        run(*arguments, **options)
    except Exception as error:
        return error
    return None

def leak(device, **options):
    with tt_memwatch.no_growth(device, **options):
        KEPT.append(zeros(device))

device = ttnn.open_device(device_id=0, l1_small_size=16384)
"""


def printed(suite, text):
    """What a script prints, line by line, without what ttnn logs."""
    result = suite.script(PRELUDE + text)
    assert result.ret == 0, result.stderr.str()
    return [line[1:] for line in result.outlines if line.startswith(">")]


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


def test_a_wrong_use_says_what_is_right(suite):
    said = printed(
        suite,
        """
def nothing():
    pass

def generate():
    yield

def wrapped(function):
    return functools.wraps(function)(lambda *arguments: function(*arguments))

@tt_memwatch.no_growth(device)
@wrapped
def generate_behind():
    yield

@tt_memwatch.no_growth(device)
@wrapped
async def generate_async_behind():
    yield

@tt_memwatch.no_growth(device)
@contextlib.contextmanager
def manage():
    yield

@functools.cached_property
def cached(self):
    pass

for wrong in [
    lambda: tt_memwatch.no_growth(device, limit="much"),
    lambda: tt_memwatch.no_growth(device, clear="always"),
    lambda: tt_memwatch.no_growth("device 0"),
    lambda: tt_memwatch.no_growth(nothing),
    lambda: tt_memwatch.no_growth().__enter__(),
    tt_memwatch.no_growth()(nothing),
    lambda: tt_memwatch.no_growth(device)(type("Test", (), {})),
    lambda: tt_memwatch.no_growth(device)(cached),
    lambda: tt_memwatch.no_growth(device)(staticmethod(property(nothing))),
    lambda: tt_memwatch.no_growth(device)(generate),
    generate_behind,
    generate_async_behind,
    manage,
]:
    error = error_of(wrong)
    print(">", re.sub("<(.*) object at .*>", r"<\\1>", f"{type(error).__name__} {error}"), sep="")
""",
    )
    refused = "TypeError tt_memwatch.no_growth decorates functions and coroutines;"
    within = "runs after its call is over, because it is a generator; watch a block within it, as in"
    wanted = "wanted an open ttnn device or a list of them (as a decorator it needs parentheses: @no_growth())"
    assert said == [
        "ValueError tt_memwatch.no_growth: 'much' is not a size; wanted e.g. '4096', '64 KB' or '1.5 MB' "
        "(1 KB = 1024 bytes)",
        "ValueError tt_memwatch.no_growth: clear is 'always'; wanted one of growth, never",
        f"TypeError tt_memwatch.no_growth got 'str'; {wanted}",
        f"TypeError tt_memwatch.no_growth got 'function'; {wanted}",
        "TypeError tt_memwatch.no_growth: the block has no device: give one, as in no_growth(device)",
        "TypeError tt_memwatch.no_growth: nothing() has no device: give one, as in no_growth(device)",
        f"{refused} Test is neither",
        f"{refused} <functools.cached_property> is neither",
        f"{refused} <property> is neither",
        *(
            f"TypeError tt_memwatch.no_growth: the body of {name}() {within} `with no_growth(device):`"
            for name in ("generate", "generate_behind", "generate_async_behind", "manage")
        ),
    ]


def test_a_decorator_finds_the_device_of_each_call(suite):
    said = printed(
        suite,
        """
class Model:
    def __init__(self, device):
        self.devices = [device]

    @tt_memwatch.no_growth()
    def forward(self):
        KEPT.append(zeros(self.devices[0]))

@tt_memwatch.no_growth()
def load(count, *, where):
    "Loads it."
    KEPT.append(zeros(where))

@tt_memwatch.no_growth(device)
def warm_up():
    KEPT.append(zeros(device))

@tt_memwatch.no_growth()
async def serve(device):
    await asyncio.sleep(0)
    KEPT.append(zeros(device))

@tt_memwatch.no_growth()
def recurse(device, depth):
    return recurse(device, depth - 1) if depth else "bottom"

def behind(function):
    return functools.wraps(function)(lambda *arguments: function(*arguments))

@tt_memwatch.no_growth()
@behind
async def serve_behind(device, keeps):
    await asyncio.sleep(0)
    KEPT.append(zeros(device) if keeps else "nothing")
    return "served"

WOKEN = []

class Waking(type):
    def __getattribute__(kind, name):
        WOKEN.append(name)
        return super().__getattribute__(name)

class Methods(metaclass=Waking):
    device = device

    @tt_memwatch.no_growth()
    @classmethod
    def above(cls):
        KEPT.append(zeros(cls.device))

    @classmethod
    @tt_memwatch.no_growth()
    def below(cls):
        KEPT.append(zeros(cls.device))

    @tt_memwatch.no_growth()
    @staticmethod
    def static(device):
        KEPT.append(zeros(device))

    @tt_memwatch.no_growth()
    def looked_into(self):
        return "nothing"

methods = Methods()
for call in [
    lambda: Model(device).forward(), lambda: load(1, where=device), warm_up, lambda: asyncio.run(serve(device)),
    lambda: asyncio.run(serve_behind(device, True)), lambda: methods.static(device), Methods.above, methods.below,
]:
    print(">", str(error_of(call)).partition(" left ")[0], sep="")
print(">", load.__name__, load.__doc__, recurse(device, 3), asyncio.iscoroutinefunction(serve))
print(">", asyncio.run(serve_behind(device, False)))
del WOKEN[:]
print(">", methods.looked_into(), WOKEN)
""",
    )
    assert said == [
        *("Model.forward()", "load()", "warm_up()", "serve()", "serve_behind()"),
        *("Methods.static()", "Methods.above()", "Methods.below()"),
        " load Loads it. bottom True",
        " served",
        " nothing []",
    ]


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


def test_a_device_is_neither_kept_nor_asked_when_it_is_closed(suite):
    said = printed(
        suite,
        """
def closes():
    with tt_memwatch.no_growth(device):
        ttnn.close_device(device)

print(">", error_of(closes))
print(">", error_of(closes))

other = ttnn.open_device(device_id=0)
count = sys.getrefcount(other)
block = tt_memwatch.no_growth(other)
watched = tt_memwatch.no_growth(other)(zeros)
failed = error_of(leak, other).with_traceback(None)
KEPT.clear()  # a tensor keeps its device
with tt_memwatch.no_growth(other):
    print(">", sys.getrefcount(other) - count)

block = tt_memwatch.no_growth(other)
def lets_go():
    global other
    with block:
        KEPT.clear()
        del other
print(">", error_of(lets_go))
""",
    )
    closed = "is closed: its memory can only be asked while it is open"
    assert said == [f" device 0 {closed}", f" the device {closed}", " 0", f" device 0 {closed}"]


def test_a_device_of_the_parent_is_not_asked_in_a_forked_child(suite):
    said = printed(
        suite,
        """
import os
child = os.fork()
if child == 0:
    print(">", error_of(leak, device), flush=True)
    print(">", error_of(tt_memwatch.snapshot, device), flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(">", type(error_of(leak, device)).__name__)
""",
    )
    refused = " the device was opened before this process was forked: open it here"
    assert said == [refused, refused, " MemoryGrowth"]


def test_without_the_native_part_only_a_block_keeps_its_device(suite, monkeypatch):
    monkeypatch.setenv("TT_MEMWATCH_TRACER_LIBRARY", "/nowhere")
    said = printed(
        suite,
        """
print(">", type(error_of(leak, device)).__name__)
print(">", type(error_of(tt_memwatch.no_growth()(leak), device)).__name__)
print(">", error_of(tt_memwatch.no_growth(device), leak))
""",
    )
    assert said == [
        " MemoryGrowth",
        " MemoryGrowth",
        " tt_memwatch.no_growth would keep its device: the native part is missing; let the function have the device as "
        "an argument, and leave it out here",
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


def test_tensors_of_a_block_are_not_kept(suite):
    said = printed(
        suite,
        """
error = error_of(leak, device)
before = tt_memwatch.snapshot(device)["DRAM"].blocks
KEPT.clear()
print(">", before, tt_memwatch.snapshot(device)["DRAM"].blocks)
""",
    )
    assert said == [" 1 0"]


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


def test_unittest_reports_it_as_a_failure(suite):
    result = suite.script("""
        import unittest
        import tt_memwatch
        import ttnn

        KEPT = []

        class TestDecode(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.device = ttnn.open_device(device_id=0)

            @classmethod
            def tearDownClass(cls):
                ttnn.close_device(cls.device)

            def zeros(self):
                return ttnn.zeros((1, 1, 64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=self.device)

            @tt_memwatch.no_growth()
            def test_lets_go(self):
                self.zeros()

            @tt_memwatch.no_growth(limit="1 MB")
            def test_may_keep(self):
                KEPT.append(self.zeros())

            @tt_memwatch.no_growth()
            def test_keeps(self):
                KEPT.append(self.zeros())

        unittest.main()
    """)
    assert result.ret != 0
    said = result.stderr.str()
    assert "FAILED (failures=1)" in said
    assert f"MemoryGrowth: TestDecode.test_keeps() left {ONE} DRAM on device 0" in said
    assert "held by  __main__.KEPT[" in said


def test_a_test_that_uses_it_is_measured_as_ever(suite, engine):
    """The plugin sees what was left, and a block within the test sees it too."""
    body = """
        import tt_memwatch
        KEPT = []
        def test_leak(shared_device):
            with pytest.raises(tt_memwatch.MemoryGrowth, match=r"held by  test_it\\.KEPT\\[0\\]"):
                with tt_memwatch.no_growth(shared_device):
                    KEPT.append(zeros(shared_device))
        def test_clean(shared_device):
            with tt_memwatch.no_growth(shared_device):
                zeros(shared_device)
    """
    suite.run(body).assert_outcomes(passed=2)
    assert engine.left("test_it.py::test_leak") == {"DRAM": ZEROS_BYTES}
    assert engine.left("test_it.py::test_clean") == {}


@pytest.mark.usefixtures("two_chips")
def test_a_mesh_has_its_memory_on_each_chip(suite):
    said = printed(
        suite,
        """
ttnn.close_device(device)
mesh = ttnn.open_mesh_device(ttnn.MeshShape(1, 2))
print(">", str(error_of(leak, mesh)).splitlines()[1].rpartition("   ")[0].strip())
part = mesh.create_submeshes(ttnn.MeshShape(1, 1))[1]
print(">", str(error_of(leak, part)).splitlines()[0])

@tt_memwatch.no_growth()
def load(*devices):
    KEPT.append(zeros(part))

@tt_memwatch.no_growth([part, mesh, mesh])
def load_its_own():
    KEPT.append(zeros(part))

for call in [lambda: load(part, [part]), lambda: load(mesh, part), load_its_own]:
    error = error_of(call)
    print(">", error.excess, len([line for line in str(error).splitlines() if line.startswith("  +")]))

KEPT.clear()
def closes():
    with tt_memwatch.no_growth(mesh):
        ttnn.close_mesh_device(mesh)
print(">", error_of(closes))
""",
    )
    assert said == [
        f" +{ONE} DRAM   devices 0-1 (each)",
        f" the block left {ONE} DRAM on device 1, which stayed after garbage collection",
        *3 * [f" {{(1, 'DRAM'): {ZEROS_BYTES}}} 1"],
        " the mesh of 2 devices is closed: its memory can only be asked while it is open",
    ]
