"""One device per class, and per test for unittest."""

import unittest

import pytest
from tensors import dram

KEPT = []


class TestClassDevice:
    cache = None

    def test_fills_the_class(self, class_device):
        type(self).cache = dram(class_device, 1)

    def test_uses_it(self, class_device):
        assert self.cache.is_allocated()

    def test_global(self, class_device):
        KEPT.append(dram(class_device, 2))


class TestNextClass:
    def test_clean(self, class_device):
        assert dram(class_device, 1).is_allocated()


class TestPlain:
    def test_keeps_on_self(self, device):
        self.weight = dram(device, 3)

    def test_clean(self, device):
        assert dram(device, 3).is_allocated()


class TestUnittest(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _device(self, device):
        self.device = device

    def test_keeps_on_self(self):
        self.weight = dram(self.device, 4)

    def test_keeps_on_the_class(self):
        type(self).weight = dram(self.device, 5)
