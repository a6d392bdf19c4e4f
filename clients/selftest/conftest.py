"""A device for the whole session, and tensors of known size. What ttnn itself says of both goes into a file of facts.

Nothing else here, and nothing in the tests, knows of tt-memwatch.
"""

import importlib.metadata
import json
import os
import platform
import time
from pathlib import Path

import pytest
import ttnn
from tt_memwatch_tracer.build_id import build_id, loaded_library

FACTS_VARIABLE = "TT_MEMWATCH_SELFTEST_FACTS"
TYPES = ("DRAM", "L1", "L1_SMALL", "TRACE")

#: A tile of bfloat16, which is one page, and pages go round the banks.
TILE_BYTES = 2048

#: The first tests pay for the device and for what Python compiles.
WARM_UP_TESTS = 10

_facts = {"banks": {}, "keptBytesPerBank": {}}
_starts = []


def _usage(device):
    views = {name: ttnn.get_memory_view(device, getattr(ttnn.BufferType, name)) for name in TYPES}
    return {name: view.total_bytes_allocated_per_bank for name, view in views.items()}


@pytest.fixture(scope="session")
def device():
    mesh = ttnn.open_mesh_device(ttnn.MeshShape(1, 1))
    for name in TYPES:
        _facts["banks"][name] = ttnn.get_memory_view(mesh, getattr(ttnn.BufferType, name)).num_banks
    yield mesh
    ttnn.close_mesh_device(mesh)


@pytest.fixture
def dram(device):
    """Makes a tensor of so many tiles in each bank of DRAM."""
    return lambda tiles: _empty(device, tiles * _facts["banks"]["DRAM"], ttnn.DRAM_MEMORY_CONFIG)


@pytest.fixture
def l1(device):
    """Makes a tensor of so many tiles in each bank of L1."""
    return lambda tiles: _empty(device, tiles * _facts["banks"]["L1"], ttnn.L1_MEMORY_CONFIG)


@pytest.fixture
def kept(device):
    """Notes what the allocator holds more when a test's own tensors are gone: what its operations keep."""
    before = _usage(device)

    def note(name):
        after = _usage(device)
        _facts["keptBytesPerBank"][name] = {each: after[each] - before[each] for each in TYPES}

    return note


def _empty(device, tiles, memory_config):
    return ttnn.empty((1, 1, 32 * tiles, 32), ttnn.bfloat16, ttnn.TILE_LAYOUT, device, memory_config)


def pytest_runtest_logstart():
    _starts.append(time.perf_counter())


def pytest_sessionfinish():
    library = loaded_library("libtt_metal.so")
    _facts["ttnn"] = importlib.metadata.version("ttnn")
    _facts["python"] = platform.python_version()
    _facts["arch"] = ttnn.get_arch_name()
    _facts["devices"] = ttnn.GetNumAvailableDevices()
    _facts["library"] = library
    _facts["build"] = None if library is None else build_id(library)
    _facts["msPerTest"] = _ms_per_test()
    Path(os.environ[FACTS_VARIABLE]).write_text(json.dumps(_facts), encoding="utf-8")


def _ms_per_test():
    measured = _starts[WARM_UP_TESTS:]
    return 1000 * (measured[-1] - measured[0]) / (len(measured) - 1) if len(measured) > 1 else None
