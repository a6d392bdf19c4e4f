"""The same on one device per test, and parametrised tests."""

import logging

import pytest
from tensors import dram, l1

KEPT = []


class Model:
    def __init__(self, *weights):
        self.weights = weights


def test_global(device):
    KEPT.append(dram(device, 1))


def test_clean(device):
    assert dram(device, 1).is_allocated()


@pytest.mark.parametrize("step", range(3))
def test_same_in_each(device, step):
    KEPT.append(dram(device, 2))


@pytest.mark.parametrize("pages", [3, 4], ids=["a::b[c] d", "é/☃"])
def test_odd_ids(device, pages):
    KEPT.append(l1(device, pages))


@pytest.mark.parametrize("keeps", [False, True, False])
def test_one_of_three(device, keeps):
    weight = dram(device, 5)
    if keeps:
        KEPT.append(weight)


@pytest.mark.parametrize("device_params", [{"l1_small_size": 8192}], indirect=True)
def test_with_device_params(device, device_params):
    assert l1(device, 1).is_allocated()


def test_logs_a_model(device):
    logging.getLogger("model").warning("built %s", Model(dram(device, 6)))


def test_cycle(device):
    model = Model(dram(device, 7))
    model.self = model


def test_device_asked_for_in_the_body(request):
    KEPT.append(dram(request.getfixturevalue("device"), 8))


def test_clean_device_asked_for_in_the_body(request):
    assert dram(request.getfixturevalue("device"), 8).is_allocated()


def test_fails(device):
    weight = dram(device, 9)
    assert weight is None, "wrong on purpose"


def test_after_the_failure(device):
    assert dram(device, 9).is_allocated()


def test_global_and_fails(device):
    KEPT.append(dram(device, 10))
    weight = dram(device, 11)
    assert weight is None, "wrong on purpose"


def test_default_device(device):
    import ttnn

    assert ttnn.GetDefaultDevice().id() == device.id()
