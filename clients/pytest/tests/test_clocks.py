"""What is watched may replace the clocks, in `time` and by name in every module: ours go on."""

from __future__ import annotations

import importlib
import pkgutil
import time
from types import BuiltinFunctionType, ModuleType

import pytest
import tt_memwatch_tracer

import tt_memwatch
from conftest import DEVICE_FIXTURES

FREEZES = """
import sys, time
CLOCKS = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")
REAL = {id(getattr(time, name)): name for name in CLOCKS}

def freeze():
    for module in list(sys.modules.values()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if id(value) in REAL:
                setattr(module, name, (lambda: 10**18) if REAL[id(value)].endswith("_ns") else (lambda: 1e9))
"""

HOUR_MS = 3_600_000


def test_a_suite_that_stops_the_clocks_has_true_times(suite, engine):
    suite.conftest(FREEZES + DEVICE_FIXTURES)
    suite.run(
        """
        from conftest import freeze
        def test_before(shared_device): pass
        def test_freezes(shared_device): freeze()
        def test_frozen(shared_device): zeros(shared_device)
        """
    ).assert_outcomes(passed=3)
    durations = [message["durationMs"] for message in engine.messages() if message["kind"] == "test-end"]
    assert len(durations) == 3 and all(0 < duration < HOUR_MS for duration in durations), durations
    moments = [message["atNs"] for message in engine.messages() if message.get("atNs") is not None]
    assert len(moments) >= 3 and moments == sorted(moments) and moments[-1] < time.monotonic_ns(), moments


@pytest.mark.parametrize("package", [tt_memwatch, tt_memwatch_tracer], ids=["plugin", "tracer"])
def test_no_module_of_ours_can_be_given_another_clock(package: ModuleType) -> None:
    clocks = [value for value in vars(time).values() if isinstance(value, BuiltinFunctionType)]
    found = []
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(info.name)
        found += [f"{info.name}.{name}" for name, value in vars(module).items() if value is time or value in clocks]
    assert found == [f"{package.__name__}.clocks.time"]
