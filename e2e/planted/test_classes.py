"""State of test classes: pytest keeps the instance of a plain class all session, unittest's goes with the test."""

import unittest

import pytest
from tensors import dram


class TestPlain:
    def test_keeps_on_self(self, module_device):
        self.weight = dram(module_device, 1)

    def test_next_is_clean(self, module_device):
        assert not hasattr(self, "weight")

    def test_deletes_from_self(self, module_device):
        self.weight = dram(module_device, 2)
        del self.weight

    def test_keeps_on_the_class(self, module_device):
        type(self).shared = dram(module_device, 3)


class TestWithSetup:
    @pytest.fixture(autouse=True)
    def _device(self, module_device):
        self.device = module_device
        yield
        del self.device

    def setup_method(self):
        self.weights = []

    def teardown_method(self):
        self.weights.clear()

    def test_cleared_by_teardown_method(self):
        self.weights.append(dram(self.device, 4))


class TestBuiltInSetup:
    """What a fixture puts on `self` stays there as well."""

    @pytest.fixture(autouse=True)
    def _model(self, module_device):
        self.model = dram(module_device, 5)

    def test_uses_it(self):
        assert self.model.is_allocated()

    def test_uses_another(self):
        assert self.model.is_allocated()


@pytest.mark.usefixtures("module_device")
class TestUnittest(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _device(self, module_device):
        self.device = module_device

    def setUp(self):
        self.weights = []

    def test_0_keeps_nothing(self):
        """pytest 7 binds the fixtures of the class to its first instance, and keeps that as long as the class."""
        assert dram(self.device, 6).is_allocated()

    def test_keeps_on_self(self):
        self.weights.append(dram(self.device, 7))

    def test_subtests(self):
        for pages in (1, 2):
            with self.subTest(pages=pages):
                self.last = dram(self.device, pages)

    def test_fails(self):
        self.result = dram(self.device, 8)
        self.fail("wrong on purpose")

    def test_zz_after_the_failure(self):
        pass


class TestSharedByClass:
    @pytest.fixture(scope="class")
    def weights(self, module_device):
        return {"first": dram(module_device, 9)}

    def test_first(self, weights):
        assert weights["first"].is_allocated()

    def test_adds(self, weights):
        weights["second"] = dram(module_device_of(weights), 10)

    def test_clean(self, weights):
        assert len(weights) == 2


def module_device_of(weights):
    return weights["first"].device()


def test_after_the_class(module_device):
    assert dram(module_device, 1).is_allocated()
