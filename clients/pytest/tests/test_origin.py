"""The operation and line that allocated, learned by wrapping ttnn's operations."""

import pytest

from tt_memwatch.origins.call_site import FRAMES_MAX, call_site, frames_of

#: How a test makes and keeps a tensor, by name: the body, and the operation that has to be told.
KINDS = {
    "creation": ("KEPT.append(zeros(device))", "ttnn.zeros"),
    "operation": ("x = zeros(device); KEPT.append(ttnn.multiply(x, 2.0))", "ttnn.multiply"),
    "operator": ("x = zeros(device); KEPT.append(x + x)", "ttnn.add"),
    "moved": ("KEPT.append(host().to(device))", "ttnn.Tensor.to"),
    "to_device": ("KEPT.append(ttnn.to_device(host(), device))", "ttnn.to_device"),
    "list": ("KEPT.extend(ttnn.split(zeros(device), 32, dim=3))", "ttnn.split"),
    "reshaped": ("KEPT.append(zeros(device).reshape(1, 1, 128, 32))", "ttnn.Tensor.reshape"),
    "view": ("x = zeros(device); KEPT.append(ttnn.reshape(x, (1, 64, 64)))", "ttnn.zeros"),
    "in_place": ("x = zeros(device); ttnn.add_(x, 1.0); KEPT.append(x)", "ttnn.zeros"),
    "output_tensor": ("x = zeros(device); KEPT.append(ttnn.add(x, x, output_tensor=x))", "ttnn.zeros"),
    "l1": ("KEPT.append(ttnn.to_memory_config(zeros(device), ttnn.L1_MEMORY_CONFIG))", "ttnn.to_memory_config"),
    "distributed": ("KEPT.append(distribute(device))", "ttnn.distribute_tensor"),
    "semaphore": ("KEPT.append(ttnn.create_global_semaphore(device, CORES, 0))", "ttnn.create_global_semaphore"),
    "address_used_again": (
        "for _ in range(3): zeros(device)\n    x = zeros(device); y = ttnn.exp(x); del x; KEPT.append(ttnn.neg(y))",
        "ttnn.neg",
    ),
}

PRELUDE = """
KEPT = []
CORES = ttnn.CoreRangeSet({ttnn.CoreRange(ttnn.CoreCoord(0, 0), ttnn.CoreCoord(0, 0))})

def host():
    return ttnn.zeros((1, 1, 64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT)

def distribute(device):
    return ttnn.distribute_tensor(host(), ttnn.replicate_tensor_to_mesh_mapper(device), device)

@pytest.fixture(autouse=True)
def forget():
    KEPT.clear()
"""


@pytest.fixture(params=["native", "python"])
def noting(request, suite, monkeypatch):
    """What notes results: the tracer's library, or Python."""
    if request.param == "python":
        monkeypatch.setenv("TT_MEMWATCH_NATIVE_BIRTHS", "off")


def origins(engine, test):
    return [m for m in engine.tests()[f"test_it.py::{test}"] if m["kind"] == "origin"]


def test_each_way_to_allocate_is_named_with_its_line(suite, engine, noting):
    tests = [f"def test_{name}(device):\n    {body}\n" for name, (body, _) in KINDS.items()]
    suite.run(PRELUDE + "\n".join(tests)).assert_outcomes(passed=len(KINDS))
    source = (suite.pytester.path / "test_it.py").read_text().splitlines()
    wrong = {}
    for name, (_, operation) in KINDS.items():
        told = origins(engine, f"test_{name}")
        own = [[f for f in m["stack"] if f["function"] == f"test_{name}"] for m in told]
        lines = {source[frame["line"] - 1].strip() for frames in own for frame in frames}
        if {m["operation"] for m in told} != {operation} or any(
            "KEPT" not in line and "x" not in line for line in lines
        ):
            wrong[name] = told
    assert wrong == {}


def test_the_stack_leads_from_the_call_to_the_test(suite, engine, noting):
    suite.run("""
        KEPT = []
        class Model:
            def forward(self, device):
                return zeros(device)
        def test_0(device):
            KEPT.append(Model().forward(device))
    """)
    (told,) = origins(engine, "test_0")
    assert [f["function"].rpartition(".")[2] for f in told["stack"]][:3] == ["zeros", "forward", "test_0"]
    assert len(told["stack"]) <= FRAMES_MAX


@pytest.mark.parametrize("then", ["", "ttnn.add_(KEPT[0], 1.0)", "KEPT[:] = [ttnn.reshape(KEPT[0], (1, 64, 64))]"])
def test_what_nobody_noted_has_no_line(suite, engine, noting, then):
    """A buffer at the address of an earlier one, made in a way that is not seen."""
    suite.run(f"""
        import numpy
        KEPT = []
        def test_0(device):
            x = zeros(device)
            address = x.buffer_address()
            ttnn.deallocate(x)
            values = numpy.zeros((1, 1, 64, 64), numpy.float32)
            KEPT.append(ttnn.Tensor(values, None, device, ttnn.TILE_LAYOUT))
            {then}
            assert KEPT[0].buffer_address() == address
    """).assert_outcomes(passed=1)
    assert origins(engine, "test_0") == []


@pytest.mark.parametrize(
    ("arguments", "is_told"),
    [
        ((), True),
        (("--memwatch-origin=wrap",), True),
        (("--memwatch-origin=wrap", "--memwatch-holders=off"), True),
        (("--memwatch-origin=tracer",), False),
        (("--memwatch-origin=off",), False),
        (("-o", "memwatch_origin=off"), False),
    ],
)
@pytest.mark.one_version
def test_it_is_a_choice(suite, engine, arguments, is_told):
    suite.run("KEPT = []\ndef test_0(device):\n    KEPT.append(zeros(device))\n", *arguments)
    assert bool(origins(engine, "test_0")) is is_told
    assert bool([m for m in engine.messages() if m["kind"] == "holders"]) is ("--memwatch-holders=off" not in arguments)


@pytest.mark.parametrize(
    ("word", "said"),
    [("tracer", []), ("trace", [("TT_MEMWATCH_ORIGIN=trace", "TT_MEMWATCH_ORIGIN=tracer")])],
)
@pytest.mark.one_version
def test_the_environment_can_choose(suite, engine, monkeypatch, word, said):
    monkeypatch.setenv("TT_MEMWATCH_ORIGIN", word)
    suite.run("KEPT = []\ndef test_0(device):\n    KEPT.append(zeros(device))\n")
    assert origins(engine, "test_0") == []
    assert next(m["origin"] for m in engine.messages() if m["kind"] == "hello") == "tracer"
    assert [(m["was"], m["now"]) for m in engine.messages() if m["kind"] == "old-name"] == said


@pytest.mark.one_version
def test_a_mode_that_is_none_is_named(suite, engine):
    result = suite.run("def test_0(): pass", "-o", "memwatch_origin=maybe")
    result.stderr.fnmatch_lines(["*memwatch_origin is 'maybe'; wanted one of auto, tracer, wrap, off*"])


def test_what_ttnn_has_is_put_back(suite, engine):
    suite.conftest(
        """
        import ttnn
        from ttnn.decorators import FastOperation
        from conftest_devices import device, zeros
        BEFORE = vars(FastOperation)["__call__"], vars(ttnn.Tensor)["to"], ttnn.distribute_tensor
        def pytest_unconfigure():
            now = vars(FastOperation)["__call__"], vars(ttnn.Tensor)["to"], ttnn.distribute_tensor
            print("put back:", [hasattr(a, "__tt_memwatch__") for a in now])
        """
    )
    from conftest import DEVICE_FIXTURES

    suite.pytester.makepyfile(conftest_devices=DEVICE_FIXTURES)
    result = suite.run("KEPT = []\ndef test_0(device):\n    KEPT.append(zeros(device))\n", "-s")
    result.stdout.fnmatch_lines(["*put back: [[]False, False, False]*"])
    assert "leaked" not in result.stderr.str()


def test_lifetimes_are_the_same_with_the_wraps_and_without(suite, engine, noting):
    body = """
        KEPT = {}
        def test_0(shared_device):
            x = zeros(shared_device)
            y = ttnn.add(x, x)
            del x
            KEPT["y"] = y
        def test_fails(shared_device):
            local = zeros(shared_device)
            ttnn.add(local, "nothing")
        def test_lets_go(shared_device):
            KEPT.clear()
            zeros(shared_device)
    """
    looks = []
    for mode in ("off", "wrap"):
        engine.connections.clear()
        suite.run(body, f"--memwatch-origin={mode}")
        measured = [m for m in engine.messages() if m["kind"] == "measurement"]
        looks.append([(m["moment"], [row[3] for row in m["usage"]]) for m in measured])
    assert looks[0] == looks[1]


def test_a_site_has_the_lines_of_its_frames():
    def inner():
        return call_site(1)

    site = inner()
    first, second = frames_of(site)[:2]
    assert (first["function"].rpartition(".")[2], first["line"]) == ("inner", inner.__code__.co_firstlineno + 1)
    assert (second["function"], second["line"]) == (
        "test_a_site_has_the_lines_of_its_frames",
        inner.__code__.co_firstlineno + 3,
    )
