"""The tracer compiles with other compilers than this machine's, and loads where there is little room."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from python_programs import CXX, PYTHONS, expect_right, with_library

BUILD = Path(__file__).parent.parent / "build.sh"
CROSS = "aarch64-linux-gnu-g++"
STATIC_TLS = Path(__file__).parent / "programs" / "static_tls.py"


@pytest.mark.skipif(shutil.which(CROSS) is None, reason=f"needs {CROSS}, of Debian's package g++-aarch64-linux-gnu")
def test_it_compiles_for_aarch64(tmp_path: Path) -> None:
    library = tmp_path / "tracer.so"
    # As fast as a compiler can be: whether it runs fast is not asked.
    subprocess.run([BUILD, library], env={**os.environ, "CXX": CROSS, "CXXFLAGS": "-O0"}, check=True)
    # The number of the machine in an ELF file.
    assert library.read_bytes()[18:20] == b"\xb7\x00"


def calls_of_a_compiler(tmp_path: Path, first: str = "") -> list[str]:
    """The arguments of each call of a compiler that does this first, and then writes them where its output goes."""
    said, compiler = tmp_path / "calls", tmp_path / "compiler"
    compiler.write_text(
        f'#!/bin/sh\necho "$*" >> {said}\n{first}\nuntil [ "$1" = -o ]; do shift; done\necho "$@" > "$2"\n'
    )
    compiler.chmod(0o755)
    subprocess.run([BUILD, tmp_path / "tracer.so"], env={**os.environ, "CXX": str(compiler)}, check=True)
    assert "tracer.cpp" in (tmp_path / "tracer.so").read_text()
    return said.read_text().splitlines()


def test_its_files_are_optimized_together(tmp_path: Path) -> None:
    assert ["-flto" in call for call in calls_of_a_compiler(tmp_path)] == [True]


def test_a_compiler_that_cannot_do_that_compiles_them_by_themselves(tmp_path: Path) -> None:
    calls = calls_of_a_compiler(tmp_path, 'case "$*" in *-flto*) exit 1;; esac')
    assert ["-flto" in call for call in calls] == [True, False]


def test_it_is_loaded_and_records_where_other_libraries_took_all_static_tls(
    tmp_path: Path, tracer_of: Callable[[str], Path]
) -> None:
    # One library for what the loader offers by tens of bytes, and one for the rest.
    hogs = [tmp_path / f"{size}.so" for size in (64, 4)]
    for hog in hogs:
        source = f"__thread char taken[{hog.stem}]; char* take() {{ return taken; }}"
        flags = ["-shared", "-fPIC", "-ftls-model=initial-exec", "-xc++", "-"]
        subprocess.run([CXX, "-o", hog, *flags], input=source, text=True, check=True)
    arguments = map(str, [STATIC_TLS, tmp_path / "1.2.ring", *hogs])
    expect_right(PYTHONS[-1], *arguments, environment=with_library(tracer_of("plain")))
