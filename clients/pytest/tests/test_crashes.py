"""What kills a process that uses ttnn: a suite that comes near it lives, watched as it does alone.

Each test runs with everything switched on that touches devices and tensors: the search for holders, origins by
wrapping, repeats and graph capture.
"""

import re
import sys

from conftest import ZEROS_BYTES

EVERYTHING = ("--memwatch-holders=full", "--memwatch-origin=wrap", "--memwatch-confirm=1", "--memwatch-explain")


def holders(engine):
    return [path for m in engine.messages() if m["kind"] == "holders" for path in m["paths"]]


def test_1_a_closed_device_is_never_asked(suite, engine):
    suite.run(
        """
        KEPT = []
        def test_closes_it(device):
            KEPT.append(zeros(device))
            ttnn.close_device(device)
        def test_closes_it_by_another_name(device):
            ttnn.CloseDevice(device)
        def test_next(device):
            assert zeros(device).is_allocated()
        """,
        *EVERYTHING,
    ).assert_outcomes(passed=3)
    assert engine.left("test_it.py::test_closes_it") == {"DRAM": 2 * ZEROS_BYTES}, "by the test and by its repeat"
    assert engine.growth("test_it.py::test_next") == {}


def test_2_a_graph_capture_is_never_ended_that_was_not_begun(suite, engine):
    suite.run(
        """
        def test_ends_ours(device):
            zeros(device)
            ttnn._ttnn.graph.end_graph_capture()
        def test_without_a_device():
            pass
        def test_next(device):
            zeros(device)
        """,
        *EVERYTHING,
    ).assert_outcomes(passed=3)


def test_3_devices_created_together_are_measured_and_closed_together(suite, engine, two_chips):
    suite.run(
        """
        KEPT = []
        @pytest.fixture
        def all_devices():
            devices = ttnn.CreateDevices([0, 1])
            yield list(devices.values())
            ttnn.CloseDevices(devices)
        def test_both(all_devices):
            KEPT.extend(zeros(device) for device in all_devices)
        """,
        *EVERYTHING,
    ).assert_outcomes(passed=1)
    looks = [m for m in engine.messages() if m["kind"] == "measurement" and m["moment"] == "after-clear"]
    assert {tuple(look["device"]["chips"]) for look in looks} == {(0,), (1,)}


def test_4_no_device_is_held_beyond_its_test(suite, engine):
    """Dropping the last reference closes a device. Held by us, it would stay open, and could not be opened again."""
    text = """
        import sys
        class Box:
            pass
        @pytest.fixture
        def dropped():
            box = Box()
            box.device = ttnn.CreateDevice(device_id=0)
            yield box
            zeros(box.device)
            print("references:", sys.getrefcount(box.device))
            ttnn.close_device(box.device)
        @pytest.mark.parametrize("n", range(3))
        def test_opens_it(dropped, n):
            assert zeros(dropped.device).is_allocated()
    """
    watched = suite.run(text, *EVERYTHING, "-s")
    watched.assert_outcomes(passed=3)
    assert references(watched) == references(run_bare(suite, "-s"))


def references(result):
    found = re.findall(r"references: (\d+)", result.stdout.str())
    assert len(found) == 3
    return found


def run_bare(suite, *arguments):
    """The same suite without tt-memwatch."""
    return suite.pytester.run(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments)


def test_5_tensors_are_searched_for_while_their_device_lives(suite, engine):
    suite.run(
        """
        KEPT = []
        def test_keeps(device):
            KEPT.append(zeros(device))
        def test_next(device):
            KEPT.append(zeros(device))
        """,
        *EVERYTHING,
    ).assert_outcomes(passed=2)
    assert [re.sub(r"\d+", "n", path) for path in holders(engine)] == ["test_it.KEPT[n]"] * 2


def test_6_host_and_deallocated_tensors_are_not_asked_for_an_address(suite, engine):
    result = suite.run(
        """
        KEPT = []
        def test_keeps(device):
            freed = zeros(device)
            host = ttnn.from_device(zeros(device))
            KEPT.extend([host, freed, zeros(device)])
            ttnn.deallocate(freed)
        """,
        *EVERYTHING,
    )
    result.assert_outcomes(passed=1)
    assert engine.growth("test_it.py::test_keeps")["DRAM"] in (ZEROS_BYTES, 0)
    assert any("KEPT[2]" in path for path in holders(engine))
    for output in (result.stdout, result.stderr):
        output.no_fnmatch_line("*critical*")
        output.no_fnmatch_line("*TT_THROW*")


def test_7_everything_is_put_back_before_the_end(suite, engine):
    """A class of nanobind's that still holds something of ours at exit has its leaks listed."""
    text = """
        KEPT = []
        def test_keeps(device):
            KEPT.append(zeros(device))
    """
    watched = suite.run(text, *EVERYTHING)
    watched.assert_outcomes(passed=1)
    assert leaks(watched) <= leaks(run_bare(suite))


def leaks(result):
    lines = [*result.outlines, *result.errlines]
    return sum(line.strip().startswith("- leaked") or "nanobind: leaked" in line for line in lines)


CLOSES_SUBMESHES = """
    @pytest.fixture(scope="module")
    def mesh_device():
        mesh = ttnn.open_mesh_device(ttnn.MeshShape(1, 2))
        yield mesh
        for sub in mesh.get_submeshes():
            ttnn.close_mesh_device(sub)
        {closes}
    def test_closes_one(mesh_device):
        sub = mesh_device.create_submesh(ttnn.MeshShape(1, 1))
        zeros(sub)
        ttnn.close_mesh_device(sub)
    def test_next(mesh_device):
        zeros(mesh_device)
"""


def test_closed_submeshes_that_their_parent_still_lists_are_left_alone(suite, engine, two_chips):
    suite.write(
        test_as_a_mesh=CLOSES_SUBMESHES.format(closes="ttnn.close_mesh_device(mesh)"),
        test_as_a_device=CLOSES_SUBMESHES.format(closes="ttnn.close_device(mesh)"),
    )
    suite.again(*EVERYTHING).assert_outcomes(passed=4)
