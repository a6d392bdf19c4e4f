"""What code calls that has no pytest, or does not want its plugin: `no_growth` and `snapshot`."""
