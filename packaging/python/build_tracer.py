"""Builds the tracer while a wheel is built; without it, the wheel says why, and everything else works."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LIBRARY = "libtt_memwatch_tracer.so"
NOT_BUILT = "not-built.txt"

#: Where the wheel has the library: beside its module, and in the engine's tree. The reason goes to the modules.
LIBRARY_PLACES = ("tt_memwatch_tracer", "pytest_tt_memwatch/tree/build/native")
MODULE_PLACES = ("tt_memwatch_tracer", "pytest_tt_memwatch/tree/clients/native/python/tt_memwatch_tracer")

#: Names a library that was built before, for a wheel that others install: with no symbol of glibc newer than this.
BUILT_VARIABLE = "TT_MEMWATCH_BUILT_TRACER"
GLIBC = "2_34"

MACHINES = ("x86_64", "aarch64")


class TracerBuildHook(BuildHookInterface[Any]):
    """Adds the library to a wheel, which is then for one platform and any Python 3."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        self._made = Path(tempfile.mkdtemp(prefix="tt-memwatch-"))
        built = os.environ.get(BUILT_VARIABLE)
        library = Path(built) if built else self._made / LIBRARY
        reason = "" if built else build(Path(self.root) / "native/build.sh", library)
        if reason:
            self.app.display_warning(f"The tracer is left out: {reason}")
            note = self._made / NOT_BUILT
            note.write_text(reason, encoding="utf-8")
            self._add(build_data, note, MODULE_PLACES)
            return
        self._add(build_data, library, LIBRARY_PLACES)
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{f'manylinux_{GLIBC}' if built else 'linux'}_{platform.machine()}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if self.target_name == "wheel":
            shutil.rmtree(self._made)

    def _add(self, build_data: dict[str, Any], file: Path, places: tuple[str, ...]) -> None:
        for place in places:
            build_data["force_include"][str(file)] = f"{place}/{file.name}"
            file = self._copy(file, place)

    def _copy(self, file: Path, place: str) -> Path:
        """A file is included once, so each further place needs a file of its own."""
        copy = self._made / "copies" / place / file.name
        copy.parent.mkdir(parents=True)
        shutil.copy(file, copy)
        return copy


def build(script: Path, library: Path) -> str:
    """Compile the library; gives why that cannot be done, or the empty string."""
    if sys.platform != "linux" or platform.machine() not in MACHINES:
        return f"it works on Linux on {' and '.join(MACHINES)}, and this is {sys.platform} on {platform.machine()}"
    compiler = os.environ.get("CXX") or "c++"
    if shutil.which(compiler.split()[0]) is None:
        return "there was no C++ compiler when it was installed"
    done = subprocess.run(["sh", str(script), str(library)], capture_output=True, text=True, errors="replace")
    if done.returncode == 0:
        return ""
    said = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr.strip()[-200:])
    return f"{compiler} could not compile it when it was installed ({said})"
