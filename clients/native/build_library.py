"""Compiles the tracer while a wheel is built."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LIBRARY = "libtt_memwatch_tracer.so"

#: The library uses no symbol of glibc newer than this, as the wheels of ttnn themselves.
GLIBC = "2_34"


class TracerBuildHook(BuildHookInterface[Any]):
    """Adds the library to a wheel, which is then for one platform and any Python 3."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        output = Path(self.directory) / LIBRARY
        subprocess.run([str(Path(self.root) / "build.sh"), str(output)], check=True)
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-manylinux_{GLIBC}_{platform.machine()}"
        build_data["force_include"][str(output)] = f"tt_memwatch_tracer/{LIBRARY}"
