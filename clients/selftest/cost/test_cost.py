"""Short tests that leave nothing: what watching costs is a large part of what they take."""

import pytest


@pytest.mark.parametrize("number", range(110))
def test_leaves_nothing(dram, number):
    assert dram(1).is_allocated()
