"""BENCH_TESTS tests of which nine of ten fail, each with tensors in the locals of two functions."""

import os

import pytest

TESTS = int(os.environ["BENCH_TESTS"])

#: Steps of the computation that each result is compared with: about 20 ms.
STEPS = 300_000


def golden(n):
    total = n
    for step in range(STEPS):
        total = (total * 31 + step) % 1_000_003
    return total


def check(actual, expected, make):
    difference = make(64)
    assert actual.shape == expected.shape, f"{actual.shape}, wanted {expected.shape}: {difference.shape}"


@pytest.mark.parametrize("n", range(TESTS))
def test_shape(make, n):
    assert golden(n) >= 0
    actual = make(32 * (1 + n % 8))
    expected = actual if n % 10 == 0 else make(32 * (2 + n % 8))
    check(actual, expected, make)
