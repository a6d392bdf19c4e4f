"""Leaves what a bench in Python measured for the table of goals, as bench/goals/figures.ts does."""

from __future__ import annotations

import datetime
import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = Path(os.environ.get("BENCH_FIGURES") or Path(__file__).parents[2] / "build/bench")


@dataclass(frozen=True)
class Figure:
    """One row; bench/goals/figures.ts says what its fields mean."""

    item: int
    name: str
    arms: dict[str, float]
    value: float | None
    goal: float
    unit: str
    before: str | None
    note: str


def write_figures(bench: str, figures: list[Figure], versions: dict[str, str]) -> None:
    measured = {
        "bench": bench,
        "measuredAt": datetime.datetime.now(datetime.timezone.utc).isoformat(),
        "machine": f"{os.cpu_count()} cores ({_processor()}), {platform.system()} {platform.release()}",
        "versions": {"python": platform.python_version(), **versions},
        "figures": [asdict(figure) for figure in figures],
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{bench}.json").write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, "unknown")
