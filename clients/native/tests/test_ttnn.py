"""The tracer on real ttnn: its live set is the allocator's own list, whatever a program does.

TT_MEMWATCH_TEST_STEPS makes the programs longer: 3,000 steps are 1,000 comparisons and more in each of them.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

CLONE = Path(__file__).parents[3]
NATIVE = CLONE / "clients/native"
PROGRAM = Path(__file__).parent / "programs/random_program.py"
STEPS = os.environ.get("TT_MEMWATCH_TEST_STEPS", "900")
VERSIONS = ["0.66.0", "0.81.1"]


def run(version: str, folder: Path, *arguments: str, device: str = "n150", slow: bool = False) -> dict:
    environment = {
        **os.environ,
        "PYTHONPATH": f"{NATIVE / 'python'}:{Path(__file__).parent}",
        "TT_MEMWATCH_TRACER_DIR": str(folder),
        "TT_MEMWATCH_TRACER_STACKS": "8",
        "TT_MEMWATCH_TRACER_LIBRARY": str(CLONE / "build/native/libtt_memwatch_tracer.so"),
        **({"TT_METAL_SLOW_DISPATCH_MODE": "1"} if slow else {}),
    }
    python = CLONE / ".venv" / f"ttnn-{version}" / "bin/python"
    command = [CLONE / "bin/tt-memwatch", "mock", "--device", device, "--", python, PROGRAM, *arguments]
    done = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("slow", [False, True], ids=["fast-dispatch", "slow-dispatch"])
@pytest.mark.parametrize("version", VERSIONS)
def test_the_live_set_is_the_allocators_list(version: str, slow: bool, tmp_path: Path) -> None:
    done = run(version, tmp_path, "1", STEPS, slow=slow)
    assert done["checks"] > int(STEPS) / 3
    assert done["most"] > 20
    assert done["kinds"]["allocate-failed"] >= done["out_of_memory"] > 0


@pytest.mark.parametrize("version", VERSIONS)
def test_a_mesh_and_its_parts_are_told_apart(version: str, tmp_path: Path) -> None:
    done = run(version, tmp_path, "1", STEPS, "mesh", device="n150x2")
    assert done["checks"] > int(STEPS) / 9


@pytest.mark.parametrize("version", VERSIONS)
def test_the_allocators_own_sizes_are_known_on_another_architecture(version: str, tmp_path: Path) -> None:
    assert run(version, tmp_path, "2", "150", device="p150")["checks"] > 50
