"""What captures, replays and releases is noted once it was done, and works as before."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))
from tt_memwatch_tracer.captures import Captures


class Device:
    def __init__(self, number=3):
        self.number = number

    def id(self):
        if self.number is None:
            raise RuntimeError("closed")
        return self.number


def stand_in():
    """A module with ttnn's functions, which its own module of C++ has too."""

    def begin_trace_capture(mesh_device, *, cq_id=None):
        return 7

    def end_trace_capture(mesh_device, trace_id, *, cq_id=None):
        if trace_id != 7:
            raise RuntimeError(f"no capture {trace_id}")

    def execute_trace(mesh_device, trace_id, *, cq_id=None, blocking=True):
        return blocking

    def release_trace(mesh_device, trace_id):
        return None

    functions = {f.__name__: f for f in (begin_trace_capture, end_trace_capture, execute_trace, release_trace)}
    inner = types.SimpleNamespace(operations=types.SimpleNamespace(trace=types.SimpleNamespace(**functions)))
    return types.SimpleNamespace(_ttnn=inner, **functions), functions


@pytest.fixture
def ttnn(monkeypatch):
    module, _ = stand_in()
    monkeypatch.setitem(sys.modules, "ttnn", module)
    return module


@pytest.fixture
def noted(ttnn):
    told = []
    captures = Captures()
    captures.follow(lambda *each: told.append(each))
    yield told
    captures.restore()


def test_each_step_is_noted_with_the_device_and_the_number(ttnn, noted):
    device = Device()
    assert ttnn.begin_trace_capture(device, cq_id=0) == 7
    ttnn.end_trace_capture(device, 7, cq_id=0)
    assert ttnn.execute_trace(mesh_device=device, trace_id=7, blocking=False) is False
    ttnn._ttnn.operations.trace.release_trace(device, trace_id=7)
    assert noted == [(11, 3, 7), (12, 3, 7), (13, 3, 7), (14, 3, 7)]


def test_what_fails_is_not_noted_and_fails_as_before(ttnn, noted):
    with pytest.raises(RuntimeError, match="no capture 9"):
        ttnn.end_trace_capture(Device(), 9)
    with pytest.raises(TypeError):
        ttnn.release_trace()
    assert noted == []


def test_a_device_that_does_not_tell_its_id_is_no_error(ttnn, noted):
    assert ttnn.begin_trace_capture(Device(None)) == 7
    assert noted == []


def test_ttnns_own_are_put_back_but_not_over_what_others_put_there(monkeypatch):
    module, functions = stand_in()
    monkeypatch.setitem(sys.modules, "ttnn", module)
    captures = Captures()
    captures.follow(lambda *_: None)
    # The plugin looks for one function in both places.
    assert module.release_trace is module._ttnn.operations.trace.release_trace
    captures.follow(lambda *_: None)
    module.execute_trace = theirs = object()
    captures.restore()
    assert module.execute_trace is theirs
    assert module.release_trace is functions["release_trace"]
    assert vars(module._ttnn.operations.trace) == functions


def test_a_ttnn_without_them_is_left_alone(monkeypatch):
    module = types.SimpleNamespace(_ttnn=types.SimpleNamespace())
    monkeypatch.setitem(sys.modules, "ttnn", module)
    captures = Captures()
    captures.follow(lambda *_: None)
    captures.restore()
    assert vars(module).keys() == {"_ttnn"}
