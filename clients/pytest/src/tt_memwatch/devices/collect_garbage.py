"""Collecting garbage, as far as memory of the devices depends on it."""

from __future__ import annotations

import gc
from collections.abc import Sequence

from tt_memwatch.devices.measured_devices import MeasuredDevices
from tt_memwatch.devices.mesh_device import MeshDevice


def collect(measured: MeasuredDevices, devices: Sequence[MeshDevice]) -> None:
    """Collect all garbage; where blocks are left, once more for what finalizers let go."""
    found = gc.collect()
    measured.look(devices, "after-collect")
    if found > 0 and (measured.is_waiting(devices) or measured.has_grown(devices)):
        gc.collect()
        measured.look(devices, "after-collect")
