"""Both searches for holders, the native one and Python's, have the same answers, on objects made at random."""

import collections
import dataclasses
import functools
import gc
import random
import types

import numpy
import pytest
import ttnn

from tt_memwatch.holders import find_holders
from tt_memwatch.holders.climb_to_names import PATHS_MAX
from tt_memwatch.holders.native_heap import Library

BUDGET_S = 60.0

#: What is at the end of paths: a name of this module.
ROOTS: dict[str, list] = {}

OBJECTS = 120
TENSORS = 6


class Attributes:
    pass


class Slots:
    __slots__ = ("a", "b")


class OwnDict(dict):
    pass


@dataclasses.dataclass
class Data:
    part: object


def _instance(parts):
    made = Attributes()
    for number, part in enumerate(parts):
        setattr(made, f"part_{number}", part)
    # From Python 3.12 on its dict is made when it is asked for, as it is for a path: then it has a level more.
    vars(made)
    return made


def _slots(parts):
    made = Slots()
    for name, part in zip(("a", "b"), parts, strict=False):
        setattr(made, name, part)
    return made


def _closure(parts):
    first, rest = parts[:1], tuple(parts[1:])
    return lambda default=rest: (first, default)


def _exception(parts):
    def fail(kept):
        raise ValueError(len(kept))

    try:
        fail(parts)
    except ValueError as error:
        return error


def _generator(parts):
    def wait(kept):
        yield 1
        yield kept

    made = wait(parts)
    next(made)
    return made


def _array(parts):
    made = numpy.empty(len(parts) + 1, dtype=object)
    made[: len(parts)] = parts
    return made


#: Ways to make an object that refers to others; some of it is not tracked by the garbage collector.
WAYS = [
    list,
    tuple,
    lambda parts: dict(enumerate(parts)),
    lambda parts: {"only": parts[0] if parts else None},
    lambda parts: {number: (part, "x") for number, part in enumerate(parts)},
    lambda parts: {**dict.fromkeys(range(40)), "last": tuple(parts)},
    collections.deque,
    lambda parts: OwnDict(enumerate(parts)),
    lambda parts: functools.partial(print, *parts),
    lambda parts: types.SimpleNamespace(parts=parts),
    lambda parts: Data(parts),
    lambda parts: ([parts].append, parts),
    _instance,
    _slots,
    _closure,
    _exception,
    _generator,
    _array,
]


def _graph(chance: random.Random, tensors: list, has_cycles: bool) -> list:
    """Objects of which each refers to some that were made before it; with cycles lists may refer to any."""
    made = list(tensors)
    for _ in range(OBJECTS):
        parts = chance.choices(made, k=chance.randrange(4))
        made.append(chance.choice(WAYS)(parts))
    for value in made:
        if has_cycles and type(value) is list and chance.random() < 0.2:
            value.append(chance.choice(made))
    sample = chance.sample(made[len(tensors) :], 5)
    # The frames of exceptions refer to that of their caller.
    made.clear()
    return sample


@pytest.fixture(scope="module")
def device():
    opened = ttnn.open_device(device_id=0)
    yield opened
    ttnn.close_device(opened)


def _zeros(device):
    return ttnn.zeros((1, 1, 64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)


def _buffer(tensor):
    return tensor.memory_config().buffer_type.name, tensor.buffer_address()


def _search(monkeypatch, walk, device, buffers):
    """Paths of each buffer, and the buffers whose tensors were met."""
    met = []
    monkeypatch.setenv("TT_MEMWATCH_NATIVE_SEARCH", "off" if walk == "python" else "on")
    found = find_holders(device.id(), buffers, BUDGET_S, {}, lambda buffer, tensor: met.append(buffer))
    return [(sorted(found.get(buffer, ())), buffer in met) for buffer in buffers]


def _search_of_graph(monkeypatch, walk, device, seed, is_collected):
    """Of a graph made for it: what one search leaves must not be what the other finds."""
    tensors = [_zeros(device) for _ in range(TENSORS)]
    buffers = [_buffer(tensor) for tensor in tensors]
    ROOTS["graph"] = _graph(random.Random(seed), tensors, has_cycles=is_collected)
    tensors.clear()
    if is_collected:
        gc.collect()
    found = _search(monkeypatch, walk, device, buffers)
    ROOTS.clear()
    gc.collect()
    return found


def _assert_same(native, python):
    for (paths, is_met), (paths_of_python, is_met_by_python) in zip(native, python, strict=True):
        assert is_met == is_met_by_python
        # Which are told of more is left open.
        assert paths == paths_of_python or len(paths) == len(paths_of_python) == PATHS_MAX


@pytest.mark.parametrize("is_collected", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_both_searches_find_the_same_paths(suite, device, monkeypatch, seed, is_collected):
    """Collecting untracks tuples and dicts, and frees cycles, of which nobody says where they end."""
    native = _search_of_graph(monkeypatch, "native", device, seed, is_collected)
    python = _search_of_graph(monkeypatch, "python", device, seed, is_collected)
    _assert_same(native, python)
    assert any("ROOTS['graph']" in path for paths, _ in native for path in paths)


def test_many_are_found_in_one_search(suite, device, monkeypatch):
    """More than are climbed by their marks, and one that more refer to than are climbed on a guess."""
    ROOTS["many"] = [[_zeros(device)] for _ in range(40)]
    shared = [_zeros(device)]
    shared.append([[shared] for _ in range(5_000)])
    ROOTS["shared"] = shared[1][:1]
    buffers = [_buffer(tensor) for (tensor,) in ROOTS["many"]] + [_buffer(shared[0])]
    del shared
    native = _search(monkeypatch, "native", device, buffers)
    _assert_same(native, _search(monkeypatch, "python", device, buffers))
    ROOTS.clear()
    assert [paths[0].split("[")[0] for paths, _ in native] == [f"{__name__}.ROOTS"] * 41


def test_the_library_is_there(suite):
    """Else the above compares Python's search with itself."""
    assert Library.load() is not None
