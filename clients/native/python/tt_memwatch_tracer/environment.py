"""Starts the tracer where the environment asks for it, as `tt-memwatch run` and `trace` do for all their processes."""

from __future__ import annotations

import functools
import os
import sys
from typing import NamedTuple

from tt_memwatch_tracer.own_folder import make_own_folder
from tt_memwatch_tracer.server_link import is_served, socket_path
from tt_memwatch_tracer.tracer import DEFAULT_CAPACITY, STACK_FRAMES_MAX, start, status

MODES = ("auto", "force", "off")

MODE_VARIABLE = "TT_MEMWATCH_TRACER"
FOLDER_VARIABLE = "TT_MEMWATCH_TRACER_DIR"
STACKS_VARIABLE = "TT_MEMWATCH_TRACER_STACKS"
CAPACITY_VARIABLE = "TT_MEMWATCH_TRACER_CAPACITY"

#: Python frames of an allocation, where nobody says how many: as many as `tt-memwatch run` records.
DEFAULT_STACKS = 8


#: Longest number that is read.
_DIGITS = 9

#: A ring of so many records takes 1.5 GB.
CAPACITY_MAX = 16_777_216


class Asked(NamedTuple):
    """What the environment asks for."""

    stacks: int
    capacity: int
    is_forced: bool


def start_from_environment() -> None:
    """Start if a folder for rings is named. A value that is no good is reported on stderr, and nothing is traced."""
    folder, mode = os.environ.get(FOLDER_VARIABLE), os.environ.get(MODE_VARIABLE) or "auto"
    asked = _asked(mode, default_stacks=0) if folder and mode != "off" else None
    if folder and asked is not None:
        _start(folder, asked)


def start_for_server(mode: str) -> bool:
    """Start if an allocation server listens, which then follows this process. Gives whether it was started.

    The ring is in a folder that this process makes; numbers of frames and records are the environment's.
    """
    if mode == "off" or not is_served(socket_path()):
        return False
    asked = _asked(mode, DEFAULT_STACKS)
    if asked is None:
        return False
    try:
        _start(make_own_folder(), asked)
    except OSError as error:
        print(f"tt-memwatch: nothing is traced: {error}", file=sys.stderr)
        return False
    return True


def start_for_process() -> None:
    """Start, unless that was done or the environment says `off`: the ring is for this process itself to read.

    Raises OSError where there is no room for a ring.
    """
    mode = os.environ.get(MODE_VARIABLE) or "auto"
    asked = _asked(mode, DEFAULT_STACKS) if mode != "off" and status().state == "off" else None
    if asked is not None:
        _start(make_own_folder(), asked)


def _start(folder: str, asked: Asked) -> None:
    start(folder, stacks=asked.stacks, capacity=asked.capacity, force=asked.is_forced)


@functools.cache
def _asked(mode: str, default_stacks: int) -> Asked | None:
    """None where a value is no good, which is reported once in a process, however often a block of code asks."""
    try:
        if mode not in MODES:
            raise ValueError(f"{MODE_VARIABLE} is {mode!r}; wanted one of {', '.join(MODES)}")
        return Asked(
            _number(STACKS_VARIABLE, default_stacks, range(STACK_FRAMES_MAX + 1)),
            _number(CAPACITY_VARIABLE, DEFAULT_CAPACITY, range(1, CAPACITY_MAX + 1)),
            mode == "force",
        )
    except ValueError as error:
        print(f"tt-memwatch: nothing is traced: {error}", file=sys.stderr)
        return None


def _number(variable: str, default: int, allowed: range) -> int:
    text = os.environ.get(variable)
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS and int(text) in allowed):
        raise ValueError(f"{variable} is {text!r}; wanted a number from {allowed[0]} to {allowed[-1]}")
    return int(text)
