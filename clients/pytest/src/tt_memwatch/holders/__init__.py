"""Who on the host still holds the tensors behind buffers that a test left."""

from tt_memwatch.holders.search import find_holders
from tt_memwatch.holders.wanted_buffers import Buffer

__all__ = ["Buffer", "find_holders"]
