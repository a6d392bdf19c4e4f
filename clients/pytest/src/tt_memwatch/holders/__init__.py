"""Who on the host still holds the tensors behind buffers that a test left."""

from tt_memwatch.holders.search import Buffer, find_holders

__all__ = ["Buffer", "find_holders"]
