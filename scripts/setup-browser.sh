#!/bin/sh
# Sees to it that there is a Chromium for the tests of the page and for its pictures. Installs the distribution's where that
# can be done; without one the tests of the page are skipped, and say so.
set -u

for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo 'setup: installing chromium, for the tests of the page (about a minute)'
  if (apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium) >/dev/null 2>&1; then
    exit 0
  fi
fi
cat >&2 <<'TEXT'
setup: found no Chromium, so the page will not be tested in a browser.
  Debian:  sudo apt-get install chromium
Then run `make setup-browser` again.
TEXT
