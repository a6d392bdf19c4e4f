"""Where our lines in the log of a suite go."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import Any


def logger() -> Any:
    """loguru's logger where it is installed, else the standard library's: both have `info` and `warning`."""
    try:
        return import_module("loguru").logger
    except ImportError:
        return logging.getLogger("tt_memwatch")
