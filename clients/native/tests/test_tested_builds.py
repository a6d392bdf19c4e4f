"""Which builds of ttnn a self-test found right: the linker's number of a library, and the file that has them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PYTHON = Path(__file__).parents[1] / "python"
LIBRARY = "libtt_metal.so"
NUMBER = "0123456789abcdef0123456789abcdef01234567"

LOADED = """
import ctypes, sys
ctypes.CDLL(sys.argv[1])
from tt_memwatch_tracer.tested_builds import is_remembered
print(is_remembered())
"""


def ask(program: str, *arguments: str, **environment: str) -> tuple[str, str]:
    """What a Python prints on either stream."""
    variables = {**os.environ, "PYTHONPATH": str(PYTHON), **environment}
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    return done.stdout.strip(), done.stderr.strip()


def build_id(path: Path) -> str:
    program = "import sys; from tt_memwatch_tracer.build_id import build_id; print(build_id(sys.argv[1]))"
    return ask(program, str(path))[0]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / LIBRARY
    source = "int ttmw_nothing;"
    command = ["gcc", "-shared", f"-Wl,--build-id=0x{NUMBER}", "-x", "c", "-", "-o", str(path)]
    subprocess.run(command, input=source, text=True, check=True)
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data" / "tt-memwatch").mkdir(parents=True)
    return tmp_path / "data" / "tt-memwatch" / "tested-builds.json"


def write(data: Path, **changes: str) -> None:
    build = {"build": f"gnu:{NUMBER}", "ttnn": "0.99.0", "tracer": "0.1.0", "testedAt": "", **changes}
    data.write_text(json.dumps({"schema": "urn:tt-memwatch:tested-builds:1", "builds": [build]}))


def remembered(library: Path, data: Path) -> tuple[str, str]:
    return ask(LOADED, str(library), XDG_DATA_HOME=str(data.parents[1]))


def test_a_build_is_known_by_the_linkers_number(library: Path) -> None:
    assert build_id(library) == f"gnu:{NUMBER}"


@pytest.mark.parametrize("content", [b"", b"\x7fELF\x02\x01 cut short", b"no library", b"\x7fELF\x01\x01" + bytes(99)])
def test_a_file_without_a_number_is_known_by_its_hash(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert build_id(path) == f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_a_file_that_is_not_there_is_not_known(tmp_path: Path) -> None:
    assert build_id(tmp_path / "none") == "None"


def test_a_build_is_remembered_for_the_tracer_that_it_was_tested_with(library: Path, data: Path) -> None:
    assert remembered(library, data) == ("False", "")
    write(data)
    assert remembered(library, data) == ("True", "")
    write(data, tracer="0.0.9")
    assert remembered(library, data) == ("False", "")
    write(data, build="gnu:00")
    assert remembered(library, data) == ("False", "")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "other", "builds": []}', '{"schema": 1, "builds": {}}'])
def test_another_file_counts_for_nothing_and_is_told(library: Path, data: Path, text: str) -> None:
    data.write_text(text)
    answer, said = remembered(library, data)
    assert answer == "False"
    assert said.startswith(f"tt-memwatch: {data} is ignored (")


def test_a_pipe_in_its_place_does_not_keep_anybody_waiting(library: Path, data: Path) -> None:
    os.mkfifo(data)
    answer, said = remembered(library, data)
    assert (answer, "wanted a regular file" in said) == ("False", True)
