"""Which devices are open, and what the allocator of each holds."""
