"""The tracer compiles for machines other than this one."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

BUILD = Path(__file__).parent.parent / "build.sh"
CROSS = "aarch64-linux-gnu-g++"


@pytest.mark.skipif(shutil.which(CROSS) is None, reason=f"needs {CROSS}, of Debian's package g++-aarch64-linux-gnu")
def test_it_compiles_for_aarch64(tmp_path: Path) -> None:
    library = tmp_path / "tracer.so"
    # As fast as a compiler can be: whether it runs fast is not asked.
    subprocess.run([BUILD, library], env={**os.environ, "CXX": CROSS, "CXXFLAGS": "-O0"}, check=True)
    # The number of the machine in an ELF file.
    assert library.read_bytes()[18:20] == b"\xb7\x00"
