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


@pytest.mark.parametrize(("hooks", "told"), [("allow", ["0", "1", "2"]), ("refuse", ["0", "1", "0"])])
def test_python_is_asked_to_tell_of_connections_only_once_a_server_is_there(
    hooks: str, told: list[str], tmp_path: Path
) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": f"{CLONE / 'clients/native/python'}:{Path(__file__).parent}",
        "TT_MEMWATCH_TRACER_LIBRARY": str(CLONE / "build/native/libtt_memwatch_tracer.so"),
        "TT_MEMWATCH_TRACER_DIR": str(tmp_path),
        "TT_MEMWATCH_SERVER_SOCKET": str(tmp_path / "s.sock"),
    }
    program = Path(__file__).parent / "programs/audits.py"
    python = CLONE / ".venv/ttnn-0.81.1/bin/python"
    command = [CLONE / "bin/tt-memwatch", "mock", "--", python, program, tmp_path / "s.sock", hooks]
    done = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1].split() == ["told", *told], done.stderr
