"""What the allocator itself says each test left: truth.json is written from it.

Uses nothing of tt-memwatch.

    cd e2e/planted && ../../bin/tt-memwatch mock --device n150x2 -- \
        env WITNESS=out.json python -m pytest -p witness

For each test: bytes per chip, by memory type, that `get_memory_view` reports after it over those before it. A device
that outlives the test is asked outside of the test's protocol, any other just before it is closed, after garbage was
collected and the program cache cleared; `cache` is what that clearing freed.
"""

import gc
import json
import os
import sys

import pytest
import ttnn

_TYPES = ("DRAM", "L1", "L1_SMALL", "TRACE")
_open = {}
_closed = set()
_before = {}
_found = {}
_test = [None]


def _parts(device):
    return [device] + [sub for sub in device.get_submeshes() if sub.id() not in _closed]


def _held(device):
    views = {name: ttnn.get_memory_view(device, getattr(ttnn.BufferType, name)) for name in _TYPES}
    return {name: view.total_bytes_allocated_per_bank * view.num_banks for name, view in views.items()}


def _settle(parts):
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        sys.__dict__.pop(name, None)
    gc.collect()
    held = [_held(part) for part in parts]
    for part in parts:
        if part.num_program_cache_entries():
            part.disable_and_clear_program_cache()
            part.enable_program_cache()
    gc.collect()
    return held


def _note(test, kind, chips, before, after):
    for name in _TYPES:
        grown = after[name] - before[name]
        if grown:
            _found.setdefault(test, []).append([kind, chips, name, grown])


def _look(device, test):
    parts = _parts(device)
    collected = _settle(parts)
    for part, uncleared in zip(parts, collected, strict=True):
        cleared = _held(part)
        before = _before.get(part.id(), dict.fromkeys(_TYPES, 0))
        _note(test, "cache", part.get_device_ids(), cleared, uncleared)
        _note(test, "left", part.get_device_ids(), before, cleared)
        _before[part.id()] = cleared


def _wrap_open(name):
    function = getattr(ttnn, name)

    def opening(*args, **kwargs):
        result = function(*args, **kwargs)
        for device in result.values() if isinstance(result, dict) else [result]:
            _open[device.id()] = device
        return result

    setattr(ttnn, name, opening)


def _wrap_close(name):
    function = getattr(ttnn, name)

    def closing(value):
        for device in value.values() if isinstance(value, dict) else [value]:
            if device.id() not in _closed:
                _look(_open.pop(device.id(), device), _test[0])
            _closed.add(device.id())
        return function(value)

    setattr(ttnn, name, closing)


for _name in ("CreateDevice", "CreateDevices", "open_device", "open_mesh_device"):
    _wrap_open(_name)
for _name in ("close_device", "close_mesh_device", "CloseDevices"):
    _wrap_close(_name)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    _test[0] = item.nodeid
    yield
    for device in list(_open.values()):
        _look(device, item.nodeid)


def pytest_unconfigure():
    with open(os.environ["WITNESS"], "w") as file:
        json.dump(_found, file, indent=1)
