"""Tensors that share memory: bytes count once, and whoever is last holds them."""

import ttnn
from tensors import dram, l1

KEPT = []


def test_view_keeps_its_base(module_device):
    KEPT.append(ttnn.unsqueeze(dram(module_device, 1), 0))


def test_base_and_view(module_device):
    base = dram(module_device, 2)
    KEPT.append((base, ttnn.reshape(base, (1, 2, 32 * 12, 32)), ttnn.unsqueeze(base, 0)))


def test_view_is_garbage(module_device):
    base = dram(module_device, 3)
    assert ttnn.unsqueeze(base, 0).is_allocated()


def test_slice_is_a_copy(module_device):
    base = dram(module_device, 4)
    KEPT.append(base[:, :, : 32 * 12, :])


def test_output_tensor(module_device):
    a, out = dram(module_device, 5), dram(module_device, 5)
    KEPT.append(ttnn.add(a, a, output_tensor=out))


def test_output_tensor_of_the_one_before(module_device):
    a = dram(module_device, 5)
    ttnn.add(a, a, output_tensor=KEPT[-1])


def test_in_place(module_device):
    a = dram(module_device, 6)
    ttnn.add_(a, 1.0)
    a += 1.0
    KEPT.append(a)


def test_moved_to_dram(module_device):
    KEPT.append(ttnn.to_memory_config(l1(module_device, 1), ttnn.DRAM_MEMORY_CONFIG))


def test_deallocated_base(module_device):
    base = dram(module_device, 7)
    view = ttnn.unsqueeze(base, 0)
    ttnn.deallocate(base, force=True)
    ttnn.deallocate(view, force=True)
    KEPT.append(view)


def test_result_replaces_its_input(module_device):
    a = dram(module_device, 8)
    for _ in range(4):
        a = ttnn.add(a, a)
    KEPT.append(a)


def test_host_tensor(module_device):
    KEPT.append(ttnn.from_device(dram(module_device, 9)))


def test_to_device(module_device):
    host = ttnn.zeros((1, 1, 32 * 120, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT)
    KEPT.append((host, ttnn.to_device(host, module_device)))
