"""Sub-device managers on a mock device: they can be made and removed, not loaded."""

from typing import Any

#: ttnn resets the workers of the sub-devices through its command queue, which has no memory here: SIGSEGV.
REFUSAL = (
    "load_sub_device_manager needs a real device: a mock device has no command queue that could load it, and without "
    "it memory would not be allocated as on hardware. Run this on hardware, or skip it where "
    "TT_METAL_MOCK_CLUSTER_DESC_PATH is set."
)


def refuse_sub_devices(ttnn: Any) -> None:
    """Let `MeshDevice.load_sub_device_manager` raise RuntimeError, as ttnn's own refusals do."""

    def load_sub_device_manager(self: Any, sub_device_manager_id: Any) -> None:
        raise RuntimeError(REFUSAL)

    ttnn.MeshDevice.load_sub_device_manager = load_sub_device_manager
