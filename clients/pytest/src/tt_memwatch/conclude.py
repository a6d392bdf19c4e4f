"""The end of a test: what is still there once garbage, the failure and the program cache are gone."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import Any

from tt_memwatch.board import Board
from tt_memwatch.cleanup import logger, request_dump
from tt_memwatch.devices import MeshDevice
from tt_memwatch.held_by_pytest import drop_failures, drop_log_arguments, drop_unittest_tensors
from tt_memwatch.in_progress import TestInProgress


def conclude_always(board: Board, test: TestInProgress, devices: Sequence[MeshDevice], goes_on: bool) -> None:
    """The earlier system's sequence, with its words and without its wait."""
    log = logger()
    log.info("CLEANUP: Starting post-test cleanup...")
    log.info("CLEANUP: Running garbage collection...")
    _collect(board, test, devices, goes_on)
    release_failures(board, test, devices)
    log.info("CLEANUP: Clearing program cache...")
    board.clear_caches(devices, goes_on)
    log.info("✓ Program cache cleared")
    gc.collect()
    board.look(devices, "after-clear")
    _ask_for_dump(log, board.engine.connected)
    log.info("✓ Post-test cleanup complete")


def conclude_on_growth(
    board: Board, test: TestInProgress, devices: Sequence[MeshDevice], goes_on: bool, clears: bool
) -> None:
    """Look first, and do the rest only for what grew: a test that leaves nothing pays one look.

    Nothing is collected after clearing: the cache's entries are no Python objects and refer to none.
    """
    board.look(devices, "after")
    if not board.has_grown(devices):
        return
    _collect(board, test, devices, goes_on)
    release_failures(board, test, devices)
    if clears and board.has_grown(devices):
        board.clear_caches(devices, goes_on)
        board.look(devices, "after-clear")


def conclude_wider(board: Board, devices: Sequence[MeshDevice], clears: bool) -> None:
    """A device of a wider fixture is about to be closed, and all fixtures that used it are over."""
    if board.is_holding(devices):
        gc.collect()
    board.look(devices, "close")
    if clears and board.is_holding(devices):
        board.clear_caches(devices, goes_on=False)
        gc.collect()
        board.look(devices, "after-clear")


def _ask_for_dump(log: Any, has_engine: bool) -> None:
    """The engine reads the result from what it was sent; the allocation server has to be asked."""
    log.info("CLEANUP: Requesting buffer dump from allocation server...")
    try:
        request_dump()
    except OSError as error:
        if not has_engine:
            log.warning(f"Could not request buffer dump: {error}")
            return
    log.info("✓ Buffer dump requested (check allocation server output)")


def release_failures(board: Board, test: TestInProgress, devices: Sequence[MeshDevice]) -> None:
    """Drop what keeps a failed test's tensors alive, and see what goes with it."""
    if not test.failures or not board.has_grown(devices):
        return
    drop_failures(test.item, test.failures)
    test.failures.clear()
    gc.collect()
    board.look(devices, "after-release")


def _collect(board: Board, test: TestInProgress, devices: Sequence[MeshDevice], goes_on: bool) -> None:
    """Collect garbage; where blocks are left, once more without what pytest holds, and for what finalizers let go."""
    found = gc.collect()
    board.look(devices, "after-collect")
    if not board.has_grown(devices):
        return
    dropped = drop_log_arguments(test.item)
    if not goes_on:
        dropped += drop_unittest_tensors(test.item)
    if found + dropped > 0:
        gc.collect()
        board.look(devices, "after-collect")
