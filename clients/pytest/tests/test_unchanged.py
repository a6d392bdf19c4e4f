"""What pytest and the suite can still see of a test is as it would be without us, also where memory was left."""

import struct
import sys
from pathlib import Path

import pytest

from conftest import DEVICE_FIXTURES

#: Reads in the teardown's report, and at the session's end, what was there while the test ran.
READS_LATE = """
import pytest, ttnn

KEPT = {}

@pytest.fixture
def device():
    dev = ttnn.open_device(device_id=0)
    yield dev
    ttnn.close_device(dev)

@pytest.fixture(scope="module")
def shared_device():
    dev = ttnn.open_device(device_id=0)
    yield dev
    ttnn.close_device(dev)

@pytest.fixture
def value(shared_device):
    return [zeros(shared_device)]

def zeros(device, *shape):
    return ttnn.zeros((1, 1, 64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    yield
    if call.excinfo is not None:
        KEPT[item.name] = call.excinfo
        for line in item.repr_failure(call.excinfo).reprtraceback.reprentries[0].reprfuncargs.args:
            print("ARGUMENT", item.name, line[0])
    if call.when == "teardown":
        print("FUNCARGS", item.name, sorted(item.funcargs))

def pytest_sessionfinish():
    for name, excinfo in KEPT.items():
        entries = [(entry.path.name, entry.name) for entry in excinfo.traceback]
        print("TRACEBACK", name, len(entries), entries[-1], excinfo.value.__traceback__ is not None)
"""


#: Suites that read late what there was, by rule: the text, and lines that it prints.
RULES = {
    "values_of_fixtures_that_ended_are_there_until_the_protocol_is_over": (
        """
        KEPT = []
        def test_keeps(shared_device, value):
            KEPT.append(zeros(shared_device))
        """,
        ["FUNCARGS test_keeps ['shared_device', 'value']"],
    ),
    "the_failure_keeps_file_line_and_function_of_each_entry": (
        """
        def helper(device):
            local = zeros(device)
            raise ValueError("wrong")
        def test_call(shared_device):
            helper(shared_device)
        def test_runs_out(shared_device):
            local = zeros(shared_device)
            raise RuntimeError("Statically allocated circular buffers on core range [] grow to 2 B which is beyond max "
                "L1 size of 1 B")
        @pytest.fixture
        def broken(shared_device):
            helper(shared_device)
        def test_setup(broken):
            pass
        """,
        ["TRACEBACK test_call"],
    ),
    "the_report_of_a_teardown_that_fails_shows_its_arguments": (
        """
        @pytest.fixture
        def broken(shared_device):
            local = zeros(shared_device)
            yield
            raise ValueError("wrong")
        @pytest.fixture(scope="module")
        def wider(shared_device):
            local = zeros(shared_device)
            yield
            raise ValueError("wrong")
        def test_own(broken):
            pass
        def test_wider(wider):
            pass
        """,
        ["ARGUMENT test_own shared_device", "ARGUMENT test_wider shared_device"],
    ),
    "the_last_exception_stays_where_python_keeps_it": (
        """
        import sys
        class ModelError(Exception):
            pass
        def test_fails(shared_device):
            raise ModelError(zeros(shared_device))
        @pytest.fixture(autouse=True)
        def reads_it(request):
            print("LAST", request.node.name, type(getattr(sys, "last_value", None)).__name__)
            yield
        def test_next(shared_device):
            pass
        """,
        ["LAST test_next ModelError"],
    ),
    "log_records_keep_their_arguments_and_exceptions": (
        """
        import logging, logging.handlers
        MEMORY = logging.handlers.MemoryHandler(100, flushLevel=99)
        logging.getLogger("model").addHandler(MEMORY)
        class Model:
            def __init__(self, weight):
                self.weight = weight
            def __repr__(self):
                return "the model"
        @pytest.fixture
        def reads(caplog):
            yield
            for record in [*caplog.get_records("call"), *MEMORY.buffer]:
                print("RECORD", record.msg, record.args, record.exc_info and record.exc_info[0].__name__)
        def test_logs(reads, shared_device):
            try:
                model = Model(zeros(shared_device))
                logging.getLogger("model").warning("built %s", model)
                raise ValueError
            except ValueError:
                logging.getLogger("model").exception("wrong")
        """,
        ["RECORD built %s (the model,) None", "RECORD wrong () ValueError"],
    ),
    "a_unittest_instance_keeps_its_attributes_until_it_is_torn_down": (
        """
        import unittest
        class TestIt(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def _device(self, device):
                self.device = device
                yield
                print("INSTANCE", sorted(name for name in vars(self) if name in ("device", "kept")))
            def test_it(self):
                self.kept = zeros(self.device)
        """,
        ["INSTANCE ['device', 'kept']"],
    ),
    "a_generator_that_can_go_on_does_after_its_caller_failed": (
        """
        import sys
        def steps():
            try:
                raise KeyError
            except KeyError as error:
                yield error
                print("LAST the generator went on")
                yield
        RUNNING = []
        def test_fails_later(shared_device):
            local = zeros(shared_device)
            RUNNING.append(steps())
            raise ValueError(local.shape) from next(RUNNING[0])
        def test_goes_on(shared_device):
            next(RUNNING[0])
        """,
        ["LAST the generator went on"],
    ),
}


def test_what_a_suite_reads_late_is_what_it_reads_alone(suite, engine):
    suite.conftest(READS_LATE)
    suite.write(**{f"test_{rule}": text for rule, (text, _) in RULES.items()})
    watched = _said(suite.again("-s"))
    alone = _said(suite.again("-s", "-p", "no:tt_memwatch.plugin", "-p", "no:tt_memwatch.hooks"))
    assert watched == alone
    wanted = [(rule, line) for rule, (_, lines) in RULES.items() for line in lines]
    assert [each for each in wanted if not any(line.startswith(each[1]) for line in watched)] == []
    # By the suite's own handler, and by pytest's.
    assert watched.count("RECORD built %s (the model,) None") == watched.count("RECORD wrong () ValueError") == 2
    assert any("TRACEBACK test_call" in line and "helper" in line for line in watched)


def _said(result):
    marks = ("ARGUMENT", "FUNCARGS", "TRACEBACK", "RECORD", "LAST", "INSTANCE", "OUTCOMES")
    said = [
        line[min(line.find(mark) for mark in marks if mark in line) :] for line in result.outlines if _has(line, marks)
    ]
    return [*said, f"OUTCOMES {sorted(result.parseoutcomes().items())}"]


def _has(line, marks):
    return any(mark in line for mark in marks)


def test_a_handler_of_the_suites_own_that_keeps_a_record_leaves_what_the_record_holds(suite, engine):
    suite.run("""
        import logging, logging.handlers
        MEMORY = logging.handlers.MemoryHandler(100, flushLevel=99)
        logging.getLogger("model").addHandler(MEMORY)
        class Model:
            def __init__(self, weight):
                self.weight = weight
        def test_logs(shared_device):
            logging.getLogger("model").warning("built %s", Model(zeros(shared_device)))
    """).assert_outcomes(passed=1)
    assert list(engine.left("test_it.py::test_logs")) == ["DRAM"]


def test_what_hides_from_a_traceback_is_hidden_when_the_exception_is_shown_once_more(suite, engine):
    test = """
        ERROR = ValueError("kept")
        KEPT = []
        def hidden(tensor):
            __tracebackhide__ = True
            raise ERROR
        def test_raises(shared_device):
            hidden(zeros(shared_device))
        def test_raises_the_same(shared_device):
            raise ERROR
    """
    watched = suite.run(test, "--tb=short")
    alone = suite.again("--tb=short", "-p", "no:tt_memwatch.plugin", "-p", "no:tt_memwatch.hooks")
    shown = [[line for line in result.outlines if line.startswith("test_it.py:")] for result in (watched, alone)]
    assert shown[0] == shown[1] != []


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
