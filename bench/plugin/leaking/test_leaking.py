"""146 short tests. 65 keep a tensor, in a list, a class or a closure; the others leave nothing."""

from typing import ClassVar

import pytest

LEAKING = 65
CLEAN = 81

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
    tensor = make(32 * (1 + n))
    if n % 3 == 0:
        LISTED.append(tensor)
    elif n % 3 == 1:
        Model.layers[n] = tensor
    else:
        KEEP(tensor)


@pytest.mark.parametrize("n", range(CLEAN))
def test_leaves_nothing(make, n):
    assert make(32 * (1 + n)).is_allocated()
