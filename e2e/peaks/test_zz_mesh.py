"""Both chips of a mesh hold what each tensor takes; a device that a test opens itself is like any other."""

import pytest
import ttnn

TILE_BYTES, DRAM_BANKS = 2048, 12


@pytest.fixture(scope="module")
def mesh():
    mesh = ttnn.open_mesh_device(ttnn.MeshShape(1, 2))
    yield mesh
    ttnn.close_mesh_device(mesh)


@pytest.mark.parametrize("count", [1, 3])
def test_on_a_mesh(mesh, peaks, count):
    peaks.expect(DRAM=count * TILE_BYTES * DRAM_BANKS)
    kept = [peaks.zeros(mesh, 12) for _ in range(count)]
    assert len(kept) == count
