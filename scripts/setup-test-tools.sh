#!/bin/sh
# Programs that only tests and pictures want: Chromium for the page, PostgreSQL for a history on a server, tmux for top on a
# terminal, Prometheus for the metrics. Installs the distribution's where that can be done. Tests whose program is missing are skipped, and say so.
set -u

has() { # package
  case $1 in
    chromium) command -v chromium || command -v chromium-browser || command -v google-chrome ;;
    postgresql) command -v initdb || ls /usr/lib/postgresql/*/bin/initdb ;;
    *) command -v "$1" ;;
  esac >/dev/null 2>&1
}

missing() {
  for package in chromium postgresql tmux prometheus; do
    has "$package" || printf ' %s' "$package"
  done
}

wanted=$(missing)
[ -n "$wanted" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "setup: installing$wanted, for tests (about a minute)"
  export DEBIAN_FRONTEND=noninteractive
  # Names are words of the list above.
  # shellcheck disable=SC2086
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends $wanted; } >/dev/null 2>&1
fi
wanted=$(missing)
[ -n "$wanted" ] || exit 0
cat >&2 <<TEXT
setup: found no$wanted, so the tests that want it are skipped.
  Debian:  sudo apt-get install$wanted
Then run \`make setup-test-tools\` again.
TEXT
