#!/bin/sh
# Builds the tracer where there is a C++ compiler; without it there are no live events, and everything else works.
set -u
cd "$(dirname -- "$0")/.." || exit 2

if ! command -v "${CXX:-c++}" >/dev/null 2>&1; then
  cat >&2 <<'TEXT'
setup: found no C++ compiler, so allocations will not be followed: only the results of an operation will have the line that allocated them.
  Debian, Ubuntu:  sudo apt-get install g++
Then run `make setup` again.
TEXT
  exit 0
fi
exec clients/native/build.sh
