#!/bin/sh
# Tests of the history want a PostgreSQL server of their own. Where it is missing and can be installed, it is; else they say that they
# were left out.
set -u

has_postgres() {
  command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}

say_missing() {
  cat >&2 <<'TEXT'
setup: found no PostgreSQL, so the tests of a history on a server will be left out.
  Debian, Ubuntu:  sudo apt-get install postgresql
Then run `make setup-postgres` again.
TEXT
}

has_postgres && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  say_missing
  exit 0
fi
echo 'setup: installing PostgreSQL, for the tests of a history on a server'
export DEBIAN_FRONTEND=noninteractive
{ apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql; } >/dev/null 2>&1 || true
has_postgres || say_missing
