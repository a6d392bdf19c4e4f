"""The search for holders beside many packages with extension modules, in one process.

Imports all that is installed of requirements.txt, does something with each (uses), searches for a planted tensor,
collects garbage, uses all once more, and so on. A line for each package: version, imported or why not, used or not.
Ends with exit code 1 where the planted tensor was not found within the budget; what hangs or crashes does so itself.
"""

import contextlib
import faulthandler
import gc
import importlib
import importlib.metadata
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "src")]

import ttnn  # noqa: E402
from uses import USES  # noqa: E402

from tt_memwatch.holders import find_holders  # noqa: E402

#: What a search may take after a test, in seconds; one step more is not too late.
BUDGET_S = 2.0
LATE_S = 0.5

ROUNDS = 3
PLANTED: dict[str, Any] = {}


def requirements() -> list[str]:
    lines = (HERE / "requirements.txt").read_text().splitlines()
    return [re.split(r"[\[<>= ]", line)[0] for line in lines if line and not line.startswith("#")]


def modules_of(distribution: str) -> list[str]:
    """Names that can be imported, from the list of a distribution's files."""
    found = set()
    for file in importlib.metadata.files(distribution) or ():
        if file.suffix in (".py", ".so") and not file.parts[0].startswith((".", "_")) and len(file.parts) <= 3:
            top = file.parts[0].split(".")[0]
            found.add("google.protobuf" if file.parts[:2] == ("google", "protobuf") else top)
    return sorted(found - {"tests", "test", "docs", "examples", "benchmarks", "scripts", "google", "bin", "share"})


def import_all() -> dict[str, str]:
    """Package -> version, or why it is not there."""
    found = {}
    for name in requirements():
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        imported = []
        for module in modules_of(name):
            with contextlib.suppress(BaseException):
                importlib.import_module(module)
                imported.append(module)
        found[name] = version if imported else f"{version} (could not be imported)"
    return found


def use_all(kept: list[Any]) -> dict[str, str]:
    """What was used -> what went wrong."""
    wrong = {}
    for name, use in USES.items():
        try:
            kept.append(use())
        except BaseException as error:
            wrong[name] = f"{type(error).__name__}: {error}"[:100]
    return wrong


def search(device: Any, tensor: Any) -> tuple[list[str], float]:
    buffer = (tensor.memory_config().buffer_type.name, tensor.buffer_address())
    began = time.perf_counter()
    del tensor
    found = find_holders(device.id(), [buffer], BUDGET_S, {}, lambda buffer, tensor: None)
    return found.get(buffer, []), time.perf_counter() - began


def main() -> int:
    faulthandler.dump_traceback_later(540, exit=True)
    packages = import_all()
    device = ttnn.open_device(device_id=0)
    shape = {"dtype": ttnn.bfloat16, "layout": ttnn.TILE_LAYOUT, "device": device}
    kept: list[Any] = []
    is_right = True
    for turn in range(ROUNDS):
        wrong = use_all(kept)
        PLANTED[str(turn)] = [ttnn.zeros((1, 1, 64, 64), **shape)]
        gc.collect()
        paths, took_s = search(device, PLANTED[str(turn)][0])
        wanted = f"__main__.PLANTED['{turn}'][0]"
        is_right = is_right and wanted in paths and took_s < BUDGET_S + LATE_S
        print(f"search {turn}: {len(gc.get_objects())} objects, {took_s:.2f} s, {paths}")
        for _ in range(3):
            gc.collect()
    for name, version in packages.items():
        print(f"package {name} {version}")
    for name, why in wrong.items():
        print(f"not used {name}: {why}")
    print(f"python {sys.version.split()[0]}, {len(packages)} packages, {len(USES) - len(wrong)} used: {is_right}")
    sys.stdout.flush()
    # The packages' own ends are not what this is about.
    os._exit(0 if is_right else 1)


if __name__ == "__main__":
    main()
