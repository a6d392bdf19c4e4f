#!/bin/sh
# Makes the two virtual environments that tests and demo use: the oldest and the newest supported ttnn, with all they
# need; and a small one with what reads the formats of others, for tests.  An environment is left alone while its stamp (folder and requirements) still holds.
set -u
cd "$(dirname -- "$0")/.." || exit 2
# What a link points to belongs to another clone, whose environments would be removed.
if [ -L .venv ]; then
  echo 'setup: .venv is a link, and the environments it points to would be replaced; remove the link, or set up there' >&2
  exit 2
fi
mkdir -p .venv

# Two calls at the same time must not build the same folder.
if command -v flock >/dev/null 2>&1; then
  exec 9>.venv/lock
  flock 9
fi

# A pyenv shim may be on PATH and not work, so each candidate is run.
is_python() { # program, wanted version
  "$1" -c "import sys, venv, ensurepip; sys.exit('%d.%d' % sys.version_info[:2] != '$2')" 2>/dev/null
}

find_python() { # wanted versions, best first
  pyenv_root=$(pyenv root 2>/dev/null || echo "$HOME/.pyenv")
  for version in "$@"; do
    for candidate in "$(command -v "python$version")" "$(command -v python3)" "$pyenv_root/versions/$version".*/bin/python3; do
      if [ -n "$candidate" ] && is_python "$candidate" "$version"; then
        echo "$candidate"
        return 0
      fi
    done
  done
  return 1
}

explain_missing_python() {
  cat >&2 <<'TEXT'
setup: found no Python 3.10 or 3.12 that can make virtual environments; ttnn has wheels for these two only.
  Debian, Ubuntu:  sudo apt-get install python3.12 python3.12-venv   (or 3.10, whichever your release has)
  pyenv:           pyenv install 3.12
Then run `make setup` again; neither has to be your default Python.
TEXT
}

# What ttnn requires and imports only to draw, and tests of packages: two thirds of what pip would compile. Python compiles what is
# imported after all.
NOT_COMPILED='/(tests?|testing|pandas|fontTools|matplotlib|seaborn|mpl_toolkits|PIL)/'

stamp_text() { # name
  pwd
  cat "requirements/$1.txt"
}

build() { # name, what it takes, wanted versions
  name=$1
  takes=$2
  shift 2
  folder=.venv/$name
  if [ "$(cat "$folder/.stamp" 2>/dev/null)" = "$(stamp_text "$name")" ]; then
    return 0
  fi
  python=$(find_python "$@") || return 2
  echo "setup: making $folder with $("$python" --version) ($takes)"
  rm -rf "$folder"
  if "$python" -m venv "$folder" >".venv/$name.log" 2>&1 &&
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile -r "requirements/$name.txt" >>".venv/$name.log" 2>&1; then
    "$folder/bin/python" -m compileall -q -j 2 -x "$NOT_COMPILED" "$PWD/$folder/lib" >>".venv/$name.log" 2>&1 || true
    stamp_text "$name" >"$folder/.stamp"
    echo "setup: $folder is ready"
    return 0
  fi
  echo "setup: could not make $folder; the end of .venv/$name.log:" >&2
  tail -n 15 ".venv/$name.log" >&2
  return 1
}

if ! find_python 3.10 3.12 >/dev/null; then
  explain_missing_python
  exit 2
fi
build ttnn-0.66.0 'about half a minute, 1 GB' 3.10 3.12 &
oldest=$!
build readers 'a few seconds, 0.1 GB' 3.12 3.10 &
readers=$!
build ttnn-0.81.1 'about half a minute, 1 GB' 3.12 3.10
newest_status=$?
wait "$oldest"
oldest_status=$?
wait "$readers" && [ "$oldest_status" -eq 0 ] && [ "$newest_status" -eq 0 ]
