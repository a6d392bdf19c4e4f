"""What ttnn says of a device's allocator when it is asked: a view of each memory type."""

from __future__ import annotations

from typing import Any

from tt_memwatch.devices.measurement import MEMORY_TYPES, Look, TypeUsage
from tt_memwatch.devices.mesh_device import MeshDevice


def look_at(device: MeshDevice) -> tuple[Look, list[Any]]:
    """The figures, and the views they are from, in the order of MEMORY_TYPES."""
    views = [view_of(device, name) for name in MEMORY_TYPES]
    usage = tuple(
        TypeUsage(
            v.num_banks,
            v.total_bytes_per_bank,
            v.total_bytes_allocated_per_bank,
            v.largest_contiguous_bytes_free_per_bank,
        )
        for v in views
    )
    return Look(usage, device.num_program_cache_entries()), views


def view_of(device: MeshDevice, memory_type: str) -> Any:
    """`ttnn.MemoryView` of one memory type."""
    import ttnn

    return ttnn.get_memory_view(device, getattr(ttnn.BufferType, memory_type))
