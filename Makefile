# Everything a contributor runs. `make demo` and `make test` set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CACHE ?= $(HOME)/.cache/kubectl-mtls
export KUBECTL_MTLS_CACHE := $(CACHE)

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(READY) ## Make the virtual environment with pinned dependencies

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "kubectl-mtls needs Python 3.11 or later: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

.PHONY: format
format: setup ## Format the code and sort imports
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: lint
lint: setup ## Style, types, import direction
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: unit
unit: setup ## The pure tests, in seconds
	$(BIN)/pytest -q --ignore tests/live --ignore tests/krew --ignore tests/mesh --ignore tests/hostile

.PHONY: test
test: lint servers archive ## Every test, on a real API server, from the real archive
	$(BIN)/pytest

.PHONY: demo
demo: setup ## The main job on a bundled mesh, as files: no cluster needed
	@$(BIN)/python -m examples.demo

.PHONY: demo-live
demo-live: setup servers ## The same on a real API server, a switch of mode and a rotation included
	@$(BIN)/python -m examples.demo_live

.PHONY: golden
golden: setup ## Write the golden files and generated documents again
	$(BIN)/pytest -q tests/cli --update-golden
	README_UPDATE=1 $(BIN)/pytest -q tests/readme
	$(BIN)/python docs/generate.py

include tests/servers/servers.mk
include examples/examples.mk
-include krew/krew.mk
-include benchmarks/bench.mk
-include tests/soak/soak.mk
-include tests/conformance/secrets/secrets.mk
-include tests/conformance/conformance.mk

.PHONY: clean
clean: ## Remove what the other targets made in this folder
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
