# Every target makes the environment it needs: Python 3.11 to 3.13 is all that a machine must have.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
# The first of these that starts and is new enough; choose another with `make report PYTHON=python3.12`.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	if $$p -c '$(SUITABLE)' 2>/dev/null; then echo $$p; break; fi; done)
VERSION := $(if $(PYTHON),$(shell $(PYTHON) -c '$(SUITABLE)' 2>/dev/null && \
	$(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])'))
READY := $(VENV)/ready-$(or $(VERSION),none)
BIN := $(VENV)/bin
RIVALS := $(VENV)/rivals

.PHONY: help report test quick lab lint notebooks ensemble bench clean

help:  ## say what each target does
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

report: $(READY)  ## run the notebooks and write the pages into runs/: make report COHORT=my-cohort/ for your own tables
	$(BIN)/amyloid run $(if $(COHORT),"$(COHORT)")

test: $(READY)  ## every test, then the committed notebooks against a fresh execution
	$(BIN)/pytest -n 2 --dist loadfile
	$(BIN)/pytest --nbval -p no:cacheprovider notebooks

quick: $(READY)  ## the tests that take no longer than a few seconds each
	$(BIN)/pytest -m "not slow and not browser"

lab: $(READY)  ## JupyterLab on the notebooks
	$(BIN)/jupyter lab --notebook-dir=. notebooks

lint: $(READY)  ## ruff over modules and notebooks, mypy in its strict mode
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

notebooks: $(READY)  ## execute the notebooks in place: this makes the committed outputs
	$(BIN)/python -P -m amyloid.cli.upkeep notebooks

ensemble: $(READY)  ## 200 cohorts that all satisfy the abstract, summarized into data/ensemble (half an hour)
	$(BIN)/amyloid sweep --reconstructions 200 --numbers-only --out runs/ensemble
	$(BIN)/python -P -m amyloid.cli.upkeep ensemble runs/ensemble

bench: $(READY) $(RIVALS)/ready  ## how fast: cohorts up to a registry, and runs of the notebooks against plain papermill
	$(BIN)/python bench/registry.py --tools $(RIVALS)/bin/python
	$(BIN)/python bench/notebook_runs.py

# What the benchmark compares with has an environment of its own. Without it the table says what is missing.
$(RIVALS)/ready: bench/requirements.txt | $(READY)
	$(BIN)/python -m venv --clear $(RIVALS)
	$(RIVALS)/bin/python -m pip install --quiet -r bench/requirements.txt && touch $@ \
		|| echo "The libraries of bench/requirements.txt cannot be installed: the benchmark goes on without them."

clean:  ## remove the environment and the caches (runs/ stays)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

# uv is a locked wheel like the others: pip installs it with its hashes, uv installs the rest.
# Where uv cannot reach the package index (a mirror that only pip knows), pip installs all of it.
$(READY): requirements.lock pyproject.toml
	@if [ -z "$(VERSION)" ]; then \
		echo "Python 3.11, 3.12 or 3.13 is needed. Install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; fi
	@if [ "$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" != "$(VERSION)" ]; then \
		$(PYTHON) -m venv --clear $(VENV); fi
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@sed -n '/^uv==/,/^    # via/p' requirements.lock > $(VENV)/uv.lock
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r $(VENV)/uv.lock
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock \
		|| $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --offline -e .
	@rm -f $(VENV)/ready-*
	@touch $(READY)
