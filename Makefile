# From a bare clone: `make demo`, then `make test`. Everything goes into .venv; nothing needs sudo.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
UV := $(or $(shell command -v uv),$(BIN)/uv)
# Some machines forbid it; then each worker and each process of a test compiles all again
unexport PYTHONDONTWRITEBYTECODE

# Half of the time a test waits, so four workers keep two cores busy
PYTEST := $(BIN)/pytest --numprocesses 4 --dist load --maxschedchunk 4
SOAK ?= 500

.PHONY: demo test check lint bench soak format picture

demo: $(READY)
	$(BIN)/leadsync demo

test: $(READY)
	$(PYTEST)

check: lint
	$(PYTEST) -m "not mongo and not slow"

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports

# Each benchmark stands beside a peer and prints ratios; BENCH names some: make bench BENCH=query
bench: $(READY)
	$(BIN)/python -m benchmarks $(BENCH)

# SOAK: how many processes are killed on each engine; then property tests with ten more seeds. Ends
# by itself, after about an hour.
soak: $(READY)
	LEADSYNC_SOAK=$(SOAK) $(PYTEST) -m slow
	for round in 1 2 3 4 5 6 7 8 9 10; do $(PYTEST) tests/property || exit 1; done

format: $(READY)
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

# The README's picture, drawn from a run of the demo
picture: $(READY)
	$(BIN)/python docs/make_picture.py

# The second try is for networks whose certificates only this machine knows
$(READY): pyproject.toml uv.lock
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -x "$(UV)" || $(BIN)/python -m pip install --quiet uv
	$(UV) sync --locked --quiet || $(UV) sync --locked --quiet --system-certs
	touch $@
