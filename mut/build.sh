#!/bin/sh
# Builds the tracer with the machine's C++ compiler, where its sources are newer than what is there.
#   build.sh [--anew] [OUTPUT]      default: build/native/libtt_memwatch_tracer.so of the clone; CXX and CXXFLAGS are heeded
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
anew=
if [ "${1:-}" = --anew ]; then
  anew=yes
  shift
fi
output=${1:-$here/../../build/native/libtt_memwatch_tracer.so}

if [ -z "$anew" ] && [ -f "$output" ] && [ -z "$(find "$here/src" "$here/build.sh" -newer "$output" 2>/dev/null)" ]; then
  exit 0
fi
mkdir -p "$(dirname -- "$output")"
# Never unloaded (nodelete): threads may be in a hook. Not with static TLS, of which a process has little: where other
# libraries took it, this one could not be loaded.
compile() {
  # shellcheck disable=SC2086 # CXXFLAGS are several words
  "${CXX:-c++}" -std=c++17 -O2 -g0 -Wall -Wextra -Werror -fPIC -shared -fvisibility=hidden -fno-rtti \
    -ftls-model=local-dynamic "$@" ${CXXFLAGS:-} -Wl,-z,nodelete -Wl,-z,now -o "$output.$$" "$here"/src/*.cpp -ldl -pthread
}
# A record goes through functions of several files. Not every compiler can optimize them together: its linker may lack what
# that takes. An error of the sources is shown by the second attempt.
compile -flto=auto 2>/dev/null || compile
mv "$output.$$" "$output"
