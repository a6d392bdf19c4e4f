"""Starts the tracer where the environment asks for it, as `tt-memwatch run` and `trace` do for all their processes."""

from __future__ import annotations

import os
import sys

from tt_memwatch_tracer.own_folder import make_own_folder
from tt_memwatch_tracer.server_link import is_served, socket_path
from tt_memwatch_tracer.tracer import DEFAULT_CAPACITY, start, status

MODES = ("auto", "force", "off")

MODE_VARIABLE = "TT_MEMWATCH_TRACER"
FOLDER_VARIABLE = "TT_MEMWATCH_TRACER_DIR"
STACKS_VARIABLE = "TT_MEMWATCH_TRACER_STACKS"
CAPACITY_VARIABLE = "TT_MEMWATCH_TRACER_CAPACITY"

#: Python frames of an allocation, where nobody says how many: as many as `tt-memwatch run` records.
DEFAULT_STACKS = 8


def start_from_environment() -> None:
    """Start if a folder for rings is named. A value that is no good is told on stderr, and nothing is traced."""
    folder, mode = os.environ.get(FOLDER_VARIABLE), os.environ.get(MODE_VARIABLE) or "auto"
    if folder and mode != "off":
        _start(folder, mode, default_stacks=0)


def start_for_server(mode: str) -> bool:
    """Start if an allocation server listens, which then follows this process. Gives whether it was started.

    The ring is in a folder that this process makes; numbers of frames and records are the environment's.
    """
    if mode == "off" or not is_served(socket_path()):
        return False
    try:
        return _start(make_own_folder(), mode, default_stacks=DEFAULT_STACKS)
    except OSError as error:
        print(f"tt-memwatch: nothing is traced: {error}", file=sys.stderr)
        return False


def start_for_process() -> None:
    """Start, unless that was done or the environment says `off`: the ring is for this process itself to read.

    Raises OSError where there is no room for a ring.
    """
    mode = os.environ.get(MODE_VARIABLE) or "auto"
    if mode != "off" and status().state == "off":
        _start(make_own_folder(), mode, default_stacks=DEFAULT_STACKS)


def _start(folder: str, mode: str, default_stacks: int) -> bool:
    try:
        if mode not in MODES:
            raise ValueError(f"{MODE_VARIABLE} is {mode!r}; wanted one of {', '.join(MODES)}")
        stacks, capacity = _number(STACKS_VARIABLE, default_stacks), _number(CAPACITY_VARIABLE, DEFAULT_CAPACITY)
        start(folder, stacks=stacks, capacity=capacity, force=mode == "force")
    except ValueError as error:
        print(f"tt-memwatch: nothing is traced: {error}", file=sys.stderr)
        return False
    return True


def _number(variable: str, default: int) -> int:
    text = os.environ.get(variable)
    try:
        return int(text) if text else default
    except ValueError:
        raise ValueError(f"{variable} is {text!r}; wanted a number") from None
