"""BENCH_TESTS tests of which every twentieth keeps a tensor."""

import os

import pytest

TESTS = int(os.environ["BENCH_TESTS"])
EVERY = int(os.environ["BENCH_LEAK_EVERY"])

KEPT = []


@pytest.mark.parametrize("n", range(TESTS))
def test_leaks_at_times(make, n):
    tensor = make(32 * (1 + n % 8))
    if EVERY and n % EVERY == EVERY - 1:
        KEPT.append({"held": [tensor]})
