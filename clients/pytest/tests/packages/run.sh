#!/bin/sh
# Makes an environment with the packages of requirements.txt beside the given one with ttnn (3 GB, some minutes), and
# runs run.py in it on the mock device.
set -eu
cd "$(dirname -- "$0")/../../../.."
venv=$1
folder=build/packages/$(basename "$venv")

if [ ! -e "$folder/.complete" ]; then
  "$venv/bin/python" -m venv --clear "$folder"
  "$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
    >"$("$folder/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/ttnn-beside.pth"
  # One by one: what has no wheel for this Python must not keep out the others.
  grep -v '^#' clients/pytest/tests/packages/requirements.txt | while read -r package; do
    "$folder/bin/python" -m pip install --quiet --only-binary :all: "$package" 'numpy<2' ||
      echo "packages: left out $package"
  done
  touch "$folder/.complete"
fi
bin/tt-memwatch mock -- "$folder/bin/python" clients/pytest/tests/packages/run.py
