"""Real inner pytest runs on real ttnn, with an engine that only listens and writes down."""

import json
import os
import re
import socket
import struct
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src"
NATIVE = Path(__file__).parents[2] / "native" / "python"
LIBRARY = Path(__file__).parents[3] / "build" / "native" / "libtt_memwatch_tracer.so"
BOOTSTRAP = Path(__file__).parent.parent / "bootstrap"

#: What of the caller's environment decides about colour, pytest and watching: a test says these itself.
DECIDES = re.compile(
    r"CI|TERM|NO_COLOR|FORCE_COLOR|PY_COLORS|GITHUB_\w+|PYTEST_PLUGINS|PYTEST_ADDOPTS|TT_MEMWATCH_(?!MOCK_)\w+"
)

DEVICE_FIXTURES = """
import pytest
import ttnn

@pytest.fixture
def device():
    dev = ttnn.open_device(device_id=0, l1_small_size=16384)
    yield dev
    ttnn.close_device(dev)

@pytest.fixture(scope="module")
def shared_device():
    dev = ttnn.open_device(device_id=0, l1_small_size=16384)
    yield dev
    ttnn.close_device(dev)

def zeros(device, *shape):
    return ttnn.zeros(shape or (1, 1, 64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
"""

#: Searches wait for each other from the first on.
NO_TIME = (
    "from tt_memwatch import pace\npace.GRACE_S = pace.NEAR_GRACE_S = -1.0\npace.SHARE = 0.0\npace.NEAR_FREE = 0\n"
    "pace.WAITING_PART = float('inf')\npace.AT_ONCE_MAX = 0\n"
    + DEVICE_FIXTURES
    + """
import builtins, gc

class Cycle:
    pass

def become_old_garbage(tensor):
    cycle = Cycle()
    cycle.me, cycle.tensor = cycle, tensor
    gc.collect(1)  # what lives through this is not young any more

builtins.become_old_garbage, builtins.Cycle = become_old_garbage, Cycle
"""
)

#: What `zeros(device)` holds: 4 tiles of 2,048 B, one in each of 4 banks, and the allocator counts all 12.
ZEROS_BYTES = 2048 * 12


class RecordingEngine:
    """Speaks the engine's side of the plugin protocol and keeps every message."""

    def __init__(self, path: str, greeting: bytes) -> None:
        self.path = path
        self.connections: list[list[dict]] = []
        self._greeting = greeting
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(path)
        self._server.listen(16)
        self._threads: list[threading.Thread] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            messages: list[dict] = []
            self.connections.append(messages)
            thread = threading.Thread(target=self._listen, args=(connection, messages), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _listen(self, connection: socket.socket, messages: list[dict]) -> None:
        arrived, unsent = 0, None
        with connection, connection.makefile("rb") as lines:
            for line in lines:
                arrived += len(line)
                messages.append(json.loads(line))
                if len(messages) == 1:
                    name = messages[0].get("unsent")
                    unsent = (Path(self.path).parent / name).open("rb") if name is not None else None
                    connection.sendall(self._greeting)
        if unsent is not None:
            with unsent:
                messages += _waiting(unsent.read(), arrived)

    def _hear_all(self) -> None:
        """A process that has ended may have said more than has been read."""
        for thread in self._threads:
            thread.join(timeout=10)

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)  # ends `accept`, which closing alone does not
        self._server.close()
        self._hear_all()

    def messages(self) -> list[dict]:
        self._hear_all()
        return [message for connection in self.connections for message in connection]

    def tests(self) -> dict[str, list[dict]]:
        """Node id -> messages of its attempts, from test-begin to test-end."""
        self._hear_all()
        found: dict[str, list[dict]] = {}
        for connection in self.connections:
            current: list[dict] | None = None
            for message in connection:
                if message["kind"] == "test-begin":
                    current = found.setdefault(message["test"].rpartition("/")[2], [])
                if current is not None:
                    current.append(message)
                if message["kind"] == "test-end":
                    current = None
        return found

    def moments(self, test: str) -> list[str]:
        return [m["moment"] for m in self.tests()[test] if m["kind"] == "measurement"]

    def growth(self, test: str) -> dict[str, int]:
        """The allocator's own difference between the first and the last look, in bytes on each chip."""
        looks = [m["usage"] for m in self.tests()[test] if m["kind"] == "measurement"]
        pairs = zip(looks[0], looks[-1], strict=True)
        return {b[0]: (a[3] - b[3]) * a[1] for b, a in pairs if a[3] != b[3]}

    def left(self, test: str) -> dict[str, int]:
        """What came after the test's first look at each device and stayed, in bytes on each chip, by memory type.

        Without what goes with a failure, or with what pytest itself keeps until the test is over.
        """
        live: dict[tuple[int, str, str], int] = {}
        banks: dict[str, int] = {}
        for message in self.tests()[test]:
            where = (message.get("device"), message.get("memoryType"))
            if message["kind"] == "blocks":
                for address, _ in message["removed"]:
                    live.pop((*where, address), None)
                live.update({(*where, address): size for address, size in message["added"]})
            elif message["kind"] == "kept":
                live.pop((*where, message["address"]), None)
            elif message["kind"] == "measurement":
                banks.update({usage[0]: usage[1] for usage in message["usage"]})
                if message["moment"] in ("open", "fixture", "before"):
                    live = {key: size for key, size in live.items() if key[0] != message["device"]["key"]}
        left: dict[str, int] = {}
        for (_, memory_type, _), size in live.items():
            left[memory_type] = left.get(memory_type, 0) + size * banks[memory_type]
        return left

    def kept(self, test: str) -> set[str]:
        """By what the growth that was not left is held."""
        return {m["by"] for m in self.tests()[test] if m["kind"] == "kept"}

    def reasons(self, test: str) -> list[str]:
        return [m["reason"] for m in self.tests()[test] if m["kind"] == "not-checked"]

    def outcome(self, test: str) -> list[str]:
        return [m["outcome"] for m in self.tests()[test] if m["kind"] == "test-end"]


class Suite:
    """A pytest suite in a folder of its own, run in a process of its own."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pytester = pytester
        for name in filter(DECIDES.fullmatch, list(os.environ)):
            monkeypatch.delenv(name)
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(SOURCE), str(NATIVE), os.environ.get("PYTHONPATH", "")]))
        monkeypatch.setenv("TT_MEMWATCH_TRACER_LIBRARY", str(LIBRARY))
        monkeypatch.setenv("LOGURU_LEVEL", "INFO")
        monkeypatch.setenv("TT_MEMWATCH_SERVER_SOCKET", str(pytester.path / "no-server.sock"))
        self.conftest(DEVICE_FIXTURES)

    def conftest(self, text: str) -> None:
        self.pytester.makeconftest(textwrap.dedent(text))

    def write(self, **tests: str) -> None:
        """Write each of `tests` as a test file of its name."""
        head = "import pytest\nimport ttnn\nfrom conftest import zeros\n"
        self.pytester.makepyfile(**{name: head + textwrap.dedent(test) for name, test in tests.items()})

    def run(self, test: str, *arguments: str) -> pytest.RunResult:
        """Write `test` as test_it.py and run it."""
        self.write(test_it=test)
        return self.again(*arguments)

    def run_without_ttnn(self, *arguments: str) -> pytest.RunResult:
        """Run a test that needs no ttnn, where none is imported: that is a third of what a run takes."""
        self.conftest("")
        self.pytester.makepyfile(test_it="def test_it():\n    pass\n")
        return self.again(*arguments)

    def again(self, *arguments: str) -> pytest.RunResult:
        # Of the tools beside ttnn: it would import all of hypothesis to name its profile, a fifth of what a run takes.
        plugins = ("-p", "tt_memwatch.plugin", "-p", "no:cacheprovider", "-p", "no:hypothesispytest")
        return self.pytester.runpytest_subprocess(*plugins, *arguments, timeout=120)

    def script(self, text: str) -> pytest.RunResult:
        """Write `text` as script.py and run it, without pytest."""
        return self.pytester.runpython(self.pytester.makepyfile(script=textwrap.dedent(text)))


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    return Suite(pytester, monkeypatch)


@pytest.fixture(params=["native", "python"])
def walk(request, suite, monkeypatch):
    """Which of the two searches for holders finds them."""
    if request.param == "python":
        monkeypatch.setenv("TT_MEMWATCH_NATIVE_SEARCH", "off")
    return request.param


def _waiting(memory: bytes, arrived: int) -> list[dict]:
    """What waits in the memory of a connection that is over, of which so many bytes arrived."""
    begin, length = struct.unpack_from("<QQ", memory)
    return [json.loads(line) for line in memory[16 + arrived - begin : 16 + length].splitlines()]


def start_engine(path: Path, monkeypatch: pytest.MonkeyPatch, greeting: dict) -> RecordingEngine:
    engine = RecordingEngine(str(path), json.dumps(greeting).encode() + b"\n")
    monkeypatch.setenv("TT_MEMWATCH_SOCKET", str(path))
    return engine


@pytest.fixture
def engine(suite: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingEngine]:
    welcome = {"kind": "welcome", "protocol": 2, "engine": "0.1.0", "readsUnsent": True}
    engine = start_engine(tmp_path / "engine.sock", monkeypatch, welcome)
    yield engine
    engine.close()


@pytest.fixture
def two_chips(monkeypatch):
    """The mock's descriptor for two n150: an n300 refuses some operations on newer versions."""
    descriptor = Path(__file__).parents[2] / "mock" / "devices" / "n150x2.yaml"
    assert descriptor.exists()
    monkeypatch.setenv("TT_METAL_MOCK_CLUSTER_DESC_PATH", str(descriptor))
