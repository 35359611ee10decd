# `make run` and `make test` set up everything that they need; the other targets are for those who work on snapwatch.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test peers lint check-types format clean

run: $(VENV)/installed config.toml
	$(BIN)/snapwatch run --config config.toml

test: $(VENV)/installed-dev lint check-types peers
	$(BIN)/python -m pytest -q -rs -n auto --dist worksteal

# Chromium, and other people's servers that some tests run against; without them those tests skip, and say so.
peers:
	tests/peers/install

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check-types: $(VENV)/installed-dev
	$(BIN)/mypy

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

config.toml:
	cp config.example.toml config.toml

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "snapwatch needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV) || { echo "On Debian: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/installed: pyproject.toml | $(BIN)/python
	@echo "Installing what snapwatch needs into $(VENV): a minute or two."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/installed-dev: pyproject.toml | $(BIN)/python
	@echo "Installing what snapwatch and its tests need into $(VENV): a few minutes."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
