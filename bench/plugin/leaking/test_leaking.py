"""BENCH_TESTS short tests. BENCH_LEAKS keep a tensor, in a list, a class or a closure; the others leave nothing."""

import os
from typing import ClassVar

import pytest

LEAKING = int(os.environ["BENCH_LEAKS"])
CLEAN = int(os.environ["BENCH_TESTS"]) - LEAKING
#: Tensors have one of so many sizes.
SIZES = 8

LISTED = []


class Model:
    layers: ClassVar = {}


def keeper():
    kept = []

    def keep(tensor):
        kept.append(tensor)

    return keep


KEEP = keeper()


@pytest.mark.parametrize("n", range(LEAKING))
def test_leaks(make, n):
    tensor = make(32 * (1 + n % SIZES))
    if n % 3 == 0:
        LISTED.append(tensor)
    elif n % 3 == 1:
        Model.layers[n] = tensor
    else:
        KEEP(tensor)


@pytest.mark.parametrize("n", range(CLEAN))
def test_leaves_nothing(make, n):
    assert make(32 * (1 + n % SIZES)).is_allocated()
