#!/bin/sh
# Sees to it that there is a tmux for the tests of `top` on a terminal. Installs the distribution's where that can be done; without
# one those tests are skipped, and say so.
set -u

command -v tmux >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo 'setup: installing tmux, for the tests of top'
  if (apt-get update -qq && apt-get install -y -qq --no-install-recommends tmux) >/dev/null 2>&1; then
    exit 0
  fi
fi
cat >&2 <<'TEXT'
setup: found no tmux, so top will not be tested on a terminal.
  Debian:  sudo apt-get install tmux
Then run `make setup-tmux` again.
TEXT
