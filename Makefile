# Everything the project needs, on a machine with Python 3.11+. `make help` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# A worker a core, but no more than memory bears: PyTorch and a browser take a gigabyte in each. They
# take tests from each other's end, so that those of a file stay together with what they share.
PYTEST := $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal
# The tests start the program hundreds of times: its compiled modules are kept, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE
PIP := $(BIN)/python -m pip --disable-pip-version-check -q

# The page's build, where this copy has its source.
STATIC := src/lexiscope/server/static
PAGE := $(patsubst web/package.json,web/.built,$(wildcard web/package.json))
WEB_SOURCES := $(shell find web -type f -not -path 'web/node_modules/*' -not -name .built 2>/dev/null)

.PHONY: help demo test quick page docs check bench format clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.installed $(PAGE) ## Set up, train the bundled corpus and show its page
	@$(BIN)/lexiscope demo

test: $(VENV)/.installed-test $(PAGE) check check-web ## Set up and run the whole test suite
	@scripts/browser.sh
	@$(if $(KEPT_KERNELS),$(BIN)/python scripts/kernels.py take $(KEPT_KERNELS))
	@$(PYTEST)
	@$(if $(KEPT_KERNELS),$(BIN)/python scripts/kernels.py keep $(KEPT_KERNELS))

quick: $(VENV)/.installed-test check ## Lint, types and the fast tests: some minutes, once installed
	@$(PYTEST) -m "not slow and not browser"

page: $(PAGE) ## Build the web page into the package (needs Node 20)

docs: $(VENV)/.installed-docs ## Build the documentation into site/, strictly
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "the documentation is in site/: open site/index.html"

check: $(VENV)/.installed-test ## Lint, formatting and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(VENV)/.installed-test ## Speed and quality beside gensim (texts: see benchmarks/README.md)
	@$(BIN)/python -m benchmarks

format: $(VENV)/.installed-test ## Format the code
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

clean: ## Remove the virtual environment, the built page and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache web/node_modules web/.built $(STATIC) site

# Without Node everything but the page works, so its absence is said and stops nothing. A stamp, as
# Vite's names change with their content.
web/.built: $(WEB_SOURCES)
	@if command -v npm >/dev/null; then \
		echo "building the page (half a minute)"; \
		cd web && npm ci --no-audit --no-fund --loglevel=error >/dev/null && npm run --silent build && touch .built; \
	else \
		echo "npm was not found: the page is not built (it needs Node 20, https://nodejs.org)" >&2; \
	fi

.PHONY: check-web
check-web: $(PAGE)
	@if [ -n "$(PAGE)" ] && command -v npm >/dev/null; then \
		cd web && npm run --silent check && npm run --silent lint && npm test --silent; \
	fi

# A stamp an extra: made again only when what is to be installed has changed.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Lexiscope needs Python 3.11 or newer; found $$($(PYTHON) --version). Set PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing Lexiscope into $(VENV) (half a minute or more, by the network)"
	@$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-test: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing Lexiscope and its tests' packages into $(VENV)"
	@$(PIP) install -c constraints.txt -e '.[test]'
	@touch $@ $(VENV)/.installed $(VENV)/.installed-docs

$(VENV)/.installed-docs: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing Lexiscope and what builds its documentation into $(VENV)"
	@$(PIP) install -c constraints.txt -e '.[docs]'
	@touch $@ $(VENV)/.installed
