"""What holds memory on ttnn's C++ side: named by what it is, and by the Python object where one holds it."""

import re

MAKE = """
    def cores(first=0):
        corner = ttnn.CoreCoord(first, first)
        return ttnn.CoreRangeSet({ttnn.CoreRange(corner, corner)})
    def semaphore(device):
        return ttnn.create_global_semaphore(device, cores(), 0)
    def circular_buffer(device):
        return ttnn.create_global_circular_buffer(device, [(ttnn.CoreCoord(0, 0), cores(1))], 4096)
    def trace(device):
        number = ttnn.begin_trace_capture(device, cq_id=0)
        ttnn.end_trace_capture(device, number, cq_id=0)
        return number
    @pytest.fixture
    def device():
        dev = ttnn.open_device(device_id=0, l1_small_size=16384, trace_region_size=2**20)
        yield dev
        ttnn.close_device(dev)
    KEPT, NAMED = [], {}
    def hide(value):
        '''Kept by what the collector does not follow.'''
        import ctypes
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(value))
"""


def holders_of(engine, file="test_it"):
    """Paths of each buffer of the file's test, in the order they were told."""
    return [m["paths"] for m in engine.tests()[f"{file}.py::test_0"] if m["kind"] == "holders"]


#: What a test does, and the paths of each buffer that it leaves (`{m}` is the test's module).
LEAVES = [
    ("KEPT.append(semaphore(device))", [["global semaphore held by {m}.KEPT[0]"]]),
    ("NAMED['a'] = KEPT[:] + [semaphore(device)]", [["global semaphore held by {m}.NAMED['a'][0]"]]),
    ("hide(semaphore(device))", [["global semaphore"]]),
    ("semaphore(device)", []),
    # A global circular buffer has one more, for its configuration.
    ("KEPT.append(circular_buffer(device))", [["global circular buffer held by {m}.KEPT[0]"]] * 2),
    ("hide(circular_buffer(device))", [["global circular buffer"]] * 2),
    ("trace(device)", [["trace n, captured and not released"]]),
    ("ttnn.release_trace(device, trace(device))", []),
    (
        "trace(device); ttnn.release_trace(device, trace(device)); trace(device)",
        [["trace n, captured and not released"]] * 2,
    ),
    ("KEPT.extend([semaphore(device)] * 2)", [["global semaphore held by {m}.KEPT[0]"]]),
]


def _without_numbers(holders):
    """A process counts its traces, whatever device they are on."""
    return [[re.sub(r"^trace \d+", "trace n", path) for path in paths] for paths in holders]


def test_what_is_left_is_named(suite, engine):
    files = {f"test_{n}": body for n, (body, _) in enumerate(LEAVES)}
    suite.write(**{file: f"{MAKE}\n    def test_0(device):\n        {body}\n" for file, body in files.items()})
    suite.again().assert_outcomes(passed=len(LEAVES))
    told = {body: sorted(_without_numbers(holders_of(engine, file))) for file, body in files.items()}
    assert told == {
        body: [[path.format(m=file) for path in paths] for paths in holders]
        for file, (body, holders) in zip(files, LEAVES, strict=True)
    }


def test_a_trace_without_a_region_of_its_own_is_named_too(suite, engine):
    """0.66.0 refuses to capture then, 0.81.1 takes DRAM for it."""
    without_region = MAKE.replace(", trace_region_size=2**20", "")
    result = suite.run(f"{without_region}\n    def test_0(device):\n        trace(device)\n")
    if result.parseoutcomes().get("passed"):
        assert holders_of(engine) == [["trace 0, captured and not released"]]
    else:
        result.stdout.fnmatch_lines(["*trace*"])
        assert holders_of(engine) == []


def test_what_took_the_place_of_another_is_not_named_as_that(suite, engine):
    suite.run(f"""{MAKE}
    def test_0(device):
        semaphore(device)
        kind = dict(dtype=ttnn.bfloat16, layout=ttnn.ROW_MAJOR_LAYOUT, memory_config=ttnn.L1_MEMORY_CONFIG)
        KEPT.append(ttnn.zeros((1, 16), device=device, **kind))
    """).assert_outcomes(passed=1)
    assert holders_of(engine) == [["test_it.KEPT[0]"]]


def test_ttnn_works_as_before(suite, engine):
    suite.run(f"""{MAKE}
    def test_0(device):
        assert int(trace(device)) == 0
        assert ttnn.get_global_semaphore_address(semaphore(device)) > 0
        with pytest.raises(TypeError):
            ttnn.create_global_semaphore()
        with pytest.raises(TypeError):
            ttnn.release_trace(device)
    """).assert_outcomes(passed=1)


def test_nothing_is_kept_alive(suite, engine):
    """What an object held is free as soon as nobody of the test's holds it, and a device that is dropped closes."""
    suite.run(f"""{MAKE}
    def live(device):
        view = ttnn.get_memory_view(device, ttnn.BufferType.L1)
        return view.total_bytes_allocated_per_bank
    def test_0(device):
        one, other = semaphore(device), circular_buffer(device)
        assert live(device) > 0
        del one, other
        assert live(device) == 0
    """).assert_outcomes(passed=1)
    assert holders_of(engine) == []
