"""Makes the ttnn that is about to be imported run on a mock device, or refuses one that cannot."""

import hashlib
import os
import re
import shlex
import shutil
import sys
import tempfile
from importlib import metadata
from importlib.machinery import ModuleSpec
from typing import NamedTuple, Optional, Tuple

_CLIENT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STAND_IN = os.path.join(_CLIENT, "stand_in_compiler.py")
VERSION = "riscv-tt-elf-g++ (stand-in of tt-memwatch, compiles nothing) 15.1.0"

Release = Tuple[int, int]

# What was measured with the stock wheels.
OLDEST_TRIED: Release = (0, 66)
CRASHING: Release = (0, 67)
FIRST_WITH_STAND_IN: Release = (0, 70)  # from here on ttnn looks for its compiler even on a mock device
FIRST_WITH_FAST_DISPATCH: Release = (0, 75)
NEWEST_TRIED: Release = (0, 81)
WORKING = "0.66.0, or 0.75.0 to 0.81.1"


class Ttnn(NamedTuple):
    """An installed ttnn: its version as its metadata has it, and its package folder."""

    version: str
    release: Release
    folder: str


def prepare(spec: Optional[ModuleSpec]) -> None:
    """Sets the environment for the ttnn that `spec` found; raises ImportError for one that cannot run."""
    ttnn = _installed(spec)
    if ttnn is None:
        return
    reason = refusal(ttnn, is_slow_dispatch())
    if reason is not None:
        _note("refused", reason)
        raise ImportError(reason)
    if not OLDEST_TRIED <= ttnn.release <= NEWEST_TRIED:
        _note("warnings", f"ttnn {ttnn.version} was never tried on a mock device; known to work: {WORKING}")
    cache = os.path.join(os.environ["TT_MEMWATCH_MOCK_CACHE"], "ttnn-" + ttnn.version)
    compiler = _compiler() if ttnn.release >= FIRST_WITH_STAND_IN else None
    root = runtime_root(ttnn.folder, compiler, cache)
    os.environ["TT_METAL_RUNTIME_ROOT"] = root
    os.environ["TT_METAL_CACHE"] = _kernel_cache(root)


def is_slow_dispatch() -> bool:
    """As ttnn decides it: the variable counts whatever its value, also an empty one or 0."""
    return "TT_METAL_SLOW_DISPATCH_MODE" in os.environ


def refusal(ttnn: Ttnn, is_slow: bool) -> Optional[str]:
    """Why this ttnn cannot run on a mock device, in one line; None if it can."""
    if ttnn.release == CRASHING:
        return f"ttnn {ttnn.version} crashes on a mock device; install one that works: {WORKING}"
    if CRASHING < ttnn.release < FIRST_WITH_FAST_DISPATCH and not is_slow:
        return (
            f"ttnn {ttnn.version} runs on a mock device in slow dispatch only; "
            f"set TT_METAL_SLOW_DISPATCH_MODE=1, or install one that works without: {WORKING}"
        )
    return None


def _compiler() -> str:
    """Each process asks for the version, so the shell answers: Python would take longer to start than to say it."""
    return (
        f"#!/bin/sh\n"
        f"case $1 in --version | -dumpversion) echo {shlex.quote(VERSION)}; exit ;; esac\n"
        f'exec {shlex.quote(sys.executable)} -I -S {shlex.quote(STAND_IN)} "$@"\n'
    )


def _kernel_cache(root: str) -> str:
    """One for each root: of two that shared it, each would compile the firmware again after the other."""
    folder, name = os.path.split(root)
    return os.path.join(folder, "kernels", name, os.environ["TT_MEMWATCH_MOCK_DEVICE"])


def runtime_root(package: str, compiler: Optional[str], cache: str) -> str:
    """A folder that looks like `package` to ttnn, has `compiler` where its compiler belongs, and can be written to.

    ttnn 0.66.0 writes a folder `generated` into its root; site-packages has to stay as it is.  The name says all that
    the folder is made of, and is stable, because the kernel cache holds the paths of the sources.
    """
    identity = hashlib.sha256(f"{package}\0{compiler}".encode("utf-8", "surrogateescape")).hexdigest()
    root = os.path.join(cache, "root-" + identity[:12])
    if not os.path.isdir(root):
        os.makedirs(cache, mode=0o700, exist_ok=True)
        _make_at_once(root, package, compiler)
    return root


def _make_at_once(root: str, package: str, compiler: Optional[str]) -> None:
    """Fills a folder beside `root` and renames it, so that processes which do this at the same time agree."""
    unfinished = tempfile.mkdtemp(prefix="root-unfinished-", dir=os.path.dirname(root))
    try:
        _fill(unfinished, package, compiler)
        os.rename(unfinished, root)
    except OSError:
        shutil.rmtree(unfinished)
        if not os.path.isdir(root):
            raise


def _fill(root: str, package: str, compiler: Optional[str]) -> None:
    own = {"generated"} if compiler is None else {"generated", "runtime"}
    for name in set(os.listdir(package)) - own:
        os.symlink(os.path.join(package, name), os.path.join(root, name))
    if compiler is not None:
        _fill_runtime(os.path.join(root, "runtime"), os.path.join(package, "runtime"), compiler)


def _fill_runtime(folder: str, stock: str, compiler: str) -> None:
    programs = os.path.join(folder, "sfpi", "compiler", "bin")
    os.makedirs(programs)
    os.symlink(os.path.join(stock, "hw"), os.path.join(folder, "hw"))
    path = os.path.join(programs, "riscv-tt-elf-g++")
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(compiler)
    os.chmod(path, 0o700)


def _installed(spec: Optional[ModuleSpec]) -> Optional[Ttnn]:
    """None when there is no ttnn, or one that no wheel brought: then the import goes its own way."""
    folders = spec.submodule_search_locations if spec is not None else None
    if not folders:
        return None
    try:
        version = metadata.version("ttnn")
    except metadata.PackageNotFoundError:
        return None
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers is None:
        return None
    return Ttnn(version, (int(numbers[1]), int(numbers[2])), os.path.abspath(folders[0]))


def _note(kind: str, line: str) -> None:
    """Leaves a line for `tt-memwatch mock` to print at its end; this process's own output stays as it is."""
    folder = os.environ.get("TT_MEMWATCH_MOCK_NOTES", "")
    try:
        with open(os.path.join(folder, kind), "a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError:
        pass  # a process that outlived the command
