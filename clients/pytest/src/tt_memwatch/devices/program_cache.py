"""Clearing a device's program cache."""

from __future__ import annotations

from tt_memwatch.devices.mesh_device import MeshDevice


def clear_program_cache(device: MeshDevice, goes_on: bool) -> None:
    """Drop the cached programs and the device buffers they own.

    A device that goes on gets its cache back. One without entries may have had its cache switched off by the user: it
    is left as it is.
    """
    has_entries = device.num_program_cache_entries() > 0
    if goes_on and not has_entries:
        return
    device.disable_and_clear_program_cache()
    if goes_on:
        device.enable_program_cache()
