"""A mesh of two chips and its sub-meshes, which have allocators of their own."""

import ttnn
from tensors import dram

KEPT = []


def submesh(mesh, column=0):
    return mesh.create_submesh(ttnn.MeshShape(1, 1), ttnn.MeshCoordinate(0, column))


def test_clean(mesh_device):
    assert dram(mesh_device, 1).is_allocated()


def test_parent(mesh_device):
    KEPT.append(dram(mesh_device, 2))


def test_submesh(mesh_device):
    KEPT.append(dram(submesh(mesh_device), 3))


def test_second_submesh(mesh_device):
    submesh(mesh_device)
    KEPT.append(dram(submesh(mesh_device, 1), 4))


def test_both_submeshes(mesh_device):
    KEPT.append([dram(submesh(mesh_device, column), 5) for column in (0, 1)])


def test_parent_and_submesh(mesh_device):
    KEPT.append((dram(mesh_device, 6), dram(submesh(mesh_device), 7)))


def test_submesh_clean(mesh_device):
    assert dram(submesh(mesh_device), 1).is_allocated()


def test_submesh_closed_by_itself(mesh_device):
    part = submesh(mesh_device)
    assert dram(part, 1).is_allocated()
    ttnn.close_mesh_device(part)


def test_submesh_fails(mesh_device):
    weight = dram(submesh(mesh_device), 8)
    assert weight is None, "wrong on purpose"


def test_after_submesh_fails(mesh_device):
    assert dram(submesh(mesh_device), 1).is_allocated()


def test_operations_on_the_parent(mesh_device):
    a = dram(mesh_device, 9)
    KEPT.append(ttnn.add(a, a))


def test_mesh_cycle(mesh_device):
    loop = [dram(mesh_device, 10)]
    loop.append(loop)
