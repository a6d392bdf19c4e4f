"""Recorded stacks are those that Python shows, whatever its frames do; where frames lie is proved, or not used.

TT_MEMWATCH_TEST_PYTHONS names more interpreters, between colons: 3.11 and 3.13 have layouts of their own.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from python_programs import CXX, sanitized

HERE = Path(__file__).parent
SOURCES = HERE.parent / "src"
CLONE = HERE.parents[2]
PROGRAM = HERE / "programs" / "frames.py"
PYTHONS = [
    *sorted((CLONE / ".venv").glob("ttnn-*/bin/python")),
    *(Path(path) for path in os.environ.get("TT_MEMWATCH_TEST_PYTHONS", "").split(":") if path),
]

SCENARIOS = (
    *("in_functions_of_all_kinds", "in_finalizers_and_collections", "in_code_that_ends", "in_threads"),
    *("under_trace_and_profile_functions", "beside_subinterpreters", "in_a_forked_child", "in_greenlets"),
)

#: Which number of a layout is made wrong, in the order of its fields behind the version.
FIELDS = ("holder", "current", "previous", "code", "at", "owner", "first_traceable", "instructions")


def run(python: Path, library: Path, fake: Path, folder: Path, *arguments: str, **environment: str) -> str:
    paths = [str(HERE.parent / "python"), str(HERE), os.environ.get("PYTHONPATH", "")]
    command = [python, "-X", "faulthandler", PROGRAM, arguments[0], folder / "1.2.ring", fake, *arguments[1:]]
    done = subprocess.run(
        list(map(str, command)),
        env={
            **os.environ,
            "PYTHONPATH": ":".join(filter(None, paths)),
            "TT_MEMWATCH_TRACER_LIBRARY": str(library),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    if "No module named 'greenlet'" in done.stderr:
        pytest.skip("greenlet is not installed")
    return done.stdout if done.stdout == "right\n" else done.stdout + done.stderr[-3000:]


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("fake") / "libtt_metal.so"
    sources = [HERE / "fake/allocator.cpp", HERE / "fake/calls.cpp"]
    subprocess.run([CXX, "-std=c++17", "-fPIC", "-shared", "-Wl,-z,lazy", "-o", library, *sources], check=True)
    return library


@pytest.fixture(scope="module", params=["plain", "address"])
def build(request: pytest.FixtureRequest, tracer_of: Callable[[str], Path]) -> tuple[Path, dict[str, str]]:
    """The library, and what a program has to be started with for it."""
    library = tracer_of(request.param)
    if request.param == "plain":
        return library, {}
    return library, sanitized()


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: path.parts[-3])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_recorded_stacks_are_those_that_python_shows(
    build: tuple[Path, dict[str, str]], fake: Path, tmp_path: Path, python: Path, scenario: str
) -> None:
    library, environment = build
    assert run(python, library, fake, tmp_path, scenario, **environment) == "right\n"


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: path.parts[-3])
@pytest.mark.parametrize("scenario", ["in_functions_of_all_kinds", "in_finalizers_and_collections"])
def test_they_are_the_same_by_pythons_own_functions(
    build: tuple[Path, dict[str, str]], fake: Path, tmp_path: Path, python: Path, scenario: str
) -> None:
    library, environment = build
    assert run(python, library, fake, tmp_path, scenario, "objects", **environment) == "right\n"


def _with_wrong(field: str, text: str) -> str:
    """The source with the field of every layout that has it somewhere else."""
    number = FIELDS.index(field)

    def change(layout: re.Match[str]) -> str:
        values = layout[2].split(", ")
        if values[number] != "kNone":
            values[number] = str(int(values[number]) + 16)
        return f"{layout[1]}{', '.join(values)}}}"

    changed = re.sub(r'(\{"3\.\d+\.", )([^}]+)\}', change, text)
    assert changed != text
    return changed


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """All of the library that knows of no layout, compiled once."""
    folder = tmp_path_factory.mktemp("objects")
    sources = [str(source) for source in SOURCES.glob("*.cpp") if source.name != "frames.cpp"]
    command = [CXX, "-std=c++17", "-O1", "-fPIC", "-fvisibility=hidden", "-c", *sources]
    subprocess.run(command, cwd=folder, check=True)
    return [str(path) for path in folder.glob("*.o")]


#: Before 3.11 frames have no owner.
NEWEST = next(path for path in reversed(PYTHONS) if path.parts[-3] != "ttnn-0.66.0")


@pytest.mark.parametrize("field", FIELDS)
def test_a_layout_that_is_wrong_is_noticed_and_not_used(
    objects: list[str], fake: Path, tmp_path: Path, field: str
) -> None:
    source, library = tmp_path / "frames.cpp", tmp_path / "tracer.so"
    source.write_text(_with_wrong(field, (SOURCES / "frames.cpp").read_text()))
    command = [CXX, "-std=c++17", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", "-I", str(SOURCES)]
    subprocess.run([*command, "-o", library, source, *objects, "-ldl", "-pthread"], check=True)
    for scenario in ("in_functions_of_all_kinds", "in_threads"):
        (tmp_path / scenario).mkdir()
        assert run(NEWEST, library, fake, tmp_path / scenario, scenario, "wrong-layout") == "right\n"
