"""What pytest and the suite can still see of a test is as it would be without us, also where memory was left."""

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
