# Écluse. `make` prints what there is. A newcomer needs two words: `make demo` and `make test`; each does its own set-up.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
TRYTON := .venv-tryton
#: builds the compiled core; where it is missing, Python decides alone
CARGO := $(shell command -v cargo)
CORE := $(wildcard compiled/Cargo.* compiled/*.toml compiled/*.pyi compiled/*.rs compiled/src/*.rs)
PACKAGES := ecluse web streams connectors store filters mapping
#: passed on: make demo ARGS=--serve, make test ARGS="-k perimeter"
ARGS ?=
#: processes for pytest; 0 runs all in one
WORKERS ?= 2

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: setup
setup: $(VENV)/.core ## .venv with everything that development needs, from the locks

# Without the compiled core, unless it is there already: building it would take longer than all the rest.
.PHONY: demo
demo: $(VENV)/.run ## the main job between two sandboxes, in under a minute (ARGS=--serve keeps it up)
	$(BIN)/ecluse demo $(ARGS)

.PHONY: test
test: $(VENV)/.core $(TRYTON)/.ready ## all tests, with real services where this machine allows (ARGS=… goes to pytest)
	deploy/test-services
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

.PHONY: check
check: $(VENV)/.dev ## format, lint, types, import rules, and what the documents claim
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
ifneq ($(CARGO),)
	cd compiled && $(CARGO) fmt --check
	cd compiled && PYO3_PYTHON=$(abspath $(BIN)/python) $(CARGO) clippy --quiet --locked --target-dir target/check -- -D warnings
else
	@echo 'No cargo here: the compiled core is not checked.'
endif
	@if [ -d tests/docs ]; then echo '$(BIN)/python -m pytest -q tests/docs' && $(BIN)/python -m pytest -q tests/docs; fi

.PHONY: bench
bench: $(VENV)/.core ## Écluse beside its peers (QUICK=1, ONLY=core|embedded|kafka|memory, JSON=FILE)
	$(BIN)/python -m bench $(if $(QUICK),--quick) $(if $(ONLY),--only $(ONLY)) $(if $(JSON),--json $(JSON)) $(ARGS)

.PHONY: screening
screening: $(VENV)/.dev ## how much of what free text should not show is found, by kind and language
	$(BIN)/python -m bench.screening $(ARGS)

.PHONY: fmt
fmt: $(VENV)/.dev ## put the code into the house form
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

.PHONY: stamp
stamp: ## write down that this code agrees with the sources of the compiled core as they are now
	$(PYTHON) deploy/core_version.py

# The lock of everything is resolved first, and the others are cuts of it: what is tested is what is shipped.
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate
EVERYTHING := pyproject.toml --extra postgres --extra kafka --group setup --group test --group lint

.PHONY: lock
lock: $(UV) ## resolve the dependencies again (ARGS=--upgrade for newer ones)
	$(COMPILE) $(ARGS) $(EVERYTHING) -o requirements/all.txt
	$(COMPILE) -c requirements/all.txt --group setup -o requirements/setup.txt
	$(COMPILE) -c requirements/all.txt pyproject.toml -o requirements/run.txt
	$(COMPILE) -c requirements/all.txt pyproject.toml --extra postgres -o requirements/postgres.txt
	$(COMPILE) -c requirements/all.txt pyproject.toml --extra kafka -o requirements/kafka.txt
	$(COMPILE) -c requirements/all.txt pyproject.toml --extra postgres --extra kafka --group test --group lint -o requirements/dev.txt
	$(COMPILE) $(ARGS) --group tryton -o requirements/tryton.txt

.PHONY: clean
clean: ## remove the environments and what tools left behind
	rm -rf $(VENV) $(TRYTON) .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist compiled/target
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(UV): requirements/setup.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Écluse needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 …' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/setup.txt
	@touch $@

$(VENV)/.run: $(UV) requirements/run.txt pyproject.toml
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/run.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(UV) requirements/dev.txt pyproject.toml
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/setup.txt requirements/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.run $@

# Built from the tree, again only where its sources or the environment changed. A wheel for others is made the same way.
$(VENV)/.core: $(VENV)/.dev $(CORE)
ifneq ($(CARGO),)
	rm -rf compiled/target/wheels
	cd compiled && $(abspath $(BIN)/maturin) build --quiet --release --locked \
		--interpreter $(abspath $(BIN)/python) --out target/wheels
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --reinstall compiled/target/wheels/*.whl
else
	@echo 'No cargo here: the compiled core is left out, and Python decides alone (docs/compiled.md).'
endif
	@touch $@

$(TRYTON)/.ready: $(UV) requirements/tryton.txt
	$(PYTHON) -m venv $(TRYTON)
	$(UV) pip sync --quiet --python $(TRYTON)/bin/python --require-hashes requirements/tryton.txt
	@touch $@
