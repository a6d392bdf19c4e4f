"""What a pytest process says of itself when it greets the engine."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path

import pytest

from tt_memwatch import PROTOCOL, __version__

#: Paths that are sent, and their characters together.
PATHS_MAX = 200
CHARACTERS_MAX = 16_000


def hello(config: pytest.Config, *, clear: str, origin: str) -> dict[str, object]:
    """The first message of a process."""
    role, worker = role_of(config)
    return {
        "kind": "hello",
        "protocol": PROTOCOL,
        "plugin": __version__,
        "pid": os.getpid(),
        "worker": worker,
        "role": role,
        "python": platform.python_version(),
        "pytest": pytest.__version__,
        "ttnn": _ttnn_version(),
        "clear": clear,
        "origin": origin,
        "rootDir": str(config.rootpath),
        "junitFile": _junit_file(config) if role != "worker" else None,
    }


def role_of(config: pytest.Config) -> tuple[str, str | None]:
    """`worker` with its name, the `controller` of workers, or a `single` process."""
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        return "worker", str(worker["workerid"])
    return ("controller" if config.getoption("dist", "no") != "no" else "single"), None


def paths_of(config: pytest.Config) -> list[str] | None:
    """What pytest was asked to collect, as its command line has it; None where that is more than is sent."""
    paths = [str(path) for path in config.getoption("file_or_dir", None) or []]
    is_long = len(paths) > PATHS_MAX or sum(map(len, paths)) > CHARACTERS_MAX
    return None if is_long else paths


def _ttnn_version() -> str | None:
    try:
        return importlib.metadata.version("ttnn")
    except importlib.metadata.PackageNotFoundError:
        return None


def _junit_file(config: pytest.Config) -> str | None:
    path = config.getoption("xmlpath", None)
    return str(Path(config.invocation_params.dir, os.path.expandvars(path)).expanduser()) if path else None
