"""Values that outlive their test in the state of a module."""

import functools

import pytest

KEPT = []
TABLE = {}
IN_L1 = []
SEVERAL = []
CLOSURES = []
GROWING = []


class Layer:
    scale = None


def test_module_list(dram):
    KEPT.append(dram(1))  # planted: module list


def test_after_it(dram):
    assert dram(1).is_allocated()


def test_module_dict(dram):
    TABLE["kv"] = dram(2)  # planted: module dict


def test_class_attribute(dram):
    Layer.scale = dram(3)  # planted: class attribute


def test_closure(dram):
    weight = dram(4)  # planted: closure
    CLOSURES.append(lambda: weight)


@functools.lru_cache(maxsize=4)
def rope_table(make):
    return make(5)  # planted: lru_cache


def test_lru_cache(dram):
    assert rope_table(dram).is_allocated()


def test_l1(l1):
    IN_L1.append(l1(2))  # planted: L1


def test_several_tensors(dram):
    SEVERAL.extend([dram(6), dram(6), dram(6)])  # planted: several tensors


@pytest.mark.parametrize("step", range(3))
def test_growing_list(dram, step):
    GROWING.append(dram(7))  # planted: growing list
