"""Tensors in fixtures of every scope: a wider fixture's value is kept once and goes with it."""

import pytest
from tensors import dram, l1

KEPT = []
LAST = []


@pytest.fixture
def returned(module_device):
    return dram(module_device, 1)


@pytest.fixture
def yielded(module_device):
    weight = dram(module_device, 2)
    yield weight
    assert weight.is_allocated()


@pytest.fixture
def cache():
    return {}


@pytest.fixture
def factory(module_device):
    made = []

    def make(pages):
        made.append(dram(module_device, pages))
        return made[-1]

    yield make
    for tensor in made:
        tensor.deallocate()


@pytest.fixture
def with_finalizer(module_device, request):
    weight = dram(module_device, 3)
    request.addfinalizer(lambda: weight.deallocate())
    return weight


@pytest.fixture(autouse=True)
def scratch(module_device):
    LAST.append(l1(module_device, 1))
    yield
    LAST.clear()


@pytest.fixture(scope="module")
def module_weights(module_device):
    return dram(module_device, 4)


@pytest.fixture(scope="module")
def module_weights_freed(module_device):
    weight = dram(module_device, 5)
    yield weight
    weight.deallocate()


@pytest.fixture(scope="module")
def module_cache():
    return {}


@pytest.fixture(scope="module")
def growing_list():
    return []


@pytest.fixture(scope="module", params=[6, 7])
def module_parametrised(module_device, request):
    return dram(module_device, request.param)


def test_returned(returned):
    assert returned.is_allocated()


def test_yielded(yielded):
    assert yielded.is_allocated()


def test_fills_a_dict(module_device, cache):
    cache["kv"] = dram(module_device, 8), dram(module_device, 8)


def test_factory(factory):
    assert factory(9).is_allocated() and factory(10).is_allocated()


def test_finalizer(with_finalizer):
    assert with_finalizer.is_allocated()


def test_keeps_a_fixtures_value(returned):
    KEPT.append(returned)


def test_module_weights(module_weights):
    assert module_weights.is_allocated()


def test_module_weights_again(module_weights):
    assert module_weights.is_allocated()


def test_module_weights_in_the_body(request):
    assert request.getfixturevalue("module_weights_freed").is_allocated()


def test_own_and_module_weights_in_the_body(request, module_device):
    KEPT.append(dram(module_device, 11))
    assert request.getfixturevalue("module_weights_freed").is_allocated()


def test_fills_a_module_dict(module_device, module_cache):
    module_cache["k"] = dram(module_device, 12)


def test_uses_a_module_dict(module_cache):
    assert module_cache["k"].is_allocated()


@pytest.mark.parametrize("step", range(3))
def test_grows_a_module_list(module_device, growing_list, step):
    growing_list.append(dram(module_device, 13))


def test_module_parametrised(module_parametrised):
    assert module_parametrised.is_allocated()


@pytest.fixture
def fails_in_setup(module_device):
    weight = dram(module_device, 14)
    raise ValueError(f"wrong on purpose: {weight.shape}")


def test_fixture_fails_in_setup(fails_in_setup):
    pass


def test_after_fails_in_setup(module_device):
    assert dram(module_device, 1).is_allocated()


@pytest.fixture
def fails_in_teardown(module_device):
    weight = dram(module_device, 15)
    yield weight
    raise ValueError(f"wrong on purpose: {weight.shape}")


def test_fixture_fails_in_teardown(fails_in_teardown):
    assert fails_in_teardown.is_allocated()


def test_after_fails_in_teardown(module_device):
    assert dram(module_device, 1).is_allocated()


@pytest.fixture(scope="module")
def module_fixture_fails(module_device):
    weight = dram(module_device, 16)
    raise ValueError(f"wrong on purpose: {weight.shape}")


def test_module_fixture_fails(module_fixture_fails):
    pass


def test_module_fixture_fails_again(module_fixture_fails):
    pass


def test_after_module_fixture_fails(module_device):
    assert dram(module_device, 1).is_allocated()


@pytest.fixture
def leaks_in_teardown(module_device):
    yield
    KEPT.append(dram(module_device, 17))


def test_leak_in_teardown(leaks_in_teardown):
    pass


@pytest.fixture
def leaks_in_setup(module_device):
    KEPT.append(dram(module_device, 18))


def test_leak_in_setup(leaks_in_setup):
    pass


def test_fails_with_fixtures(returned, yielded, module_device):
    weight = dram(module_device, 19)
    assert weight is returned, "wrong on purpose"


def test_last_is_clean(module_device):
    assert dram(module_device, 1).is_allocated()
