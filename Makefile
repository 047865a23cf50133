# Two commands on a fresh machine with Python 3.11 and make: `make demo` and `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
TORCH ?= 2.13.0
JOBS ?= auto
CODE := src tests benchmarks
export OMP_WAIT_POLICY = passive
export OMP_NUM_THREADS = 1

.PHONY: demo test check campaign clean

demo: $(VENV)/.installed
	$(BIN)/howdeep run digits --out demo.study

# One process a core; a file's tests stay in one process, so that what they share is made once.
test: $(VENV)/.installed-dev check
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

check: $(VENV)/.installed-dev
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy

# The long campaigns, and a table of what they showed. Hours; a part: make campaign CAMPAIGN="-k disks"
campaign: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m campaign -s --timeout 0 $(CAMPAIGN)

# torch first and on its own: its version decides which builds of everything else fit.
$(VENV)/.torch:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "torch==$(TORCH)"
	touch $@

$(VENV)/.installed: $(VENV)/.torch pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) demo.study build dist src/*.egg-info
