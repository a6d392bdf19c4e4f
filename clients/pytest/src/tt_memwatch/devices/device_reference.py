"""A device that is to be asked later, and may be closed or let go of until then."""

from __future__ import annotations

from collections.abc import Sequence

from tt_memwatch.devices.mesh_device import MeshDevice
from tt_memwatch.devices.open_devices import OpenDevices


class DeviceReference:
    """Gives a device back without keeping it. Without the native part, which that takes, the device is kept."""

    def __init__(self, open_devices: OpenDevices, device: MeshDevice) -> None:
        self._open_devices = open_devices
        self._key = device.id()
        self._address = open_devices.remember(device)
        self._kept = device if self._address is None else None
        may_be_asked = open_devices.is_open(device) and not open_devices.is_of_parent(device)
        self._words = _words(device.get_device_ids()) if may_be_asked else "the device"

    @property
    def keeps(self) -> bool:
        """Whether the device lives at least as long as this reference."""
        return self._kept is not None

    def borrow(self) -> MeshDevice:
        """The device, to be let go of soon.

        Raises RuntimeError once it was closed or has ended, and in a forked child.
        """
        device = self._kept if self._address is None else self._open_devices.remembered(self._address)
        if device is None or device.id() != self._key or not self._open_devices.is_open(device):
            raise RuntimeError(f"{self._words} is closed: its memory can only be asked while it is open")
        if self._open_devices.is_of_parent(device):
            raise RuntimeError(f"{self._words} was opened before this process was forked: open it here")
        return device


def _words(chips: Sequence[int]) -> str:
    return f"device {chips[0]}" if len(chips) == 1 else f"the mesh of {len(chips)} devices"
