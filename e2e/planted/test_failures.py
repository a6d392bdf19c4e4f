"""Failures keep what their frames held; whatever runs next is not to blame."""

import contextlib
import sys
import threading

import pytest
from tensors import dram

KEPT = []


def check(weight):
    copy = [weight]
    assert copy is None, "wrong on purpose"


def assert_clean(device):
    assert dram(device, 1).is_allocated()


def test_assert(module_device):
    weights = [dram(module_device, 1) for _ in range(3)]
    assert len(weights) == 4, "wrong on purpose"


def test_after_assert(module_device):
    assert_clean(module_device)


def test_assert_in_a_helper(module_device):
    check(dram(module_device, 2))


def test_after_assert_in_a_helper(module_device):
    assert_clean(module_device)


def load(device):
    weight = dram(device, 3)
    raise KeyError(weight.shape)


def test_raise_from(module_device):
    try:
        load(module_device)
    except KeyError as error:
        other = dram(module_device, 4)
        raise ValueError(other.shape) from error


def test_after_raise_from(module_device):
    assert_clean(module_device)


def test_raise_while_handling(module_device):
    try:
        load(module_device)
    except KeyError:
        check(dram(module_device, 5))


def test_after_raise_while_handling(module_device):
    assert_clean(module_device)


def test_raise_from_none(module_device):
    try:
        load(module_device)
    except KeyError:
        raise ValueError("wrong on purpose") from None


def test_after_raise_from_none(module_device):
    assert_clean(module_device)


class ModelError(Exception):
    def __init__(self, weight):
        super().__init__("wrong on purpose")
        self.weight = weight


def test_exception_with_a_tensor(module_device):
    raise ModelError(dram(module_device, 6))


def test_after_exception_with_a_tensor(module_device):
    assert_clean(module_device)


def test_exception_with_a_tensor_as_argument(module_device):
    raise RuntimeError([dram(module_device, 7)])


def test_after_exception_with_a_tensor_as_argument(module_device):
    assert_clean(module_device)


def layers(device):
    weight = dram(device, 8)
    while True:
        yield weight.shape


def test_fails_with_a_suspended_generator(module_device):
    steps = layers(module_device)
    next(steps)
    assert steps is None, "wrong on purpose"


def test_after_fails_with_a_suspended_generator(module_device):
    assert_clean(module_device)


@contextlib.contextmanager
def loaded(device):
    weight = dram(device, 9)
    yield weight.shape


def test_fails_in_a_context_manager(module_device):
    with loaded(module_device) as shape:
        assert shape is None, "wrong on purpose"


def test_after_fails_in_a_context_manager(module_device):
    assert_clean(module_device)


def test_fails_with_a_closure(module_device):
    weight = dram(module_device, 10)

    def forward():
        assert weight is None, "wrong on purpose"

    forward()


def test_after_fails_with_a_closure(module_device):
    assert_clean(module_device)


def test_fails_in_a_comprehension(module_device):
    assert [check(dram(module_device, 11)) for _ in range(2)]


def test_after_fails_in_a_comprehension(module_device):
    assert_clean(module_device)


def test_pytest_fail(module_device):
    weight = dram(module_device, 12)
    pytest.fail(f"wrong on purpose: {weight.shape}")


def test_after_pytest_fail(module_device):
    assert_clean(module_device)


def test_system_exit(module_device):
    weight = dram(module_device, 13)
    sys.exit(str(weight.shape))


def test_after_system_exit(module_device):
    assert_clean(module_device)


@pytest.mark.xfail(reason="a known bug", strict=True)
def test_xfail_strict(module_device):
    check(dram(module_device, 14))


def test_after_xfail_strict(module_device):
    assert_clean(module_device)


@pytest.mark.xfail(reason="a known bug", raises=KeyError)
def test_xfail_raises(module_device):
    load(module_device)


@pytest.mark.xfail(reason="a known bug", run=False)
def test_xfail_not_run(module_device):
    KEPT.append(dram(module_device, 15))


@pytest.mark.xfail(reason="fixed meanwhile")
def test_xpass(module_device):
    assert_clean(module_device)


@pytest.mark.xfail(reason="fixed meanwhile", strict=True)
def test_xpass_strict(module_device):
    assert_clean(module_device)


def test_xfails_in_the_middle(module_device):
    weight = dram(module_device, 16)
    pytest.xfail(f"not ready: {weight.shape}")


def test_after_xfails(module_device):
    assert_clean(module_device)


def test_skips_in_the_middle(module_device):
    weight = dram(module_device, 17)
    pytest.skip(f"no such board: {weight.shape}")


def test_after_skips_in_the_middle(module_device):
    assert_clean(module_device)


def test_importorskip_in_the_middle(module_device):
    weight = dram(module_device, 18)
    assert weight.is_allocated()
    pytest.importorskip("no_such_module_anywhere")


def test_raises_is_clean(module_device):
    weight = dram(module_device, 19)
    with pytest.raises(KeyError) as error:
        load(module_device)
    assert error.value.args and weight.is_allocated()


def test_raises_kept(module_device):
    with pytest.raises(KeyError) as error:
        load(module_device)
    KEPT.append(error)


def test_loop_of_cases(module_device):
    errors = []
    for pages in (20, 21):
        try:
            check(dram(module_device, pages))
        except AssertionError as error:
            errors.append(error)
    assert not errors, "wrong on purpose"


def test_after_loop_of_cases(module_device):
    assert_clean(module_device)


def test_global_and_fails(module_device):
    KEPT.append(dram(module_device, 22))
    check(dram(module_device, 23))


def test_after_global_and_fails(module_device):
    assert_clean(module_device)


def test_global_and_skips(module_device):
    KEPT.append(dram(module_device, 24))
    pytest.skip("no such board")


@pytest.mark.xfail(reason="a known bug")
def test_global_and_xfails(module_device):
    KEPT.append(dram(module_device, 25))
    check(dram(module_device, 26))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_thread_that_dies(module_device):
    thread = threading.Thread(target=check, args=(dram(module_device, 27),))
    thread.start()
    thread.join()


def test_after_thread_that_dies(module_device):
    assert_clean(module_device)


class Unraisable:
    def __init__(self, weight):
        self.weight = weight

    def __del__(self):
        check(self.weight)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_finalizer_that_raises(module_device):
    Unraisable(dram(module_device, 28))


def test_after_finalizer_that_raises(module_device):
    assert_clean(module_device)


def test_fails_twice_with_one_helper(module_device):
    check(dram(module_device, 29))


def test_fails_right_after(module_device):
    check(dram(module_device, 29))


def test_last_is_clean(module_device):
    assert_clean(module_device)
