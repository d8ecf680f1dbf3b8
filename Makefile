# Each target sets itself up: a virtual environment in .venv, exactly the packages of requirements.lock.
PYTHON ?= python3.11
ifeq ($(shell command -v $(PYTHON) 2>/dev/null),)
PYTHON = python3
endif
BIN = .venv/bin
READY = .venv/.ready
# One more than the processors of a small machine: the tests of the running stack mostly wait.
WORKERS ?= 3
PORT ?= 3000
COMPILE = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
  --no-header -q pyproject.toml
ENGINE_TESTS = $(addprefix rentaxis_pipelines_tests/,sync/pushing books crash)
NODE_CLIENT = node-quickbooks@2.0.50
AXE = axe-core@4.14.1

.PHONY: demo up test test-under lint bench crash night lock clean

demo: $(READY)
	@echo "==> A real bulk sync on this machine, three times over the same range"
	@$(BIN)/rentaxis-sync demo

up: $(READY)
	@echo "==> The demo stack with the Dagster UI; Ctrl-C stops it"
	@$(BIN)/rentaxis-sync up --port $(PORT)

test: $(READY) node_modules/.ready
	@echo "==> All tests, on $(WORKERS) processes"
	@$(BIN)/python -m pytest -n $(WORKERS)

# The engine's tests against an emulator with the switches in a file; docs/quickbooks-emulator.md explains the switches.
test-under: $(READY)
	@test -f "$(SWITCHES)" || { echo "Name the file of switches: make test-under SWITCHES=switches.json"; exit 2; }
	@$(BIN)/python -c 'import sys; from pathlib import Path; from quickbooks_emulator.switches import read_switches; \
	  print("==> The engine under", read_switches(Path(sys.argv[1])))' "$(SWITCHES)"
	@QUICKBOOKS_EMULATOR_SWITCHES="$(abspath $(SWITCHES))" $(BIN)/python -m pytest -n $(WORKERS) $(ENGINE_TESTS)

lint: $(READY)
	@echo "==> Style, types, layers, definitions"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports
	@mkdir -p .state/check && DAGSTER_HOME=$(CURDIR)/.state/check $(BIN)/dg check defs

crash: $(READY)
	@echo "==> Killing the pusher at every commit and call, then at random among faults"
	@$(BIN)/python -m rentaxis_pipelines_tests.crash.restored
	@$(BIN)/python -m rentaxis_pipelines_tests.crash $(if $(SCHEDULES),--schedules $(SCHEDULES)) $(if $(SEED),--only $(SEED))

night: $(READY)
	@echo "==> A night of many companies: the real daemon, one QuickBooks server, each on its own books"
	@COMPANIES=$(or $(COMPANIES),50) $(BIN)/python -m pytest -n0 rentaxis_pipelines_tests/e2e/companies

# ONLY=scale measures one part; SCALE=1000000 gives it a history of so many records more, which takes an hour or so.
bench: $(READY)
	@echo "==> Benchmarks, ours beside others on the same QuickBooks server; tables in bench-results/"
	@$(BIN)/python -m rentaxis_pipelines_bench $(addprefix --only ,$(ONLY)) \
	  $(if $(SCALE),--scale 10000 --scale 100000 $(addprefix --scale ,$(SCALE)))

lock: $(READY)
	@echo "==> Writing requirements.lock, and the parts of it that production and containers need, anew from pyproject.toml"
	@$(COMPILE) --all-extras --group dev -o requirements.lock
	@sed '/--hash=/d; s/ *\\$$//' requirements.lock > .venv/locked
	@$(COMPILE) --constraint .venv/locked -o requirements-production.lock
	@$(COMPILE) --constraint .venv/locked --extra docker --extra k8s -o requirements-launchers.lock \
	  $$(sed -n 's/^\([a-z0-9._-]*\)\(\[.*\]\)\{0,1\}==.*/--no-emit-package \1/p' requirements-production.lock)

$(READY): requirements.lock pyproject.toml
	@echo "==> Setting up .venv from requirements.lock (about a minute the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; say which with: make PYTHON=/path/to/python3.11"; exit 2; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# For tests only: a public JavaScript client of QuickBooks, run against the emulator unmodified, and axe-core, which looks at the
# desk's pages as a screen reader would. One command, because npm removes what it is not asked for. Without npm their tests are skipped.
node_modules/.ready: Makefile
	@mkdir -p node_modules
	@if command -v npm >/dev/null 2>&1; then \
	  echo "==> Installing node-quickbooks and axe-core for their tests"; \
	  npm install --no-save --no-package-lock --no-audit --no-fund --silent $(NODE_CLIENT) $(AXE) || \
	    echo "    they could not be installed; their tests are skipped"; \
	fi
	@touch $@

clean:
	@rm -rf .venv .state node_modules
