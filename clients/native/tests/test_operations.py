"""Which operation runs is in the ring, and operations are as without that."""

from __future__ import annotations

from pathlib import Path

import pytest
from python_programs import PYTHONS, expect_right

OPERATIONS = Path(__file__).parent / "programs" / "operations.py"


@pytest.mark.parametrize("python", PYTHONS, ids=lambda python: python.parents[1].name)
def test_operations_are_named_and_otherwise_as_they_were(
    python: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    expect_right(python, "-X", "dev", str(OPERATIONS), str(tmp_path / "1.2.ring"), environment=environment)
