"""Builds the tracer, the fake library in all its forms and the driver, once for each way of looking for faults."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from python_programs import CXX, LIBRARY, sanitized, with_library
from ring_file import RingFile

HERE = Path(__file__).parent

#: What the compiler checks at run time, by name.
SANITIZERS = {
    "plain": "",
    "address": "-fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all",
    "thread": "-fsanitize=thread",
}

#: How the fake library is compiled and linked, by name.
FORMS = {
    "lazy": ("", "-Wl,-z,lazy"),
    "full-relro": ("", "-Wl,-z,relro,-z,now"),
    "symbolic": ("", "-Wl,-Bsymbolic"),
    "hidden": ('-DFAKE_API=__attribute__((visibility("hidden")))', ""),
    "missing": ("-DFAKE_RENAMED", ""),
    "throwing": ("-DFAKE_THROWING_ACCESSORS", ""),
    "without-banks": ("-DFAKE_THROWING_PLACES", ""),
}


@dataclass
class Outcome:
    """What a driver said and left."""

    status: int
    said: dict[str, str]
    ring: Path

    def read(self, suffix: str = "") -> RingFile:
        return RingFile(Path(f"{self.ring}{suffix}"))


@dataclass
class Bench:
    """One set of builds, and a folder for the rings."""

    folder: Path
    rings: Path
    sanitizer: str

    def run(self, scenario: str, form: str = "lazy", environment: dict[str, str] | None = None) -> Outcome:
        ring = self.rings / "1.2.ring"
        command = [
            self.folder / "driver",
            scenario,
            self.folder / form / "libtt_metal.so",
            self.folder / "tracer.so",
            ring,
            self.folder / "second-tracer.so",
        ]
        # Leaks are the scenarios' own, and a second runtime of the sanitizer is of no interest.
        options = {"ASAN_OPTIONS": "detect_leaks=0:handle_segv=0", "TSAN_OPTIONS": "halt_on_error=1:handle_segv=0"}
        done = subprocess.run(
            list(map(str, command)),
            env={**os.environ, **options, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert "Sanitizer" not in done.stderr, done.stderr
        assert done.returncode != 9, done.stderr
        said = dict(line.split("=", 1) for line in done.stdout.splitlines())
        return Outcome(done.returncode, said, ring)


def _compile(output: Path, sources: list[Path], flags: str) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    command = [CXX, "-std=c++17", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-o", str(output), *map(str, sources)]
    subprocess.run([*command, *flags.split(), "-ldl", "-pthread"], check=True)


def _build(folder: Path, tracer: Path, flags: str) -> None:
    shutil.copy(tracer, folder / "tracer.so")
    # Another file is another library to the loader.
    shutil.copy(tracer, folder / "second-tracer.so")
    _compile(folder / "driver", [HERE / "fake/driver.cpp"], flags)
    # Forms that differ in how they are linked are compiled once.
    objects: dict[str, list[Path]] = {}
    for name, (compiled, linked) in FORMS.items():
        if compiled not in objects:
            objects[compiled] = _objects(folder / name, f"-fPIC {compiled} {flags}")
        _compile(folder / name / "libtt_metal.so", objects[compiled], f"-shared {linked} {flags}")


def _objects(folder: Path, flags: str) -> list[Path]:
    """The sources of the fake library, compiled into this folder."""
    objects = [folder / f"{source}.o" for source in ("allocator", "calls")]
    for output in objects:
        _compile(output, [HERE / f"fake/{output.stem}.cpp"], f"-c {flags}")
    return objects


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Callable[..., Path]:
    """Gives the folder of this name, and builds into it before: once for all workers of xdist, which wait for that."""
    own = tmp_path_factory.getbasetemp()

    def folder_of(name: str, build: Callable[[Path], None]) -> Path:
        folder = (own if worker_id == "master" else own.parent) / name
        folder.mkdir(exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "done").exists():
                build(folder)
                (folder / "done").touch()
        return folder

    return folder_of


@pytest.fixture(scope="session")
def tracer_of(built_once: Callable[..., Path]) -> Callable[[str], Path]:
    """Gives the tracer's library, built with the checks of this name: that takes the compiler up to 20 s."""

    def tracer(sanitizer: str) -> Path:
        if sanitizer == "plain":
            subprocess.run([HERE.parent / "build.sh"], check=True)
            return LIBRARY

        def build(folder: Path) -> None:
            # Optimized together, what two copies of the library have of their own is one thing to the sanitizer.
            environment = {**os.environ, "CXXFLAGS": f"-g -fno-lto {SANITIZERS[sanitizer]}"}
            subprocess.run([HERE.parent / "build.sh", folder / "tracer.so"], env=environment, check=True)

        return built_once(f"tracer-{sanitizer}", build) / "tracer.so"

    return tracer


@pytest.fixture(scope="module", params=["plain", "address"])
def environment(request: pytest.FixtureRequest, tracer_of: Callable[[str], Path]) -> dict[str, str]:
    """What a program of Python's is started with, for the library without a sanitizer and with one."""
    found = with_library(tracer_of(request.param))
    return found if request.param == "plain" else {**found, **sanitized()}


@pytest.fixture(scope="session", params=SANITIZERS)
def builds(
    request: pytest.FixtureRequest, built_once: Callable[..., Path], tracer_of: Callable[[str], Path]
) -> tuple[Path, str]:
    def build(folder: Path) -> None:
        _build(folder, tracer_of(request.param), SANITIZERS[request.param])

    return built_once(f"builds-{request.param}", build), request.param


@pytest.fixture
def bench(builds: tuple[Path, str], tmp_path: Path) -> Bench:
    return Bench(builds[0], tmp_path, builds[1])
