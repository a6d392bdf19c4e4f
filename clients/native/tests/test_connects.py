"""A connection to the allocation server is on record, and no other one is."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

CLONE = Path(__file__).parents[3]


@pytest.mark.parametrize("version", ["0.66.0", "0.81.1"])
def test_connections_to_the_server_alone_are_recorded(version: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": f"{CLONE / 'clients/native/python'}:{Path(__file__).parent}",
        "TT_MEMWATCH_TRACER_LIBRARY": str(CLONE / "build/native/libtt_memwatch_tracer.so"),
    }
    program = Path(__file__).parent / "programs/connects.py"
    python = CLONE / ".venv" / f"ttnn-{version}" / "bin/python"
    command = [str(python), str(program), str(tmp_path / "s.sock"), str(tmp_path / "1.2.ring")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["0", "2", "3", "3", "4"], done.stderr
