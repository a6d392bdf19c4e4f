"""A device is measured however a suite comes by it."""

import re
import textwrap

import pytest

from conftest import ZEROS_BYTES

LEFT = {"DRAM": ZEROS_BYTES}


#: How suites come by a device without a fixture that returns it: the test file's text, and the arguments.
WAYS = {
    "global of the module": """
        DEVICE = ttnn.open_device(device_id=0)
        def teardown_module():
            ttnn.close_device(DEVICE)
        def test_clean():
            zeros(DEVICE)
        def test_keeps():
            KEPT.append(zeros(DEVICE))
    """,
    "attribute of the class": """
        @pytest.fixture(scope="class")
        def board(request):
            request.cls.device = ttnn.open_device(device_id=0)
            yield
            ttnn.close_device(request.cls.device)
        @pytest.mark.usefixtures("board")
        class TestIt:
            def test_clean(self):
                zeros(self.device)
            def test_keeps(self):
                KEPT.append(zeros(self.device))
    """,
    "setup_module": """
        def setup_module(module):
            module.DEVICE = ttnn.open_device(device_id=0)
        def teardown_module(module):
            ttnn.close_device(module.DEVICE)
        def test_clean():
            zeros(DEVICE)
        def test_keeps():
            KEPT.append(zeros(DEVICE))
    """,
    "setUpClass": """
        import unittest
        class TestIt(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.device = ttnn.open_device(device_id=0)
            @classmethod
            def tearDownClass(cls):
                ttnn.close_device(cls.device)
            def test_clean(self):
                zeros(self.device)
            def test_keeps(self):
                KEPT.append(zeros(self.device))
    """,
    "setUp": """
        import unittest
        class TestIt(unittest.TestCase):
            def setUp(self):
                self.device = ttnn.open_device(device_id=0)
            def tearDown(self):
                ttnn.close_device(self.device)
            def test_clean(self):
                self.local = zeros(self.device)
            def test_keeps(self):
                KEPT.append(zeros(self.device))
    """,
    "manager that hands it on": """
        class Manager:
            device = None
            def get(self):
                self.device = self.device or ttnn.open_device(device_id=0)
                return self.device
        @pytest.fixture(scope="session")
        def manager():
            one = Manager()
            yield one
            ttnn.close_device(one.device)
        @pytest.fixture
        def board(manager):
            return manager.get()
        def test_clean(board):
            zeros(board)
        def test_keeps(board):
            KEPT.append(zeros(board))
    """,
    "the test's own body": """
        def test_clean():
            device = ttnn.open_device(device_id=0)
            local = zeros(device)
            ttnn.close_device(device)
        def test_keeps():
            device = ttnn.open_device(device_id=0)
            KEPT.append(zeros(device))
            local = zeros(device)
            ttnn.close_device(device)
    """,
    "a context manager in the test": """
        def test_clean():
            with ttnn.manage_device(device_id=0) as device:
                local = zeros(device)
        def test_keeps():
            with ttnn.manage_device(device_id=0) as device:
                KEPT.append(zeros(device))
    """,
    "one that is open already, from a test": """
        @pytest.fixture(scope="module", autouse=True)
        def closer():
            yield
            ttnn.close_device(BOARD[0])
        BOARD = []
        def test_clean():
            BOARD.append(ttnn.open_device(device_id=0))
            zeros(BOARD[0])
        def test_keeps():
            KEPT.append(zeros(BOARD[0]))
    """,
    "a device by each name it is opened by": """
        def test_clean():
            device = ttnn.CreateDevice(device_id=0)
            local = zeros(device)
            ttnn.CloseDevice(device)
        def test_keeps():
            devices = ttnn.CreateDevices([0])
            KEPT.append(zeros(devices[0]))
            ttnn.CloseDevices(devices)
    """,
}


#: Ways of which the device is there before the first test, or stays until after the last: no other file can have it.
ALONE = ["global of the module", "manager that hands it on"]


TOGETHER = [way for way in WAYS if way not in ALONE]


@pytest.mark.parametrize("ways", [*([way] for way in ALONE), TOGETHER], ids=[*ALONE, "the others"])
def test_a_device_is_measured_however_it_was_opened(suite, engine, ways):
    files = {f"test_{re.sub(r'[^a-zA-Z]', '_', way)}": way for way in ways}
    suite.write(**{file: f"KEPT = []\n{textwrap.dedent(WAYS[way])}" for file, way in files.items()})
    suite.again().assert_outcomes(passed=2 * len(files))
    paths = {path for message in engine.messages() if message["kind"] == "holders" for path in message["paths"]}
    wrong = {}
    for file, way in files.items():
        tests = [name for name in engine.tests() if name.startswith(f"{file}.py::")]
        told = {name.rpartition("::")[2]: (engine.left(name), engine.reasons(name)) for name in tests}
        if told != {"test_clean": ({}, []), "test_keeps": (LEFT, [])} or f"{file}.KEPT[0]" not in paths:
            wrong[way] = told
    assert wrong == {}, paths
