"""A device for the whole session, and fixtures that leave memory in their teardown.

Runs last: chip 0 stays open from here on.
"""

import pytest
from tensors import dram

KEPT = []


@pytest.fixture(scope="session")
def session_weights(session_device):
    return dram(session_device, 1)


@pytest.fixture(scope="session")
def session_fixture_leaves(session_device):
    yield
    KEPT.append(dram(session_device, 2))


@pytest.fixture(scope="module")
def module_fixture_leaves(session_device):
    yield
    KEPT.append(dram(session_device, 3))


@pytest.fixture(scope="class")
def class_fixture_leaves(session_device):
    yield
    KEPT.append(dram(session_device, 4))


@pytest.fixture(scope="module")
def module_fixture_outlived(session_device):
    KEPT.append(dram(session_device, 5))
    yield


def test_session_weights(session_weights):
    assert session_weights.is_allocated()


def test_session_weights_again(session_weights):
    assert session_weights.is_allocated()


def test_session_teardown(session_fixture_leaves):
    pass


class TestClass:
    def test_class_teardown(self, class_fixture_leaves):
        pass


def test_after_class_teardown(session_device):
    assert dram(session_device, 1).is_allocated()


def test_module_outlived(module_fixture_outlived):
    pass


def test_module_teardown(module_fixture_leaves):
    pass


def test_global(session_device):
    KEPT.append(dram(session_device, 6))
