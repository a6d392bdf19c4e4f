"""Starts the tracer where the environment asks for it, as `tt-memwatch run` and `trace` do for all their processes."""

from __future__ import annotations

import os
import sys

from tt_memwatch_tracer.tracer import DEFAULT_CAPACITY, start

MODES = ("auto", "force", "off")

MODE_VARIABLE = "TT_MEMWATCH_TRACER"
FOLDER_VARIABLE = "TT_MEMWATCH_TRACER_DIR"
STACKS_VARIABLE = "TT_MEMWATCH_TRACER_STACKS"
CAPACITY_VARIABLE = "TT_MEMWATCH_TRACER_CAPACITY"


def start_from_environment() -> None:
    """Start if a folder for rings is named. A value that is no good is told on stderr, and nothing is traced."""
    folder, mode = os.environ.get(FOLDER_VARIABLE), os.environ.get(MODE_VARIABLE) or "auto"
    if not folder or mode == "off":
        return
    try:
        if mode not in MODES:
            raise ValueError(f"{MODE_VARIABLE} is {mode!r}; wanted one of {', '.join(MODES)}")
        stacks, capacity = _number(STACKS_VARIABLE, 0), _number(CAPACITY_VARIABLE, DEFAULT_CAPACITY)
        start(folder, stacks=stacks, capacity=capacity, force=mode == "force")
    except ValueError as error:
        print(f"tt-memwatch: nothing is traced: {error}", file=sys.stderr)


def _number(variable: str, default: int) -> int:
    text = os.environ.get(variable)
    try:
        return int(text) if text else default
    except ValueError:
        raise ValueError(f"{variable} is {text!r}; wanted a number") from None
