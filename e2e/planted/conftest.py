"""Devices of every scope, in the style of tt-metal's root conftest.py. Nothing here knows of tt-memwatch."""

import pytest
import ttnn

L1_SMALL_BYTES = 16384
TRACE_BYTES = 1048576


def _open(**params):
    return ttnn.CreateDevice(device_id=0, **params)


@pytest.fixture(scope="function")
def device_params(request):
    return getattr(request, "param", {})


@pytest.fixture(scope="function")
def device(device_params):
    """One device per test, as upstream's `device`."""
    dev = _open(**device_params)
    original = ttnn.GetDefaultDevice()
    ttnn.SetDefaultDevice(dev)
    yield dev
    ttnn.SetDefaultDevice(original)
    ttnn.close_device(dev)


@pytest.fixture(scope="class")
def class_device():
    dev = _open()
    yield dev
    ttnn.close_device(dev)


@pytest.fixture(scope="module")
def module_device():
    """One device per module, as behind upstream's `use_module_device` mark."""
    dev = _open(l1_small_size=L1_SMALL_BYTES, trace_region_size=TRACE_BYTES)
    yield dev
    ttnn.close_device(dev)


@pytest.fixture(scope="session")
def session_device():
    dev = _open()
    yield dev
    ttnn.close_device(dev)


@pytest.fixture(scope="function")
def mesh_device(device_params):
    """Two chips; all sub-meshes are closed before the mesh, as upstream does."""
    mesh = ttnn.open_mesh_device(ttnn.MeshShape(1, 2), **device_params)
    yield mesh
    for sub in mesh.get_submeshes():
        ttnn.close_mesh_device(sub)
    ttnn.close_mesh_device(mesh)


@pytest.fixture(scope="function")
def device_pair():
    """Two single devices opened together."""
    devices = ttnn.CreateDevices([0, 1])
    yield list(devices.values())
    ttnn.CloseDevices(devices)
