# Countersign: `make run` runs the whole product with demo data, `make test` sets up and passes all tests.
# Needs Python 3.11+ and make; Node is taken from the machine, else from a Python package.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
OPS    := $(BIN)/python -m ops
ORDERS ?= 5000
JOBS   ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint format bench screenshots wheel clean

help:
	@echo "make run          run everything on embedded PostgreSQL and Redis with demo data"
	@echo "make test         lint, types, contracts and all tests"
	@echo "make check        lint, formatting, types, import contract, house rules"
	@echo "make format       put the code into its one format"
	@echo "make bench        measure against a bare application (ARGS=\"--orders 1000000\")"
	@echo "make screenshots  take the pictures of docs/ and README anew"
	@echo "make wheel        build the wheel into dist/"

setup: .make/runtime .make/browser-code

.make/venv:
	@mkdir -p .make
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@touch $@

# Running needs only what the product needs; the tests add theirs.
.make/runtime: .make/venv requirements.lock
	@test -f .make/dev || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.make/dev: .make/venv requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.make/browser-code: .make/venv static/package.json static/package-lock.json requirements-node.lock tools/browser_code.py
	@$(BIN)/python tools/browser_code.py
	@touch $@

.make/test-provider: .make/venv tests/oidc/package.json tests/oidc/package-lock.json requirements-node.lock tools/test_provider.py
	@$(BIN)/python tools/test_provider.py
	@touch $@

run: setup
	@exec $(OPS) up --demo --orders $(ORDERS)

test: lint .make/browser-code .make/test-provider
	@$(BIN)/python -m pytest -n $(JOBS) $(ARGS)

check: lint
	@$(BIN)/python -m pytest -q tests/house_rules

# Without the house rules, which are tests: `make test` passes them with all others.
lint: .make/dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: .make/dev
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

bench: .make/dev .make/browser-code
	@$(BIN)/python -m bench $(ARGS)

screenshots: .make/dev .make/browser-code
	@$(BIN)/python tools/screenshots.py

wheel: .make/dev .make/browser-code
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist .

clean:
	rm -rf .make $(VENV) dist static/node_modules static/vendor tests/oidc/node_modules
