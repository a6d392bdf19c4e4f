"""Makes the ttnn that a process imports run on a mock device: `prepare` before the import, `adapt` after it."""

import os
from types import ModuleType

from tt_memwatch_mock.preparing import is_slow_dispatch, prepare
from tt_memwatch_mock.sub_devices import refuse_sub_devices
from tt_memwatch_mock.traces import Traces, has_traces

__all__ = ["adapt", "prepare"]


def adapt(ttnn: ModuleType) -> None:
    """Replace the functions of ttnn that end the process on a mock device.

    A process that was sent back to real hardware is left alone. So is slow dispatch: ttnn itself refuses them there.
    """
    is_mock = bool(os.environ.get("TT_METAL_MOCK_CLUSTER_DESC_PATH"))
    if not is_mock or is_slow_dispatch():
        return
    if has_traces(ttnn):
        Traces(ttnn).replace()
    if hasattr(ttnn, "MeshDevice"):
        refuse_sub_devices(ttnn)
