"""Values that outlive their test in module state, on one device per module."""

import contextvars
import functools
import logging
import threading
import unittest.mock
import weakref

from tensors import dram, l1

KEPT = []
MODEL = None
CONTEXT = contextvars.ContextVar("weights")
LOCAL = threading.local()
SPY = unittest.mock.Mock()


class Layer:
    scale = None

    def __init__(self, weight):
        self.weight = weight


class Anchor:
    pass


ANCHOR = Anchor()


def test_global_list(module_device):
    KEPT.append(dram(module_device, 1))


def test_after_it_is_clean(module_device):
    assert dram(module_device, 1).is_allocated()


def test_global_reset_by_itself(module_device):
    global MODEL
    MODEL = dram(module_device, 40)
    MODEL = None


def test_monkeypatched_global(module_device, monkeypatch):
    monkeypatch.setattr(f"{__name__}.MODEL", dram(module_device, 41))


def test_class_attribute(module_device):
    Layer.scale = l1(module_device, 1)


def test_closure(module_device):
    weight = dram(module_device, 2)
    KEPT.append(lambda: weight)


@functools.cache
def table(device_id, pages):
    return dram(TABLE_DEVICE[0](), pages)


TABLE_DEVICE = []


def test_lru_cache_miss(module_device):
    TABLE_DEVICE.append(lambda: module_device)
    table(module_device.id(), 3)
    TABLE_DEVICE.clear()


def test_lru_cache_hit(module_device):
    assert table(module_device.id(), 3).is_allocated()


def test_default_argument(module_device):
    def forward(weight=dram(module_device, 4)):  # noqa: B008
        return weight

    KEPT.append(forward)


def test_function_attribute(module_device):
    table.extra = dram(module_device, 5)


def test_partial(module_device):
    KEPT.append(functools.partial(print, dram(module_device, 6)))


def test_bound_method(module_device):
    KEPT.append(Layer(dram(module_device, 7)).__init__)


def rows(device, pages):
    weight = dram(device, pages)
    yield weight.shape
    yield None


def test_suspended_generator(module_device):
    steps = rows(module_device, 8)
    next(steps)
    KEPT.append(steps)


def test_exhausted_generator(module_device):
    steps = rows(module_device, 9)
    assert len(list(steps)) == 2
    KEPT.append(steps)


def test_running_thread(module_device):
    ready = threading.Event()

    def serve(device):
        weight = dram(device, 10)
        del device
        ready.set()
        threading.Event().wait()
        del weight

    threading.Thread(target=serve, args=(module_device,), daemon=True, name="server").start()
    assert ready.wait(20)


def test_finished_thread(module_device):
    thread = threading.Thread(target=lambda device: dram(device, 11), args=(module_device,))
    thread.start()
    thread.join()
    KEPT.append(thread)


def test_thread_local(module_device):
    LOCAL.weight = dram(module_device, 12)


def test_context_variable(module_device):
    CONTEXT.set(dram(module_device, 13))


def test_mock_arguments(module_device):
    SPY(dram(module_device, 14))


def test_finalizer_of_a_living_object(module_device):
    weakref.finalize(ANCHOR, print, dram(module_device, 15)).atexit = False


def test_stored_exception(module_device):
    try:
        weight = dram(module_device, 16)
        raise ValueError(weight.shape)
    except ValueError as error:
        KEPT.append(error)


def test_config_attribute(module_device, request):
    request.config.planted_weights = dram(module_device, 17)


def test_reference_cycle(module_device):
    layer = Layer(dram(module_device, 18))
    layer.self = layer


class Finalized(Layer):
    def __del__(self):
        self.done = True


class Resurrected(Layer):
    def __del__(self):
        KEPT.append(self)


def test_cycle_with_finalizer(module_device):
    layer = Finalized(dram(module_device, 19))
    layer.self = layer


def test_resurrected_from_a_cycle(module_device):
    layer = Resurrected(dram(module_device, 20))
    layer.self = layer


class Chained:
    """Frees the next one only when it is collected itself: one collection is not enough."""

    def __init__(self, weight):
        self.holder = [weight]
        self.self = self

    def __del__(self):
        cycle = [self.holder]
        cycle.append(cycle)


def test_cycle_made_by_a_finalizer(module_device):
    Chained(dram(module_device, 21))


def test_deallocated_in_a_global(module_device):
    KEPT.append(dram(module_device, 22))
    KEPT[-1].deallocate()


def test_logs_a_model(module_device):
    """pytest keeps log records, with their arguments, until the test's protocol is over."""
    logging.getLogger("model").warning("built %s", Layer(dram(module_device, 23)))


def test_last_one_is_clean(module_device):
    assert dram(module_device, 2).is_allocated()
