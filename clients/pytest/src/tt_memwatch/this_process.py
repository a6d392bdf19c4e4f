"""What is known of the devices of this process, whoever asks: the pytest plugin, `no_growth` and `snapshot`."""

from __future__ import annotations

import functools
import os
import threading
from dataclasses import dataclass, field

from tt_memwatch.devices.allocator import Allocator
from tt_memwatch.devices.open_devices import OpenDevices
from tt_memwatch.holders.cpp_holders import CppHolders
from tt_memwatch.origins.shared import SharedOrigins
from tt_memwatch.ttnn_import import after_import


@dataclass
class ThisProcess:
    """It outlives a pytest session: devices do, and their memory."""

    open_devices: OpenDevices = field(default_factory=OpenDevices)
    cpp_holders: CppHolders = field(default_factory=CppHolders)
    #: Of the pytest session; `no_growth` has its own.
    allocators: dict[int, Allocator] = field(default_factory=dict)
    #: Of the blocks that `no_growth` watches; to be used with `judging` held.
    origins: SharedOrigins = field(default_factory=SharedOrigins)
    #: Held while one block begins, is judged or ends: it collects garbage and stops other threads for a moment. A
    #: finalizer that runs meanwhile, in the same thread, may have a block of its own.
    judging: threading.RLock = field(default_factory=threading.RLock)

    def renew_lock(self) -> None:
        """In a forked child: the thread that holds the lock may be one of the parent's, which never gives it back."""
        self.judging = threading.RLock()


@functools.cache
def this_process() -> ThisProcess:
    """The one of this process, which watches ttnn's functions from the first call on."""
    found = ThisProcess()
    after_import(found.open_devices.watch)
    after_import(found.cpp_holders.watch)
    os.register_at_fork(after_in_child=found.renew_lock)
    return found
