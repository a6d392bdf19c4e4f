"""With an engine, without one, and with one that fails: the tests go on."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import tt_memwatch.engine as engine_module
from conftest import BOOTSTRAP, DEVICE_FIXTURES, SOURCE, start_engine
from tt_memwatch.engine import Engine

KEEPS = """
KEPT = []
@pytest.mark.parametrize("n", range(3))
def test_it(shared_device, n):
    KEPT.append(zeros(shared_device))
"""


#: Says at the end how often holders were searched for.
COUNTS_SEARCHES = """
import sys
from tt_memwatch.holders.search import find_holders

SEARCHES = []

def note(frame, event, _):
    if event == "call" and frame.f_code is find_holders.__code__:
        SEARCHES.append(event)

sys.setprofile(note)

def pytest_unconfigure():
    sys.setprofile(None)
    print(f"searches for holders: {len(SEARCHES)}")
"""


@pytest.mark.one_version
def test_without_an_engine_it_says_so_and_reports_plain_growth_and_searches_nothing(suite):
    suite.conftest(DEVICE_FIXTURES + COUNTS_SEARCHES)
    result = suite.run(KEEPS)
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        [
            "tt-memwatch: 0.1.0, clear=always, not graded (TT_MEMWATCH_SOCKET is not set: not started by *run`)",
            "*tt-memwatch: device memory left behind, not graded*",
            "test_it.py::test_it[[]0] *left 24.0 KB DRAM on device 0",
            "searches for holders: 0",
        ]
    )


def test_without_an_engine_growth_in_workers_reaches_the_summary(suite):
    result = suite.run(KEEPS, "-n", "2")
    result.assert_outcomes(passed=3)
    for n in range(3):
        assert any(line.startswith(f"test_it.py::test_it[{n}]") and "24.0 KB" in line for line in result.outlines)


@pytest.mark.one_version
def test_without_growth_there_is_no_section(suite):
    result = suite.run("def test_it(device):\n    zeros(device)")
    assert "left behind" not in result.stdout.str()


@pytest.mark.one_version
def test_an_engine_that_refuses_is_named(suite, tmp_path, monkeypatch):
    engine = start_engine(tmp_path / "e.sock", monkeypatch, {"kind": "refused", "reason": "speaks protocol 2"})
    result = suite.run(KEEPS)
    engine.close()
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*not graded (the engine refused this plugin: speaks protocol 2)"])


@pytest.mark.one_version
def test_something_that_is_no_engine_is_named(suite, tmp_path, monkeypatch):
    engine = start_engine(tmp_path / "e.sock", monkeypatch, {"kind": "what?"})
    monkeypatch.setattr(engine, "_greeting", b"HTTP/1.1 400 Bad Request\n")
    result = suite.run(KEEPS)
    engine.close()
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*not graded (no engine on *e.sock: *"])


@pytest.mark.one_version
def test_an_engine_that_goes_away_during_the_run_does_no_harm(suite, tmp_path, monkeypatch):
    path = str(tmp_path / "e.sock")
    code = f"""
import socket
server = socket.socket(socket.AF_UNIX); server.bind({path!r}); server.listen(); print("up", flush=True)
connection, _ = server.accept(); connection.recv(65536)
connection.sendall(b'{{"kind":"welcome","protocol":2,"engine":"0.1.0"}}\\n')
"""
    monkeypatch.setenv("TT_MEMWATCH_SOCKET", path)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        result = suite.run(KEEPS)
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*the engine did not take * tests go on without it*"])


@pytest.mark.one_version
def test_an_engine_that_stops_reading_is_waited_for_once_and_no_longer_than_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(engine_module, "SEND_TIMEOUT_S", 0.2)
    path = str(tmp_path / "e.sock")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        greeter = threading.Thread(target=lambda: greeted.append(greet(server)), daemon=True)
        greeted = []
        greeter.start()
        engine = Engine()
        engine.connect({"kind": "hello"}, path)
        greeter.join(timeout=10)
        began = time.perf_counter()
        for _ in range(50):
            engine.queue("not-checked", reason="x" * 100_000)
            engine.flush()
        waited = time.perf_counter() - began
        greeted[0].close()
    assert not engine.connected
    assert 10 < engine.dropped <= 50
    assert "tests go on without it" in engine.problem
    assert 0.2 <= waited < 5


def greet(server):
    """Answer the greeting, then never read again."""
    connection, _ = server.accept()
    connection.recv(65536)
    connection.sendall(b'{"kind":"welcome","protocol":2,"engine":"0.1.0"}\n')
    return connection


def run_bootstrapped(suite, *arguments, flags=(), **environment):
    suite.pytester.makepyfile(test_it="def test_it():\n    pass")
    env = {**os.environ, **environment}
    command = [sys.executable, *flags, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, env=env, cwd=suite.pytester.path, capture_output=True, text=True, timeout=120)


def test_the_bootstrap_brings_the_engines_copy_where_no_plugin_is_installed(suite, engine):
    done = run_bootstrapped(suite, PYTHONPATH=str(BOOTSTRAP), TT_MEMWATCH_PLUGIN_PATH=str(SOURCE))
    assert done.returncode == 0, done.stdout + done.stderr
    assert engine.messages()[0]["kind"] == "hello"


def test_a_python_that_ignores_our_path_runs_as_if_we_were_not_there(suite, engine):
    done = run_bootstrapped(suite, flags=("-E",), PYTHONPATH=str(BOOTSTRAP), TT_MEMWATCH_PLUGIN_PATH=str(SOURCE))
    assert done.returncode == 0, done.stdout + done.stderr
    assert engine.messages() == []


def test_the_bootstrap_leaves_an_installed_plugin_alone(suite, engine, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    (site / "tt_memwatch").symlink_to(SOURCE / "tt_memwatch")
    information = site / "pytest_tt_memwatch-0.1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: pytest-tt-memwatch\nVersion: 0.1.0\n")
    (information / "entry_points.txt").write_text("[pytest11]\ntt_memwatch = tt_memwatch.plugin\n")
    path = os.pathsep.join([str(BOOTSTRAP), str(site)])
    done = run_bootstrapped(suite, PYTHONPATH=path, TT_MEMWATCH_PLUGIN_PATH="/nowhere")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [m["kind"] for m in engine.messages()].count("hello") == 1


def test_without_ttnn_it_says_none_and_measures_nothing(suite, engine, tmp_path):
    """A Python with everything but ttnn: its site-packages without that one package."""
    site = tmp_path / "site"
    site.mkdir()
    for entry in Path(pytest.__file__).parent.parent.iterdir():
        if not entry.name.lower().startswith(("ttnn", "pytest_tt", "__pycache__")):
            (site / entry.name).symlink_to(entry)
    suite.pytester.makeconftest("")
    suite.pytester.makepyfile(test_it="import sys\ndef test_it():\n    assert 'ttnn' not in sys.modules")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SOURCE), str(site)])}
    command = [sys.executable, "-S", "-m", "pytest", "-p", "tt_memwatch.plugin", "-p", "no:cacheprovider"]
    done = subprocess.run(command, env=env, cwd=suite.pytester.path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert engine.messages()[0]["ttnn"] is None
    assert engine.outcome("test_it.py::test_it") == ["passed"]


def test_a_killed_process_has_told_which_test_ran_and_what_it_found(suite, engine):
    result = suite.run("""
        import os, signal
        KEPT = []
        def test_keeps(shared_device):
            KEPT.append(zeros(shared_device))
        def test_dies(shared_device):
            os.kill(os.getpid(), signal.SIGKILL)
    """)
    assert result.ret == -signal.SIGKILL
    begun = engine.tests()["test_it.py::test_dies"]
    assert [m["kind"] for m in begun] == ["test-begin", "measurement"]
    assert begun[1]["liveBlocks"] == 1


@pytest.mark.parametrize("count", [2000, 2001])
@pytest.mark.one_version
def test_many_blocks_are_split_over_messages_under_the_line_limit(suite, engine, count):
    suite.run(
        f"""
        KEPT = []
        def test_it(device):
            KEPT.extend(zeros(device, 1, 1, 32, 32) for _ in range({count}))
    """,
        "--memwatch-clear=growth",
    ).assert_outcomes(passed=1)
    blocks = [m for m in engine.tests()["test_it.py::test_it"] if m["kind"] == "blocks"]
    assert [len(m["added"]) for m in blocks] == ([2000] if count == 2000 else [2000, 1])
    assert all(len(json.dumps(m)) < 262_144 for m in blocks)
