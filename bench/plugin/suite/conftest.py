"""The suite to time: many short tests on one device that holds BENCH_LIVE buffers, each with all its fixtures."""

import ctypes
import gc
import json
import os
import statistics
import sys
import time
from pathlib import Path

import pytest
import ttnn

sys.path.append(str(Path(__file__).parents[3] / "clients/native/python"))
from tt_memwatch_tracer.per_test_lines import NativeWriter

#: Of the memory that the messages go to, which is never read, and of its header.
MEMORY_BYTES = 4096
HEADER_BYTES = 16

LIVE_BUFFERS = int(os.environ["BENCH_LIVE"])
TESTS = int(os.environ["BENCH_TESTS"])
#: The first tests of a process fill caches and import what they need, and are not counted.
WARM_UP_TESTS = min(200, TESTS * 2 // 3)

_memory = (ctypes.c_uint64 * (MEMORY_BYTES // 8))()
_writer = NativeWriter(ctypes.addressof(_memory), MEMORY_BYTES - HEADER_BYTES, [])
_seconds = []
_host_seconds = []
_probes = {}


@pytest.fixture(scope="session")
def device():
    dev = ttnn.open_device(device_id=0)
    held = [tile(dev) for _ in range(LIVE_BUFFERS)]
    _probe(dev)
    yield dev
    held.clear()
    ttnn.close_device(dev)


def tile(dev):
    return ttnn.zeros((1, 1, 32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=dev)


if os.environ.get("BENCH_EARLIER_FIXTURE"):

    @pytest.fixture(autouse=True)
    def clear_program_cache_after_test(device):
        """What the earlier system's fixture did: two collections, a clear, one second of sleep."""
        yield
        gc.collect()
        device.disable_and_clear_program_cache()
        device.enable_program_cache()
        gc.collect()
        time.sleep(1.0)


def _probe(dev):
    """What the parts cost by themselves, in this very process."""
    kinds = [getattr(ttnn.BufferType, name) for name in ("DRAM", "L1", "L1_SMALL", "TRACE")]
    _probes["lookMs"] = _median_ms(lambda: [ttnn.get_memory_view(dev, kind) for kind in kinds])
    _probes["collectMs"] = _median_ms(gc.collect)
    _probes["clearMs"] = _median_ms(dev.clear_program_cache)


def _median_ms(function):
    took = []
    for _ in range(21):
        began = time.perf_counter()
        function()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    began = time.perf_counter()
    yield
    ended = time.perf_counter()
    _seconds.append(ended - began)
    # Not between tests that count: what it leaves in the caches would slow the next one down.
    if len(_seconds) < WARM_UP_TESTS:
        assert _writer.end("t.py::test", 1, "passed", began, True)
        _memory[1] = 0
        _host_seconds.append(time.perf_counter() - ended)


def pytest_unconfigure():
    counted = [s * 1000 for s in _seconds[WARM_UP_TESTS:]]
    _probes["hostMs"] = statistics.median(s * 1000 for s in _host_seconds)
    with open(os.environ["BENCH_RESULT"], "w", encoding="utf-8") as file:
        json.dump({"testMs": statistics.median(counted), "tests": len(counted), **_probes}, file)
