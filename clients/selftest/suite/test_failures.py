"""The traceback of a failed test holds what its frames held, and whatever runs next is not to blame."""

import pytest


def test_fails(dram):
    weight = dram(8)  # planted: failing test
    assert weight is None, "wrong on purpose"


def test_after_a_failure(dram):
    assert dram(8).is_allocated()


def check(weight):
    raise ValueError(f"wrong on purpose: {weight.shape}")


@pytest.mark.xfail(strict=True, reason="wrong on purpose")
def test_expected_to_fail(dram):
    check(dram(9))  # planted: expected failure


def test_after_an_expected_failure(dram):
    assert dram(9).is_allocated()
