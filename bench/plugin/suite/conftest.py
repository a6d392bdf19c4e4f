"""The suite to time: many short tests on one device that holds BENCH_LIVE buffers, each with all its fixtures."""

import gc
import json
import os
import statistics
import sys
import time
from pathlib import Path

import pytest
import ttnn

sys.path.append(str(Path(__file__).parents[3] / "clients/pytest/src"))
from tt_memwatch.host_memory import own_bytes

LIVE_BUFFERS = int(os.environ["BENCH_LIVE"])
#: The first tests of a process warm caches up and are not counted.
WARM_UP_TESTS = 10

_seconds = []
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
    _probes["hostMs"] = _median_ms(lambda: (own_bytes(), own_bytes()), repeats=1001)


def _median_ms(function, repeats=21):
    took = []
    for _ in range(repeats):
        began = time.perf_counter()
        function()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    began = time.perf_counter()
    yield
    _seconds.append(time.perf_counter() - began)


def pytest_unconfigure():
    counted = [s * 1000 for s in _seconds[WARM_UP_TESTS:]]
    with open(os.environ["BENCH_RESULT"], "w", encoding="utf-8") as file:
        json.dump({"testMs": statistics.median(counted), "tests": len(counted), **_probes}, file)
