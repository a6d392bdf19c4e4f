"""Follows every allocation of a process that uses ttnn, on unmodified wheels, into a ring in shared memory.

`start` arranges that recording begins as soon as ttnn is imported; `status` says how that went. Nothing here prints,
raises for what a machine lacks, or keeps a reference to anything of ttnn.

PYTEST_DONT_REWRITE: a distribution with a plugin is rewritten by pytest, which warns of what was imported before it.
"""

from tt_memwatch_tracer.environment import start_for_process, start_for_server, start_from_environment
from tt_memwatch_tracer.objects import Remembered
from tt_memwatch_tracer.tracer import (
    TESTED_VERSIONS,
    Status,
    changes,
    check,
    head,
    mark,
    name_test,
    set_context,
    start,
    status,
    stop,
)

__version__ = "0.1.0"

__all__ = [
    "TESTED_VERSIONS",
    "Remembered",
    "Status",
    "changes",
    "check",
    "head",
    "mark",
    "name_test",
    "set_context",
    "start",
    "start_for_process",
    "start_for_server",
    "start_from_environment",
    "status",
    "stop",
]
