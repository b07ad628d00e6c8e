# The two commands of the README: `make run` and `make test`. Both do all the set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SCENARIO ?= scenarios/benxi_2025.toml

.PHONY: run test lint types layers check bench data clean

run: $(VENV)/.ready
	@$(BIN)/planner run $(SCENARIO)

test: $(VENV)/.tested
	@$(BIN)/pytest -n auto

lint: $(VENV)/.tested
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.tested
	@$(BIN)/mypy

layers: $(VENV)/.tested
	@$(BIN)/lint-imports

check: lint types layers test

bench: $(VENV)/.tested
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt -e '.[bench]'
	@$(BIN)/python tests/benchmarks/catchments.py
	@$(BIN)/python tests/benchmarks/siting.py
	@$(BIN)/python tests/benchmarks/default_run.py
	@$(BIN)/python tests/benchmarks/webmap.py
	@$(BIN)/python tests/benchmarks/inputs_tables.py
	@$(BIN)/python tests/benchmarks/inputs_streets.py
	@$(BIN)/python tests/benchmarks/programme.py

data: $(VENV)/.ready
	@$(BIN)/python data/build.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Python 3.11, 3.12 or 3.13 is needed: make PYTHON=/path/to/python3.12 run"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Setting up (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt -e .
	@touch $@

$(VENV)/.tested: $(VENV)/.ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt -e '.[test]'
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
