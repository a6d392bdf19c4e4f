"""The cleanup after a test, in the earlier system's words."""

import logging
import socket
import struct
import sys
import threading

import pytest

from conftest import ZEROS_BYTES
from tt_memwatch.log import logger

CLEANUP_LINES = [
    "CLEANUP: Starting post-test cleanup...",
    "CLEANUP: Running garbage collection...",
    "CLEANUP: Clearing program cache...",
    "✓ Program cache cleared",
    "CLEANUP: Requesting buffer dump from allocation server...",
]

CACHED = """
def conv2d(device):
    image = ttnn.zeros((1, 1, 256, 32), dtype=ttnn.bfloat16, device=device)
    weights = ttnn.zeros((32, 32, 3, 3), dtype=ttnn.bfloat16)
    ttnn.conv2d(input_tensor=image, weight_tensor=weights, device=device, in_channels=32, out_channels=32, batch_size=1,
                input_height=16, input_width=16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
"""


def lines_of(result, text):
    return [line for line in result.outlines + result.errlines if text in line]


def logged(result):
    words = [w for line in result.outlines + result.errlines for w in [line.rpartition(" - ")[2].strip()]]
    return [w for w in words if w.startswith(("CLEANUP:", "✓", "Could not", "TEST CLEANUP", "=====" * 16))]


@pytest.mark.one_version
def test_the_sequence_and_its_words_and_the_warning_without_a_server(suite):
    result = suite.run("def test_it(device):\n    pass", "-s")
    lines = logged(result)
    assert lines[:5] == CLEANUP_LINES
    assert lines[5].startswith("Could not request buffer dump: ")
    assert lines[6] == "✓ Post-test cleanup complete"
    assert any("WARNING" in line for line in lines_of(result, "Could not request buffer dump"))


@pytest.mark.one_version
def test_with_an_engine_and_no_server_no_dump_is_said_to_be_requested(suite, engine):
    result = suite.run("def test_it(device):\n    pass", "-s")
    assert logged(result) == [*CLEANUP_LINES, "✓ Post-test cleanup complete"]


@pytest.mark.one_version
def test_a_server_gets_the_72_byte_request(suite, tmp_path, monkeypatch):
    path = tmp_path / "server.sock"
    received = []
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def serve():
            connection, _ = server.accept()
            with connection, connection.makefile("rb") as stream:
                received.append(stream.read())

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        monkeypatch.setenv("TT_MEMWATCH_SERVER_SOCKET", str(path))
        result = suite.run("def test_it(device):\n    pass", "-s")
        thread.join(timeout=10)
    assert received == [struct.pack("B3xiQB3xiQQ4Q", 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)]
    assert logged(result)[5:] == [
        "✓ Buffer dump requested (check allocation server output)",
        "✓ Post-test cleanup complete",
    ]


@pytest.mark.one_version
def test_without_loguru_the_words_go_to_logging(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "loguru", None)
    with caplog.at_level(logging.INFO):
        logger().info("✓ Program cache cleared")
    assert [(r.name, r.levelname, r.message) for r in caplog.records] == [
        ("tt_memwatch", "INFO", "✓ Program cache cleared")
    ]


@pytest.mark.parametrize("mode", ["always", "growth"])
def test_the_program_cache_is_cleared_when_it_holds_memory_and_is_on_again_on_a_shared_device(suite, engine, mode):
    result = suite.run(
        CACHED
        + """
def test_first(shared_device):
    conv2d(shared_device)
def test_second(shared_device):
    assert shared_device.num_program_cache_entries() == 0
    conv2d(shared_device)
    assert shared_device.num_program_cache_entries() > 0
""",
        f"--memwatch-clear={mode}",
        "-s",
    )
    result.assert_outcomes(passed=2)
    # No allocation server takes a request and the engine reports what remains: nothing is claimed, nothing is missing.
    assert not lines_of(result, "✓ Buffer dump requested") and not lines_of(result, "Could not request")
    for name in ("test_first", "test_second"):
        looks = [m for m in engine.tests()[f"test_it.py::{name}"] if m["kind"] == "measurement"]
        by_moment = {m["moment"]: m["usage"][2][3] for m in looks}
        assert by_moment["after-collect"] == 160
        assert by_moment["after-clear"] == 0


def test_growth_mode_only_looks_at_a_test_that_leaves_nothing(suite, engine):
    result = suite.run(
        """
        import gc
        COLLECTIONS = []
        def note(phase, info):
            if phase == "start" and info["generation"] == 2:
                COLLECTIONS.append(info)
        gc.callbacks.append(note)
        def test_clean(shared_device):
            zeros(shared_device)
            COLLECTIONS.clear()
        def test_after(shared_device):
            assert not COLLECTIONS
    """,
        "--memwatch-clear=growth",
        "-s",
    )
    result.assert_outcomes(passed=2)
    assert logged(result) == []
    assert engine.moments("test_it.py::test_after") == ["before", "after", "close"]


def test_growth_mode_keeps_cached_programs_that_hold_no_memory(suite, engine):
    suite.run(
        """
        def test_first(shared_device):
            ttnn.add(zeros(shared_device), 1.0)
        def test_second(shared_device):
            assert shared_device.num_program_cache_entries() == 1
            ttnn.add(zeros(shared_device), 1.0)
            assert shared_device.num_program_cache_entries() == 1
    """,
        "--memwatch-clear=growth",
    ).assert_outcomes(passed=2)
    assert engine.moments("test_it.py::test_second") == ["before", "after", "close"]


def test_growth_mode_collects_and_clears_what_grew(suite, engine):
    suite.run(
        """
        import gc
        gc.disable()  # Python would collect the cycle when so many objects have been made.
        KEPT = []
        def test_cycle(shared_device):
            node = {"tensor": zeros(shared_device)}
            node["self"] = node
        def test_keeps(shared_device):
            KEPT.append(zeros(shared_device))
    """,
        "--memwatch-clear=growth",
    ).assert_outcomes(passed=2)
    looks = [
        (m["moment"], m["liveBlocks"]) for m in engine.tests()["test_it.py::test_cycle"] if m["kind"] == "measurement"
    ]
    assert looks[-2:] == [("after", 1), ("after-collect", 0)]
    assert engine.growth("test_it.py::test_keeps") == {"DRAM": ZEROS_BYTES}


def test_never_leaves_the_program_cache_alone(suite, engine):
    suite.run(
        CACHED
        + """
def test_first(shared_device):
    conv2d(shared_device)
def test_second(shared_device):
    assert shared_device.num_program_cache_entries() > 0
""",
        "--memwatch-clear=never",
    ).assert_outcomes(passed=2)
    assert "after-clear" not in [m.get("moment") for m in engine.messages()]


def test_a_suites_own_cleanup_fixture_wins_and_measuring_still_happens(suite, engine):
    suite.conftest(
        (suite.pytester.path / "conftest.py").read_text()
        + """
@pytest.fixture(autouse=True)
def clear_program_cache_after_test(request):
    yield
    print("THEIR CLEANUP")
"""
    )
    result = suite.run(
        """
        KEPT = []
        def test_it(shared_device):
            KEPT.append(zeros(shared_device))
    """,
        "-s",
    )
    assert lines_of(result, "THEIR CLEANUP")
    assert logged(result) == []
    assert engine.growth("test_it.py::test_it") == {"DRAM": ZEROS_BYTES}


@pytest.mark.one_version
def test_the_explicit_cleanup_clears_and_says_so(suite):
    result = suite.run(
        """
        import tt_memwatch
        def test_it(device):
            ttnn.add(zeros(device), 1.0)
            tt_memwatch.cleanup(device)
            assert device.num_program_cache_entries() == 0
            ttnn.add(zeros(device), 1.0)
            assert device.num_program_cache_entries() == 1
    """,
        "-s",
        "--memwatch-clear=growth",
    )
    result.assert_outcomes(passed=1)
    rule = "=" * 80
    assert logged(result) == [
        rule,
        "TEST CLEANUP: Clearing program cache before test completion...",
        "✓ Program cache cleared in test",
        rule,
    ]
