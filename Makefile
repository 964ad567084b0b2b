# The front door: `make help`.
PYTHON ?= python3
BIN := .venv/bin
UV := uv==0.13.9
SHARED ?= ../shared

.DEFAULT_GOAL := help

help:  ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Herald needs Python 3.11 to 3.13, this is " + sys.version.split()[0] + "; name another one: make PYTHON=python3.12")'
	@echo "herald: installing the locked run-time dependencies into .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(UV)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.lock
	@echo "herald: adding the locked development dependencies"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

setup: .venv/installed  ## make .venv with the command `herald` in it

demo: setup  ## build a city, train, serve, and watch citizens being told
	@$(BIN)/herald demo

test: .venv/installed-dev servers  ## every test, those against real servers too
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

servers:
	@sh .ci/servers

lint: .venv/installed-dev  ## ruff: format and rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: .venv/installed-dev  ## mypy, strict
	@$(BIN)/mypy
	@$(BIN)/mypy --strict docs/examples/portal_client.py

imports: .venv/installed-dev  ## the arrows between the rooms
	@$(BIN)/lint-imports

check: lint types imports test  ## what CI runs, in the same order

real: .venv/installed-dev  ## the runs on a real catalogue and real people's tables, where $(SHARED) lies beside the checkout
	@$(BIN)/python -m experiments.usagov.real $(SHARED)
	@$(BIN)/python -m experiments.nlsy97.real $(SHARED)

bench: setup  ## the budgets, as ratios against a floor in the same run
	@$(BIN)/herald bench

audit: setup  ## known holes in what is locked; fails when a package cannot be looked up
	@$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements.lock

lock: .venv/installed  ## make both locks anew from pyproject.toml
	@$(BIN)/uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements.lock
	@$(BIN)/uv pip compile --quiet pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -c requirements.lock -o requirements-dev.lock

clean:  ## remove local state, keep the environment
	@rm -rf var build *.egg-info .mypy_cache .ruff_cache .hypothesis

.PHONY: help setup demo test servers lint types imports check real bench audit lock clean
