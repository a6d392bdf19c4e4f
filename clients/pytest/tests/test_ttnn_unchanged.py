"""What ttnn does for the suite is as it would be without us: allocations, exceptions and what it logs."""

import struct
import sys
from pathlib import Path

import pytest

from conftest import DEVICE_FIXTURES

#: Starts the tracer with the plugin and without, so that both runs are on record.
TRACED_CONFTEST = (
    DEVICE_FIXTURES
    + """
import tt_memwatch_tracer
tt_memwatch_tracer.start_from_environment()
"""
)

ALLOCATES = """
    KEPT = []
    @pytest.fixture(scope="module")
    def weights(shared_device):
        return [zeros(shared_device), zeros(shared_device, 1, 1, 32, 96)]
    def test_keeps(shared_device, weights):
        KEPT.append(zeros(shared_device))
    def test_computes(shared_device, weights):
        x = ttnn.add(weights[0], weights[0])
        KEPT.append(ttnn.add(x, x))
    @pytest.mark.parametrize("n", range(4))
    def test_rolls(shared_device, n):
        KEPT[:] = [zeros(shared_device) for _ in range(n)]
    def test_frees(shared_device):
        KEPT.clear()
"""


def _allocations(folder: Path) -> list[tuple[int, int, int, int]]:
    """Kind, memory type, address and size of each record in the folder's ring, marks left out."""
    [ring] = folder.glob("*.ring")
    data = ring.read_bytes()
    (head,) = struct.unpack_from("<Q", data, 128)
    found = []
    for ticket in range(head):
        at = 4096 + 96 * ticket
        address, size = struct.unpack_from("<2Q", data, at + 16)
        kind, memory_type = data[at + 80], data[at + 81]
        if kind not in (9, 10):
            found.append((kind, memory_type, address, size))
    return found


def test_the_suite_allocates_and_frees_the_same_in_the_same_order(suite, engine, monkeypatch, tmp_path):
    """But for what cleaning was asked for: none is here."""
    suite.conftest(TRACED_CONFTEST)
    logs = []
    for name, arguments in (
        ("watched", ["--memwatch-clear=never"]),
        ("alone", ["-p", "no:tt_memwatch.plugin", "-p", "no:tt_memwatch.hooks"]),
    ):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.setenv("TT_MEMWATCH_TRACER_DIR", str(folder))
        suite.run(ALLOCATES, *arguments).assert_outcomes(passed=7)
        logs.append(_allocations(folder))
    assert len(logs[0]) > 20
    assert logs[0] == logs[1]


#: Calls that ttnn refuses, each of a function that ours stands before.
REFUSED = """
    import sys, traceback, weakref

    class Argument:
        pass

    def is_ours(file):
        # Functions of the mock device stand for ttnn's own.
        return "tt_memwatch" in file and "tt_memwatch_mock" not in file

    def raised(function, *arguments):
        argument = Argument()
        gone = weakref.ref(argument)
        try:
            function(*arguments, argument)
        except Exception as error:
            files = [entry.filename for entry in traceback.extract_tb(error.__traceback__)]
            print("RAISED", function.__name__, any(map(is_ours, files)))
        del argument
        print("LIFETIME", function.__name__, gone() is None)

    @pytest.mark.parametrize(
        "name",
        ["open_device", "close_device", "create_global_semaphore", "release_trace", "end_trace_capture", "add"],
    )
    def test_refused(shared_device, name):
        raised(getattr(ttnn, name), shared_device)
        getattr(ttnn, name)(shared_device, Argument())

    def test_method(shared_device):
        raised(zeros(shared_device).to)
        zeros(shared_device).to(Argument())
    """


@pytest.mark.parametrize("origin", ["auto", "wrap"])
def test_what_ttnn_raises_has_no_entry_of_ours(suite, engine, origin):
    run = suite.run(REFUSED, f"--memwatch-origin={origin}", "-s", "-rf")
    run.assert_outcomes(failed=7)
    said = run.stdout.str()
    assert said.count("LIFETIME") == said.count("RAISED") == 7
    assert [line for line in run.outlines if "LIFETIME" in line and not line.endswith("True")] == []
    if sys.version_info >= (3, 11):
        assert [line for line in run.outlines if "RAISED" in line and not line.endswith("False")] == []
    # Nor does pytest show one, or name ours as the place where it failed.
    assert [line for line in run.outlines if "clients/" in line and "clients/mock" not in line] == []


def test_ttnn_logs_nothing_of_tensors_that_outlived_their_device(suite, engine):
    run = suite.run(
        """
        KEPT = []
        @pytest.mark.parametrize("n", range(4))
        def test_keeps(device, n):
            KEPT.append(zeros(device))
            print("ADDRESS", KEPT[n].buffer_address())
        """,
        "-s",
    )
    run.assert_outcomes(passed=4)
    # All were made at one address, and each is found in its test.
    addresses = {line.partition("ADDRESS")[2] for line in run.outlines if "ADDRESS" in line}
    holders = [m["paths"] for m in engine.messages() if m["kind"] == "holders"]
    assert (len(addresses), holders) == (1, [[f"test_it.KEPT[{n}]"] for n in range(4)])
    assert [line for line in [*run.outlines, *run.errlines] if "FATAL" in line] == []
