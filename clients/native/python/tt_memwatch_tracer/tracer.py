"""The tracer of this process: starts with ttnn, and again in every forked child."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import errno
import importlib.metadata
import os
from dataclasses import dataclass
from pathlib import Path

from tt_memwatch_tracer.captures import Captures
from tt_memwatch_tracer.library import SERVER_OFFSET, Library
from tt_memwatch_tracer.operations import Operations
from tt_memwatch_tracer.proc import start_ticks
from tt_memwatch_tracer.server_link import ServerLink, server_id, socket_path
from tt_memwatch_tracer.tested_builds import is_remembered
from tt_memwatch_tracer.when_imported import when_imported

#: Versions of ttnn on which the recorded allocations were held against the allocator's own list, hundreds of times on
#: one device and on a mesh, and were the same each time (`make versions`). A changed return type does not change a
#: function's name and could end the process before any check, so others are tried only when asked to, and without
#: asking once they have passed `tt-memwatch selftest` here.
TESTED_VERSIONS = (
    "0.66.0",
    *("0.68.0", "0.69.0", "0.70.1", "0.71.2", "0.72.0", "0.73.1", "0.74.0"),
    *("0.75.0", "0.76.0", "0.77.0", "0.78.0", "0.79.0", "0.80.0", "0.81.1"),
)

#: Records in a ring: 12 MB, overwritten after 131 ms at a million events a second.
DEFAULT_CAPACITY = 131_072

#: Where shared memory has no room for the wanted capacity, this part of it is tried, and this part of that.
SMALLER_BY = 16

#: Bytes for the Python stacks of a ring; one of 8 frames takes about 600.
STACKS_BYTES = 4 * 1024 * 1024

STACK_FRAMES_MAX = 32


@dataclass(frozen=True)
class Status:
    """How it stands with live events in this process."""

    #: `off`: not started; `waiting`: for ttnn to be imported; `live`; `unavailable`; `ended`.
    state: str
    #: Why they are not available, as a sentence without a full stop.
    reason: str = ""
    #: Path of the ring, where there is one.
    ring: str | None = None


@dataclass(frozen=True)
class Settings:
    """What `start` was asked for."""

    directory: str
    stacks: int
    capacity: int
    force: bool


_settings: Settings | None = None
_library: Library | None = None
_status = Status("off")
_operations = Operations()
_captures = Captures()
_server = ServerLink()


def start(directory: str, *, stacks: int = 0, capacity: int = DEFAULT_CAPACITY, force: bool = False) -> None:
    """Record allocations into a ring in `directory`, from the moment ttnn is there.

    `stacks` Python frames are recorded with each allocation (0 to 32). On a version of ttnn that was not tested, here
    or by a self-test of this user's, nothing is done unless `force`. Raises ValueError for numbers out of range;
    whatever else goes wrong, `status` says.
    """
    global _settings, _status
    if not 0 <= stacks <= STACK_FRAMES_MAX:
        raise ValueError(f"stacks is {stacks}; wanted 0 to {STACK_FRAMES_MAX}")
    if capacity < 1:
        raise ValueError(f"capacity is {capacity}; wanted at least 1")
    if _settings is not None:
        return
    _settings = Settings(directory, stacks, capacity, force)
    _status = Status("waiting")
    os.register_at_fork(after_in_child=_restart)
    atexit.register(stop)
    when_imported("ttnn", _begin)


def status() -> Status:
    return _status


def set_context(number: int) -> None:
    """Records made from now on, by any thread, belong to context `number` (0 to 2^32 - 1)."""
    if _library is not None:
        _library.set_context(number)


def name_test(number: int, test: str | None) -> None:
    """Contexts from `number` on belong to the test with this node id, for an allocation server; None: to none."""
    if test is not None and _library is not None and _status.state == "live" and _server.look():
        _library.watch_connects(os.fsencode(socket_path()))
    _server.test(number, test)


def mark(number: int) -> None:
    """Put a mark into the stream of records."""
    if _library is not None and _status.state == "live":
        _library.mark(number)


def head() -> int:
    """How many records were begun so far."""
    return _library.head() if _library is not None else 0


def changes(device: int) -> list[tuple[int, int, int]] | None:
    """Blocks that changed since the last call: number of the `BufferType`, address, bytes per bank.

    `device` is `MeshDevice.id()`. The bytes are those that the allocator counts, and 0 where nothing is left at the
    address. None: the records do not show that, so ask the allocator.
    """
    if _library is None or _status.state != "live":
        return None
    return _library.changes(device)


def check() -> str:
    """Why records may be missing; empty if none are."""
    if _library is None or _status.state != "live":
        return ""
    missing = _library.missing()
    return "" if missing == 0 else f"{missing} of {_library.slots()} call slots were taken over by something else"


def stop() -> None:
    """End the ring and put back ttnn's own calls. The ring's file stays for its reader."""
    global _status
    if _library is not None and _status.state == "live":
        _captures.restore()
        _operations.restore()
        _library.uninstall()
        _library.close()
        _status = Status("ended", ring=_status.ring)


def _begin() -> None:
    """ttnn has been imported."""
    global _status
    _status = _started()
    if _status.state == "unavailable":
        _leave_reason(_status.reason)
        _server.announce(None, _status.reason)


def _started() -> Status:
    global _library
    settings = _settings
    assert settings is not None
    version = _ttnn_version()
    if not settings.force and version not in TESTED_VERSIONS and not is_remembered():
        reason = f"{_untested(version)}; --tracer=force tries it, `tt-memwatch selftest` tests it once for all"
        return Status("unavailable", reason)
    try:
        _library = _library or Library()
    except OSError as error:
        return Status("unavailable", str(error))
    return _record(_library, settings)


def _record(library: Library, settings: Settings) -> Status:
    ring = str(Path(settings.directory) / f"{os.getpid()}.{start_ticks()}.ring")
    if not _open(library, ring, settings.capacity) or library.install() == 0:
        return Status("unavailable", os.fsdecode(library.reason()))
    if not library.stacks(settings.stacks):
        library.stacks(0)
    header = library.header()
    _operations.follow(library)
    _captures.follow(library.captured)
    server = socket_path()
    ctypes.c_uint64.from_address(header + SERVER_OFFSET).value = server_id(server)
    library.enable_connects(0)
    _server.announce(ring)
    # Python reports connections to a hook that it never lets go of again: set only where somebody reads them.
    if _server.is_there:
        library.watch_connects(os.fsencode(server))
    return Status("live", ring=ring)


def _open(library: Library, ring: str, capacity: int) -> bool:
    path, part = os.fsencode(ring), capacity
    result = library.open(path, part, STACKS_BYTES)
    while result == -errno.ENOSPC and part > SMALLER_BY:
        part //= SMALLER_BY
        result = library.open(path, part, STACKS_BYTES * part // capacity)
    return bool(result == 0)


def _restart() -> None:
    """In a forked child: the ring is the parent's, and the calls are redirected already."""
    global _status
    _server.close()
    if _status.state == "live" and _settings is not None and _library is not None:
        _status = _record(_library, _settings)


def _leave_reason(reason: str) -> None:
    """Tell whoever reads the folder, in a file of its own: there is no ring to read."""
    assert _settings is not None
    path = Path(_settings.directory) / f"{os.getpid()}.{start_ticks()}.reason"
    with contextlib.suppress(OSError):
        path.write_text(reason, encoding="utf-8")


def _ttnn_version() -> str | None:
    try:
        return importlib.metadata.version("ttnn")
    except importlib.metadata.PackageNotFoundError:
        return None


def _untested(version: str | None) -> str:
    tested = ", ".join(TESTED_VERSIONS)
    if version is None:
        return f"the version of this ttnn is not known, tested are {tested}"
    return f"ttnn {version} is not among the tested versions ({tested})"
