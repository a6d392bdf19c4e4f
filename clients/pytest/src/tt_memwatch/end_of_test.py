"""The end of a test: what is still there once garbage, the failure and the program cache are gone."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tt_memwatch.devices.measured_devices import MeasuredDevices
from tt_memwatch.devices.mesh_device import MeshDevice
from tt_memwatch.earlier_system import request_dump
from tt_memwatch.holders.failed_frames import empty_frames
from tt_memwatch.holders.held_by_pytest import buffers_failures_keep, buffers_pytest_keeps, failures_in_teardown
from tt_memwatch.holders.tensors import buffer_of
from tt_memwatch.log import logger
from tt_memwatch.running_test import TestInProgress

#: Generations of the collector that hold what a short test made, and all of them.
_YOUNG = 1
_ALL = 2


def conclude_always(
    measured: MeasuredDevices, test: TestInProgress, devices: Sequence[MeshDevice], goes_on: bool
) -> None:
    """The earlier system's sequence, with its words and without its wait."""
    log = logger()
    log.info("CLEANUP: Starting post-test cleanup...")
    log.info("CLEANUP: Running garbage collection...")
    if measured.is_waiting(devices):
        # What this test freed of an earlier one's is kept apart from what the collection frees.
        measured.look(devices, "after")
    _collect_young(measured, devices)
    set_aside(measured, test, devices, measured.has_grown)
    log.info("CLEANUP: Clearing program cache...")
    measured.clear_caches(devices, goes_on)
    log.info("✓ Program cache cleared")
    measured.look_again(devices, "after-clear")
    _ask_for_dump(log, measured.engine.connected)
    log.info("✓ Post-test cleanup complete")


def conclude_on_growth(
    measured: MeasuredDevices, test: TestInProgress, devices: Sequence[MeshDevice], goes_on: bool, clears: bool
) -> None:
    """Look first, and do the rest only for what grew: a test that leaves nothing pays one look.

    Nothing is collected after clearing: the cache's entries are no Python objects and refer to none.
    """
    measured.look_again(devices, "after")
    if not measured.has_grown(devices):
        return
    _collect_young(measured, devices)
    set_aside(measured, test, devices, measured.has_grown)
    if clears and measured.has_grown(devices):
        measured.clear_caches(devices, goes_on)
        measured.look(devices, "after-clear")


def conclude_wider(
    measured: MeasuredDevices, test: TestInProgress, devices: Sequence[MeshDevice], clears: bool
) -> None:
    """A device of a wider fixture is about to be closed, and all fixtures that used it are over.

    Garbage is collected once more where finalizers may have let go of something, and where frames were emptied: what
    those held is old by then.
    """
    found = gc.collect() if measured.is_holding(devices) else 0
    measured.look(devices, "close")
    set_aside(measured, test, devices, measured.is_holding, _ALL)
    if clears and measured.is_holding(devices):
        measured.clear_caches(devices, goes_on=False)
        if found > 0:
            gc.collect()
        measured.look(devices, "after-clear")


def set_aside(
    measured: MeasuredDevices,
    test: TestInProgress,
    devices: Sequence[MeshDevice],
    has_left: Callable[[Sequence[MeshDevice]], bool],
    generation: int = _YOUNG,
) -> None:
    """Tell apart what only a failure holds, or pytest until the test is over: neither was left behind.

    Frames of a failure that was reported are emptied: a report shows their arguments. All else is the suite's to see:
    it is found by looking, and stays. Nothing is looked for where nothing is left on the devices. `generation`: the
    oldest that is collected for what those frames held.
    """
    if not has_left(devices):
        return
    if test.failures and empty_frames(test.failures):
        gc.collect(generation)
        measured.look(devices, "after-release")
        if not has_left(devices):
            return
    failures = [*test.failures, *failures_in_teardown()]
    if failures:
        keep(measured, devices, buffers_failures_keep(failures), "failure")
    keep(measured, devices, buffers_pytest_keeps(test.item, test.ended_fixtures), "pytest")


def keep(measured: MeasuredDevices, devices: Sequence[MeshDevice], values: Iterable[Any], by: str) -> None:
    """Note that the blocks of these objects go with what holds them: `failure`, `pytest` or the running `test`.

    They are tensors, global semaphores and global circular buffers.
    """
    found = list(values)
    tensor_type = sys.modules["ttnn"].Tensor if found else None
    for part in measured.parts(devices):
        allocator = measured.allocators[part.id()]
        tensors = [value for value in found if type(value) is tensor_type]
        buffers = {buffer_of(tensor, part.id(), allocator.holds, measured.outlived) for tensor in tensors} - {None}
        buffers |= measured.cpp_holders.buffers_of(allocator, {id(value) for value in found})
        for block in [allocator.block_at(buffer) for buffer in buffers if buffer and allocator.holds(buffer)]:
            allocator.kept.add(block)
            measured.engine.queue_kept(part.id(), block, by)


def _ask_for_dump(log: Any, has_engine: bool) -> None:
    """Have the allocation server print what remains. Without one, an engine reports it, and then nothing is missing."""
    log.info("CLEANUP: Requesting buffer dump from allocation server...")
    try:
        request_dump()
    except OSError as error:
        if not has_engine:
            log.warning(f"Could not request buffer dump: {error}")
        return
    log.info("✓ Buffer dump requested (check allocation server output)")


def _collect_young(measured: MeasuredDevices, devices: Sequence[MeshDevice]) -> None:
    """Collect what was allocated of late, which takes no longer in a process with a million objects.

    Garbage that is older than that waits for the search.
    """
    gc.collect(_YOUNG)
    measured.look_again(devices, "after-collect")
