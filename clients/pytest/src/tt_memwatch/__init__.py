"""Which code left Tenstorrent device memory behind: a pytest plugin that measures ttnn's own allocator, and what code
calls that has no pytest: `no_growth`, `snapshot`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tt_memwatch.ttnn_import import after_import

if TYPE_CHECKING:
    from types import ModuleType

    from tt_memwatch.api.no_growth import MemoryGrowth, NoGrowth, no_growth
    from tt_memwatch.api.snapshot import MemoryUse, Snapshot, SnapshotDifference, snapshot
    from tt_memwatch.earlier_system import cleanup

__version__ = "0.1.0"

#: Version of the language spoken with the engine (docs/formats.md, "Plugin protocol").
PROTOCOL = 2

__all__ = [
    "PROTOCOL",
    "MemoryGrowth",
    "MemoryUse",
    "NoGrowth",
    "Snapshot",
    "SnapshotDifference",
    "__version__",
    "cleanup",
    "no_growth",
    "snapshot",
]

#: Where each name comes from. Only the module of the earlier system needs pytest.
_MODULES = {
    "MemoryGrowth": "api.no_growth",
    "MemoryUse": "api.snapshot",
    "NoGrowth": "api.no_growth",
    "Snapshot": "api.snapshot",
    "SnapshotDifference": "api.snapshot",
    "cleanup": "earlier_system",
    "no_growth": "api.no_growth",
    "snapshot": "api.snapshot",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is: a script pays for no more, and needs no pytest."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _watch_devices(ttnn: ModuleType) -> None:
    """A device that was closed must never be asked, and only its closing shows that it is: watch from the start."""
    from tt_memwatch.this_process import this_process

    this_process()


after_import(_watch_devices)
