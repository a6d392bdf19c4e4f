"""What is alive in the body of a test stays so, and the interpreter's settings stay as they are."""

import gc
import os
import random
import signal
import sys
import threading
import warnings
import weakref

import pytest


class Node:
    def __init__(self):
        self.itself = self


def test_a_cycle_lives_until_it_is_collected(tensor):
    gc.collect()
    gc.disable()
    try:
        node = Node()
        node.kept = tensor()
        alive = weakref.ref(node)
        del node
        tensor()
        assert alive() is not None
    finally:
        gc.enable()


@pytest.fixture(scope="module")
def remembered(kept_in_module):
    node = Node()
    kept_in_module["weak"] = weakref.ref(node)
    kept_in_module["value"] = weakref.finalize(node, kept_in_module.setdefault, "ended", True)
    yield node
    kept_in_module.clear()


def test_a_fixture_gives_its_value(remembered, kept_in_module):
    assert kept_in_module["weak"]() is remembered


def test_the_value_is_the_same_object(remembered, kept_in_module):
    assert kept_in_module["weak"]() is remembered
    assert "ended" not in kept_in_module


def test_reference_counts_are_the_suites_own(tensor):
    value = object()
    before = sys.getrefcount(value)
    held = [value, tensor()]
    assert sys.getrefcount(value) == before + 1
    del held


def test_finalizers_run_once_and_in_this_thread(capsys):
    threads = []
    node = type("Ends", (), {"__del__": lambda self: threads.append(threading.current_thread().name)})()
    del node
    assert threads == ["MainThread"]


@pytest.mark.parametrize("when", ["first", "second", "third"])
def test_settings(when, tensor):
    tensor()
    print("collector", gc.isenabled(), gc.get_threshold(), gc.get_debug(), len(gc.callbacks), gc.get_freeze_count())
    print("hooks", sys.excepthook, type(sys.unraisablehook), type(threading.excepthook))
    print("tracing", sys.gettrace(), sys.getprofile(), threading.gettrace() if hasattr(threading, "gettrace") else None)
    print("signals", [str(signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)])
    print("threads", sorted(thread.name for thread in threading.enumerate()))
    print("limits", sys.getrecursionlimit(), sys.getswitchinterval())
    print("filters", len(warnings.filters), warnings.showwarning.__name__)
    print("folder", os.getcwd(), os.umask(0o22))
    descriptor = os.open(os.devnull, os.O_RDONLY)
    os.close(descriptor)
    print("next descriptor", descriptor)
    print("random", random.getstate()[1][-1])


@pytest.fixture(scope="session", autouse=True)
def seeded():
    random.seed(7)


def test_the_arguments_are_those_asked_for(request, tmp_path):
    assert sorted(set(request.fixturenames) - {"haunted_device"}) == [
        "request",
        "seeded",
        "tmp_path",
        "tmp_path_factory",
    ]
    print(sorted(request.node.funcargs))
