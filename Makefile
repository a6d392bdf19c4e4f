# What can be done with a clone. Nothing here installs outside of it.
.DEFAULT_GOAL := help

# What costs seconds, most telling first.
CHECKS := check-format check-types check-unused check-layers check-lock check-python check-cpp
UNIT_TESTS := test-programs test-unit test-unit-native test-unit-python
# What costs minutes, longest first: two run side by side, and the short ones fill what is left.
TESTS := test-e2e test-python-newest test-python-oldest test-native test-programs test-unit test-harmless test-chaos

.PHONY: help setup setup-node setup-python setup-native setup-web setup-test-tools setup-for-tests check test demo bench versions harmless chaos neighbours picture \
  packages wheels npm-package executable man reproducible clean $(CHECKS) $(UNIT_TESTS) $(TESTS) test-python

NODE := node_modules/.bin/node
OLDEST := .venv/ttnn-0.66.0
NEWEST := .venv/ttnn-0.81.1

# Tests that one step runs at a time; `make check` and `make test` run two steps at a time. That is twice what two cores can do at once,
# because tests wait for devices, sockets and ends.
JOBS ?= 2

# Folders with Python code.
PYTHON := clients/mock clients/native clients/pytest clients/selftest examples bench scripts packaging e2e/harmless e2e/readers

# C++ and C code.
CPP := $(wildcard clients/native/src/*.cpp clients/native/tests/fake/*.cpp bench/tracer/*.cpp)
C := $(wildcard bench/server/*.c e2e/chaos/*.c)
HEADERS := $(wildcard clients/native/src/*.h clients/native/tests/fake/*.h bench/server/*.h)
# What stands in for calls of the C library is named as they are, and needs its extensions.
C_TIDY := --checks=-bugprone-reserved-identifier,-readability-inconsistent-declaration-parameter-name

# What the page for the browser is built from.
WEB := $(wildcard web/*/*.css web/src/*.tsx web/src/*/*.ts web/src/*/*.tsx src/core/base/*.ts src/core/known/*.ts src/core/model/*.ts src/core/verdicts/user-line-in-stack.ts)

# The tree of all packages, which starts twice as fast as the clone, and what it is made of.
TREE := build/e2e/tree
TREE_SOURCES := $(shell find bin src packaging rules clients/*/src clients/*/python clients/*/bootstrap clients/mock clients/selftest -type f -not -name '*.pyc' -not -name '*.test.ts')

SETUP := setup-web setup-python setup-native

export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

# Hundreds of programs of ours are started: each parses what the first compiled.
$(CHECKS) $(UNIT_TESTS) $(TESTS): export NODE_COMPILE_CACHE := $(CURDIR)/build/node-cache
# No test stores its runs in the history of whoever runs it.
$(UNIT_TESTS) $(TESTS): export TT_MEMWATCH_HISTORY := off
# So does Python, unless it is told not to, as in many images: to compile the plugin is a seventh of what a small suite takes.
unexport PYTHONDONTWRITEBYTECODE

NODE_TEST = $(NODE) --test --test-concurrency=$(JOBS) --test-reporter=spec --test-reporter-destination=stdout \
  --test-reporter=./scripts/slowest-files.ts --test-reporter-destination=stdout
PYTEST_FLAGS = -q -n $(JOBS) --durations=10

help:
	@echo 'make setup   Node, packages and two Python environments with ttnn, all inside this folder'
	@echo 'make check   format, types, layers and unit tests'
	@echo 'make test    every check and test'
	@echo 'make demo    watch the suites under examples/ on a mock device, on both ttnn versions'
	@echo 'make bench   what watching costs, and docs/benchmarks.md; BENCH="start engine" for some of it'
	@echo 'make versions   which versions of ttnn can be measured: installs each in turn, half an hour'
	@echo 'make harmless  suites of other people with and without it, compared; SUITES="flaky anyio" for some'
	@echo 'make chaos   engine and server under injected faults, for CHAOS_SECONDS=600'
	@echo 'make neighbours  the search for holders beside 145 packages (installs 6 GB under build/)'
	@echo 'make packages  what users install, into dist/: wheels npm-package executable, or one of them; man for the manual'
	@echo 'make setup-web  the page for the browser, after a change in web/'
	@echo 'make clean   remove what the above made'

setup:
	@$(MAKE) --no-print-directory -j3 $(SETUP)

setup-for-tests:
	@$(MAKE) --no-print-directory -j4 $(SETUP) setup-test-tools

setup-node: node_modules/.package-lock.json
	@:

# What the page in the browser is made of, in one file: half a second, and only where something changed.
setup-web: build/web/page.js
	@:

build/web/page.js: node_modules/.package-lock.json $(WEB) scripts/build-web.ts
	@$(NODE) scripts/build-web.ts

setup-python:
	@scripts/setup-python.sh

setup-native:
	@scripts/setup-native.sh

# Outside of this folder, where it may: Chromium, PostgreSQL, tmux and Prometheus.
setup-test-tools:
	@scripts/setup-test-tools.sh

# npm empties the folder first, through a link too.
node_modules/.package-lock.json: package.json package-lock.json
	@[ ! -L node_modules ] || { echo 'setup: node_modules is a link, and what it points to would be emptied; remove the link, or set up there' >&2; exit 2; }
	@command -v npm >/dev/null || { echo 'setup: needs npm (any Node 20 or newer brings it): https://nodejs.org or your distribution' >&2; exit 2; }
	@echo 'setup: installing the Node packages'
	@npm ci --loglevel=error
	@touch $@

check: setup-for-tests
	@$(NODE) scripts/run-steps.ts $(UNIT_TESTS) $(CHECKS)

test: setup-for-tests
	@$(NODE) scripts/run-steps.ts $(CHECKS) $(TESTS)

check-format:
	biome check --error-on-warnings

check-types:
	$(NODE) node_modules/@typescript/native/bin/tsc --project .
	$(NODE) node_modules/@typescript/native/bin/tsc --project web

check-cpp:
	$(NEWEST)/bin/clang-format --dry-run --Werror $(CPP) $(C) $(HEADERS)
	$(NEWEST)/bin/clang-tidy --quiet $(CPP) -- -std=c++17
	$(NEWEST)/bin/clang-tidy --quiet $(C_TIDY) $(C) -- -std=gnu17

# A second time without tests: what only they use is no part of the program.
check-unused:
	knip --treat-config-hints-as-errors
	knip --treat-config-hints-as-errors --production --config .knip.production.json

check-layers:
	$(NODE) scripts/check-layers.ts

check-lock:
	$(NODE) scripts/check-lock.ts

check-python:
	$(NEWEST)/bin/ruff check $(PYTHON)
	$(NEWEST)/bin/ruff format --check $(PYTHON)
	$(NEWEST)/bin/mypy --strict clients/mock
	$(NEWEST)/bin/mypy --strict clients/native/python
	$(NEWEST)/bin/mypy --strict packaging/python/build_tracer.py packaging/python/pytest_tt_memwatch
	$(NEWEST)/bin/mypy --strict --ignore-missing-imports e2e/harmless/python
	MYPYPATH=clients/native/python $(NEWEST)/bin/mypy --config-file clients/pytest/pyproject.toml clients/pytest/src clients/pytest/bootstrap

# In one process: what starts no program and changes nothing of its own process needs no other for each file.
test-unit:
	$(NODE_TEST) --test-isolation=none 'src/!(commands)/**/*.test.ts' 'web/**/*.test.ts'

# Commands, and the scripts of this project: a process for each file.
test-programs:
	$(NODE_TEST) 'src/commands/**/*.test.ts' 'scripts/*.test.ts' 'e2e/harmless/*.test.ts'

# The tracer on a fake library, without sanitizers and without ttnn: part of test-native.
test-unit-native:
	$(NEWEST)/bin/python -m pytest $(PYTEST_FLAGS) clients/native/tests/test_tracer.py -k plain

# What needs neither ttnn nor an inner pytest: part of test-python-newest.
test-unit-python:
	$(NEWEST)/bin/python -m pytest $(PYTEST_FLAGS) clients/pytest/tests/test_parsers.py

# The tracer alone, also under sanitizers, then on real ttnn against the allocator's own list.
test-native:
	$(NEWEST)/bin/python -m pytest $(PYTEST_FLAGS) clients/native/tests

test-python: test-python-oldest test-python-newest

# Without what is marked as saying the same on every version; ALL=1 for that too.
test-python-oldest:
	bin/tt-memwatch mock -- $(OLDEST)/bin/python -m pytest $(PYTEST_FLAGS) $(if $(ALL),,-m 'not one_version') clients/pytest/tests

test-python-newest:
	bin/tt-memwatch mock -- $(NEWEST)/bin/python -m pytest $(PYTEST_FLAGS) clients/pytest/tests

test-e2e: $(TREE)/made
	E2E_PROGRAM=$(CURDIR)/$(TREE)/bin/tt-memwatch $(NODE_TEST) 'e2e/*.test.ts'

$(TREE)/made: node_modules/.package-lock.json build/web/page.js LICENSE package.json $(TREE_SOURCES) $(wildcard build/native/*.so)
	@$(NODE) packaging/main.ts --output $(@D) --work $(dir $(@D)) tree
	@touch $@

# The suites of the table that are quick to run, as `make harmless` runs them.
test-harmless:
	$(NODE) e2e/harmless/main.ts --quick

# Suites of other people with and without tt-memwatch; writes docs/harmless.md. Takes long; see SUITES in `make help`.
harmless: setup
	$(NODE) e2e/harmless/main.ts $(SUITES)

# Engine and server under faults at system calls, kills, stops and hostile bytes: each kind of fault once.
test-chaos:
	CHAOS_ROUNDS=1 CHAOS_SEED=1 $(NODE) e2e/chaos/run.ts

# The same for CHAOS_SECONDS (600), with a seed that it prints; CHAOS_SEED gives the same steps again.
chaos: setup
	$(NODE) e2e/chaos/run.ts

# Exit code 1 means findings, which is what the examples are there for.
demo: setup
	@for venv in $(OLDEST) $(NEWEST); do \
	  echo "demo: watches the tests under examples/, which leave memory behind on purpose, on $${venv##*/}"; \
	  bin/tt-memwatch mock -- bin/tt-memwatch run -- $$venv/bin/python -m pytest examples -q; \
	  status=$$?; [ $$status -le 1 ] || exit $$status; \
	done

# Each leaves its rows in bench/goals/measured, and docs/benchmarks.md is made of those. BENCH="start engine" for some: the others keep theirs.
bench: setup
	$(NODE) bench/goals/run.ts $(BENCH)
	$(NODE) bench/goals/render.ts

# Each stock wheel that opens a mock device, in turn; docs/compatibility.md has the table. CI has the oldest and the newest.
versions: setup
	$(NODE) scripts/try-versions.ts

# The search for holders beside many packages with extension modules: by hand, it installs 3 GB for each version.
neighbours: setup
	clients/pytest/tests/packages/run.sh $(OLDEST)
	clients/pytest/tests/packages/run.sh $(NEWEST)

# The pictures in the README, the guide and the page's: what a terminal shows at the end of the examples, top at a moment of them, and their page.
picture: setup-for-tests
	@bin/tt-memwatch mock -- bin/tt-memwatch run --color always -- $(NEWEST)/bin/python -m pytest examples -q 2>&1 \
	  | sed -n '/LEAK/,$$p' | head -24 \
	  | $(NEWEST)/bin/python scripts/terminal-picture.py 'tt-memwatch run -- pytest examples' 120 > docs/images/findings.svg
	@bin/tt-memwatch mock -- bin/tt-memwatch run --quiet --record build/picture.mcap --html build/picture.html -- $(NEWEST)/bin/python -m pytest examples -q >/dev/null 2>&1 || true
	@COLUMNS=120 LC_ALL=C.UTF-8 bin/tt-memwatch top --once --color always --at examples/test_module_global.py::test_keeps_its_result build/picture.mcap \
	  | $(NEWEST)/bin/python scripts/terminal-picture.py 'tt-memwatch top' 120 > docs/images/top.svg
	@for colours in light dark; do \
	  $(NODE) scripts/page-picture.ts build/picture.html docs/images/page-$$colours.png $$colours 'view=live&by=test&log=1' || exit; \
	done

# What users install, into dist/: the same commit gives the same bytes.
packages: setup
	$(NODE) packaging/main.ts wheels npm-package executable

wheels npm-package executable man: setup
	$(NODE) packaging/main.ts $@

# Makes all of them twice, in two folders, and compares their bytes.
reproducible: setup
	rm -rf build/first build/second
	for time in first second; do \
	  $(NODE) packaging/main.ts --output build/$$time/dist --work build/$$time/work wheels npm-package executable || exit; \
	done
	diff -r build/first/dist build/second/dist

clean:
	rm -rf node_modules .venv build dist
