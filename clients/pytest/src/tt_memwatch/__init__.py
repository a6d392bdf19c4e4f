"""Which test left Tenstorrent device memory behind: a pytest plugin that measures ttnn's own allocator."""

from tt_memwatch.earlier_system import cleanup

__version__ = "0.1.0"

#: Version of the language spoken with the engine (docs/formats.md, "Plugin protocol").
PROTOCOL = 2

__all__ = ["PROTOCOL", "__version__", "cleanup"]
