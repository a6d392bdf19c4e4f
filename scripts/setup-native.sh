#!/bin/sh
# Builds the tracer where there is a C++ compiler; without it there are no live events, and everything else works.
set -u
cd "$(dirname -- "$0")/.." || exit 2

if ! command -v "${CXX:-c++}" >/dev/null 2>&1; then
  cat >&2 <<'TEXT'
setup: found no C++ compiler, so live events will not be available: the line that allocated a buffer will not be named.
  Debian, Ubuntu:  sudo apt-get install g++
Then run `make setup` again.
TEXT
  exit 0
fi
exec clients/native/build.sh
