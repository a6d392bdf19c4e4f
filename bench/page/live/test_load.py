"""Tests that allocate and free at BENCH_RATE events a second, half a second each."""

import os
import time

import pytest
import ttnn

PAIRS_A_SECOND = int(os.environ["BENCH_RATE"]) // 2
TEST_S = 0.5
#: Pairs between two looks at the clock.
STRIDE = 100


@pytest.mark.parametrize("n", range(int(int(os.environ["BENCH_SECONDS"]) / TEST_S)))
def test_load(make, n):
    begin, done = time.perf_counter(), 0
    while done < PAIRS_A_SECOND * TEST_S:
        for _ in range(STRIDE):
            ttnn.deallocate(make())
        done += STRIDE
        time.sleep(max(0.0, begin + done / PAIRS_A_SECOND - time.perf_counter()))
