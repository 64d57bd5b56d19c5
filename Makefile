# Every target makes .venv when it is missing. PYTHON chooses the interpreter that makes it (3.11 or newer).
PYTHON ?= python3
BIN := .venv/bin

.PHONY: build test soak bench docs lint format check clean

build: .venv/library
	$(BIN)/python build.py

# A file a worker: what its tests share, a deployed shop as a rule, is made once.
test: .venv/test
	$(BIN)/pytest -n auto --dist loadfile -m "not soak"

soak: .venv/test .venv/npm .venv/adapters
	$(BIN)/pytest -n auto -m soak

bench: .venv/test
	$(BIN)/python benchmarks/intake_time.py
	$(BIN)/python benchmarks/read_cost.py
	$(BIN)/python benchmarks/help_time.py

docs: .venv/docs
	$(BIN)/python docs/write.py
	$(BIN)/python docs/picture.py
	$(BIN)/python docs/recording.py

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check: lint test
	$(BIN)/python build.py --check

# A mark for each extra, so that `make build` installs the library alone and `make test` only what tests need.
.venv/library .venv/test .venv/dev .venv/docs: setup.cfg pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".$(patsubst %,[%],$(filter-out library,$(@F)))"
	touch $@

# WooCommerce's npm client; without npm the test that drives it is skipped.
.venv/npm: tests/npm/package.json .venv/test
	mkdir -p $@ && cp tests/npm/package.json $@
	if command -v npm >/dev/null; then npm install --prefix $@ --silent --no-audit --no-fund; fi
	touch $@

# What else deploys templates, and the schemas of pipeline files: each apart, because their pins disagree with ours.
.venv/adapters: tests/adapters/deployers.txt tests/adapters/schemas.txt .venv/test
	for one in deployers schemas; do \
		$(BIN)/python -m venv .venv/$$one && \
		.venv/$$one/bin/python -m pip install --quiet --disable-pip-version-check -r tests/adapters/$$one.txt || exit 1; \
	done
	touch $@

clean:
	rm -rf .venv build src/*.egg-info
