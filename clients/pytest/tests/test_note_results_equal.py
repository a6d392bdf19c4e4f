"""Both ways to note births, the native one and Python's, note the same of operations that are called at random."""

import random

import pytest
import ttnn

from tt_memwatch.origins.note_results import Births, noter_of_python, noters

STEPS = 150

#: What stands before ttnn's functions while a test runs.
FUNCTIONS = (
    *("add", "add_", "multiply", "reshape", "split", "concat", "to_memory_config", "to_device", "from_device", "zeros"),
    "deallocate",
)


@pytest.fixture
def device():
    opened = ttnn.open_device(device_id=0)
    yield opened
    ttnn.close_device(opened)


class Both:
    """ttnn's functions, whose results are noted in both ways."""

    def __init__(self):
        self.natively: Births = {}
        self.in_python: Births = {}
        native = noters(self.natively, ttnn.Tensor)
        # Else this compares Python's way with itself.
        assert type(native.__self__).__name__ == "NativeBirths"
        for name in FUNCTIONS:
            setattr(self, name, self._noted(f"ttnn.{name}", native(f"ttnn.{name}")))

    def _noted(self, name, note_natively):
        original, note = getattr(ttnn, name.removeprefix("ttnn.")), noter_of_python(self.in_python, ttnn.Tensor, name)

        def calling(*args, **kwargs):
            result = original(*args, **kwargs)
            assert note(result, args, kwargs) is result
            assert note_natively(result, args, kwargs) is result
            return result

        return calling

    def compare(self, step):
        assert self.natively == self.in_python, step
        assert list(self.natively) == list(self.in_python), step


def _zeros(both, device, chosen):
    kwargs = {"dtype": ttnn.bfloat16, "layout": ttnn.TILE_LAYOUT}
    shape = (1, 1, 32, 32 * chosen.choice((1, 1, 1, 2)))
    place = {"device": device} if chosen.random() < 0.8 else {}
    return [both.zeros(shape, **kwargs, **place)]


def _step(both, device, chosen, kept):
    """One operation, with tensors that are kept: on the device or not, known to both or to none."""
    on_device = [tensor for tensor in kept if tensor.device() is not None and tensor.is_allocated()]
    if len(on_device) < 2 or chosen.random() < 0.2:
        return _zeros(both, device, chosen)
    a, b = chosen.choice(on_device), chosen.choice(on_device)
    host = [tensor for tensor in kept if tensor.device() is None]
    operations = [
        lambda: [both.add(a, a)],
        lambda: [both.add(a, a, output_tensor=b)] if a.shape == b.shape and a is not b else [both.add_(a, a)],
        lambda: [both.multiply(a, 2.0, memory_config=ttnn.L1_MEMORY_CONFIG)],
        lambda: [both.reshape(a, (1, *list(a.shape)[1:]))],
        lambda: both.split(a, 16, dim=2),
        lambda: [both.concat([a, a], dim=2)],
        lambda: [both.to_memory_config(a, chosen.choice((ttnn.L1_MEMORY_CONFIG, ttnn.DRAM_MEMORY_CONFIG)))],
        lambda: [both.to_device(tensor, device=device) for tensor in host[:1]],
        lambda: [both.from_device(a)],
        # These are not seen.
        lambda: [ttnn.add(a, a)],
        lambda: [ttnn.reshape(a, (1, *list(a.shape)[1:]))],
        lambda: both.deallocate(a),
    ]
    return chosen.choice(operations)()


@pytest.mark.parametrize("seed", range(6))
def test_both_note_the_same(suite, device, seed):
    chosen, both, kept = random.Random(seed), Both(), []
    for step in range(STEPS):
        made = _step(both, device, chosen, kept) or []
        both.compare(step)
        kept += [tensor for tensor in made if tensor.shape[-1] <= 64 and tensor.shape[2] in (16, 32, 64)]
        chosen.shuffle(kept)
        del made, kept[12:]
    assert len(both.natively) > 5


def test_a_tensor_of_a_later_ttnn_that_cannot_be_asked_is_given_back():
    class Tensor:
        def buffer_unique_id(self):
            return 1

    births, made = {}, Tensor()
    assert noter_of_python(births, Tensor, "made")(made, (), {}) is made
    assert births == {}
