"""The wheel that users without a clone install: built from the source distribution, and at work on real ttnn."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

NATIVE = Path(__file__).parents[1]
CLONE = NATIVE.parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpacked. Built from the source distribution, as an installer without a fitting wheel does."""
    folder = tmp_path_factory.mktemp("package")
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(folder), "-t"]
    subprocess.run([*build, "sdist"], cwd=NATIVE, check=True, capture_output=True)
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    subprocess.run([*build, "wheel"], cwd=folder / sdist.name.removesuffix(".tar.gz"), check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    assert re.fullmatch(r"tt_memwatch_tracer-[\d.]+-py3-none-manylinux_2_34_x86_64\.whl", built.name)
    zipfile.ZipFile(built).extractall(folder / "unpacked")
    return folder / "unpacked"


def test_the_library_needs_no_newer_glibc_than_its_tag_says(wheel: Path) -> None:
    library = wheel / "tt_memwatch_tracer/libtt_memwatch_tracer.so"
    symbols = subprocess.run(["objdump", "-T", str(library)], check=True, capture_output=True, text=True).stdout
    needed = {tuple(map(int, version.split("."))) for version in re.findall(r"GLIBC_([\d.]+)", symbols)}
    assert needed and max(needed) <= (2, 34), max(needed)


def test_only_the_interface_is_exported(wheel: Path) -> None:
    library = wheel / "tt_memwatch_tracer/libtt_memwatch_tracer.so"
    shown = subprocess.run(
        ["nm", "-D", "--defined-only", str(library)], check=True, capture_output=True, text=True
    ).stdout
    functions = [line.split()[2] for line in shown.splitlines() if line.split()[1] == "T"]
    assert functions and all(name.startswith("ttmw_") for name in functions), functions


def test_it_traces_from_where_it_was_installed(wheel: Path, tmp_path: Path) -> None:
    program = (
        "import sys, tt_memwatch_tracer as t; t.start(sys.argv[1], stacks=4); import ttnn\n"
        "d = ttnn.open_device(device_id=0)\n"
        "a = ttnn.zeros((1, 1, 32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=d)\n"
        "assert t.status().state == 'live' and t.head() > 0, t.status()\n"
        "ttnn.close_device(d)\n"
    )
    python = CLONE / ".venv/ttnn-0.81.1/bin/python"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TT_MEMWATCH")}
    command = [CLONE / "bin/tt-memwatch", "mock", "--", python, "-c", program, tmp_path]
    done = subprocess.run(
        list(map(str, command)), env={**environment, "PYTHONPATH": str(wheel)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("*.ring"))) == 1
