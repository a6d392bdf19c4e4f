"""What is measured, when, and on which devices."""

import pytest

from conftest import ZEROS_BYTES


def test_growth_of_a_devices_own_test_is_the_allocators_difference(suite, engine):
    suite.run("""
        KEPT = []
        def test_keeps(device):
            KEPT.append(zeros(device))
    """).assert_outcomes(passed=1)
    assert engine.moments("test_it.py::test_keeps") == [*["open", "open", "after-collect", "after-clear"]]
    assert engine.growth("test_it.py::test_keeps") == {"DRAM": ZEROS_BYTES}


def test_blocks_come_with_absolute_addresses_and_describe_their_tensors(suite, engine):
    suite.run(
        """
        KEPT = {}
        def test_keeps(device):
            KEPT["kv"] = (zeros(device), zeros(device, 1, 1, 32, 32))
            print("ADDRESSES", sorted(hex(t.buffer_address()) for t in KEPT["kv"]))
    """,
        "-s",
    ).stdout.fnmatch_lines(["*ADDRESSES*"])
    messages = engine.tests()["test_it.py::test_keeps"]
    listed = {a for m in messages if m["kind"] == "blocks" for a, _ in m["added"]}
    tensors = {m["address"]: (m["dtype"], m["shape"], m["logicalBytes"]) for m in messages if m["kind"] == "tensor"}
    assert listed == tensors.keys()
    assert sorted(tensors.values()) == [("bfloat16", [1, 1, 32, 32], 2048), ("bfloat16", [1, 1, 64, 64], 8192)]


def test_a_shared_device_is_measured_before_and_after_each_test_and_listed_only_when_something_moved(suite, engine):
    suite.run(
        """
        KEPT = []
        def test_clean(shared_device):
            zeros(shared_device)
        def test_keeps(shared_device):
            KEPT.append(zeros(shared_device))
        def test_clean_again(shared_device):
            zeros(shared_device)
    """,
        "--memwatch-clear=growth",
    ).assert_outcomes(passed=3)
    assert engine.moments("test_it.py::test_clean") == ["open", "open", "fixture", "after"]
    assert engine.growth("test_it.py::test_keeps") == {"DRAM": ZEROS_BYTES}
    assert engine.moments("test_it.py::test_clean_again")[:2] == ["before", "after"]
    assert engine.growth("test_it.py::test_clean_again") == {}
    assert not [m for m in engine.tests()["test_it.py::test_clean_again"] if m["kind"] == "blocks"]


def test_wider_fixtures_are_charged_with_what_they_allocate(suite, engine):
    suite.run("""
        @pytest.fixture(scope="module")
        def weights(shared_device):
            return zeros(shared_device)
        def test_first(weights):
            pass
        def test_second(weights):
            pass
    """).assert_outcomes(passed=2)
    [look] = [m for m in engine.messages() if m.get("moment") == "fixture" and m["liveBlocks"]]
    assert (look["fixture"]["name"], look["fixture"]["scope"]) == ("weights", "module")
    last = [m for m in engine.messages() if m["kind"] in ("fixture-end", "measurement", "kept")][-3:]
    assert last[0]["fixture"]["name"] == "weights"
    assert last[1]["moment"] == "close"
    assert last[2]["by"] == "pytest", "pytest keeps the value until the protocol of the last test is over"


def test_memory_of_a_tests_own_fixtures_is_gone_before_it_is_measured(suite, engine):
    suite.run("""
        @pytest.fixture
        def activations(device):
            return zeros(device)
        @pytest.fixture
        def generated(device):
            yield zeros(device)
        def test_it(activations, generated):
            pass
    """).assert_outcomes(passed=1)
    assert engine.left("test_it.py::test_it") == {}
    assert engine.kept("test_it.py::test_it") == {"pytest"}
    assert engine.moments("test_it.py::test_it")[2:4] == ["after-setup", "after-call"]


@pytest.mark.parametrize("value", ["[dev]", "{'a': dev}", "Holder(dev)"], ids=["list", "dict", "object named by ini"])
def test_devices_are_found_inside_fixture_values(suite, engine, value):
    suite.pytester.makeini("[pytest]\nmemwatch_devices =\n    my_board\n")
    suite.run(f"""
        class Holder:
            def __init__(self, mesh):
                self.mesh = mesh
        KEPT = []
        @pytest.fixture
        def my_board(device):
            dev = device
            return {value}
        @pytest.fixture
        def all_devices():
            dev = ttnn.CreateDevice(device_id=0)
            yield {value}
            ttnn.close_device(dev)
        def test_it(all_devices):
            boards = list(all_devices.values()) if isinstance(all_devices, dict) else all_devices
            KEPT.append(zeros(boards.mesh if isinstance(boards, Holder) else boards[0]))
    """).assert_outcomes(passed=1)
    assert engine.growth("test_it.py::test_it") == {"DRAM": ZEROS_BYTES}


def test_a_fixture_that_hands_on_a_wider_device_leaves_its_program_cache_on(suite, engine):
    suite.run("""
        @pytest.fixture
        def mesh_device(shared_device):
            return shared_device
        def test_first(mesh_device):
            ttnn.add(zeros(mesh_device), 1.0)
        def test_second(mesh_device):
            ttnn.add(zeros(mesh_device), 1.0)
            assert mesh_device.num_program_cache_entries() == 1
    """).assert_outcomes(passed=2)
    cleared = [m["cacheEntries"] for m in engine.messages() if m.get("moment") == "after-clear"]
    assert cleared == [0, 0]


def test_a_program_cache_that_the_suite_switched_off_stays_off(suite, engine):
    suite.run("""
        @pytest.fixture(scope="module")
        def mesh_device(shared_device):
            shared_device.disable_and_clear_program_cache()
            return shared_device
        @pytest.mark.parametrize("n", [1, 2])
        def test_it(mesh_device, n):
            ttnn.add(zeros(mesh_device), 1.0)
            assert mesh_device.num_program_cache_entries() == 0
    """).assert_outcomes(passed=2)


def test_a_mesh_and_its_submeshes_are_measured_each_by_itself(suite, engine, two_chips):
    suite.conftest("""
        import pytest, ttnn
        @pytest.fixture
        def mesh_device():
            mesh = ttnn.open_mesh_device(ttnn.MeshShape(1, 2))
            yield mesh
            for sub in mesh.get_submeshes():
                ttnn.close_mesh_device(sub)
            ttnn.close_mesh_device(mesh)
        def zeros(device, *shape):
            return ttnn.zeros(shape, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    """)
    suite.run("""
        KEPT = []
        def test_it(mesh_device):
            parts = mesh_device.create_submeshes(ttnn.MeshShape(1, 1))
            KEPT.append(zeros(mesh_device, 1, 1, 32, 32))
            KEPT.append(zeros(parts[1], 1, 1, 64, 64))
        def test_again(mesh_device):
            pass
    """).assert_outcomes(passed=2)
    looks = [m for m in engine.tests()["test_it.py::test_it"] if m.get("moment") == "after-clear"]
    held = {tuple(m["device"]["chips"]): m["usage"][0][3] for m in looks}
    assert held == {(0, 1): 2048, (0,): 0, (1,): 2048}
    parent = next(m["device"]["key"] for m in looks if len(m["device"]["chips"]) == 2)
    assert {m["device"]["parent"] for m in looks} == {None, parent}
    assert engine.growth("test_it.py::test_again") == {}


#: A module's device whose teardown leaves no garbage behind. Says how often all garbage is collected at its closing.
COUNTS_COLLECTIONS = """
import gc
import pytest
import ttnn

def zeros(device):
    return ttnn.zeros((1, 1, 64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)

@pytest.fixture(scope="module")
def counting():
    counted = []
    def count(phase, info):
        if phase == "stop" and info["generation"] == 2:
            counted.append(info)
    dev = ttnn.open_device(device_id=0)
    yield dev
    gc.collect()
    gc.collect()
    gc.callbacks.append(count)
    FINISH
    ttnn.close_device(dev)
    gc.callbacks.remove(count)
    print(f"collected {len(counted)} times")
"""


@pytest.mark.one_version
@pytest.mark.parametrize(
    ("finish", "times"),
    [
        ("", 1),
        # What a finalizer lets go of is garbage for the next collection only.
        ("cycle = [counted]; cycle.append(cycle); del cycle", 2),
    ],
)
def test_all_garbage_is_collected_once_where_a_device_is_closed_unless_there_was_some(suite, engine, finish, times):
    suite.conftest(COUNTS_COLLECTIONS.replace("FINISH", finish))
    run = suite.run(
        """
        KEPT = []
        def test_keeps(counting):
            KEPT.append(zeros(counting))
        """,
        "-s",
        "--memwatch-clear=growth",
    )
    run.stdout.fnmatch_lines([f"*collected {times} times*"])
