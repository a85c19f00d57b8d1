# The comment above a target is its help.
SHELL := /bin/sh
VENV ?= .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip
BIN := $(CURDIR)/$(VENV)/bin
.DEFAULT_GOAL := help

# Show this help.
.PHONY: help
help:
	@awk '/^# /{h=substr($$0,3)} /^[a-z-]+:/{split($$1,a,":"); if(h!=""){printf "  make %-16s %s\n",a[1],h}; h=""} !/^# /&&!/^\.PHONY/{h=""}' Makefile

# Train a small network and watch its curves in the browser.
.PHONY: demo
demo: $(VENV)/.installed
	@$(BIN)/farboard demo || [ $$? -eq 130 ] # Ctrl-C is how it ends

# Everything that has to hold: formats, lints, types and all tests (Rust, Python, page, browser).
.PHONY: test
test: check
	cd engine && cargo test --quiet
	npm --prefix web test
	$(PY) -m pytest -m "not slow"
	$(PY) -m pytest -m slow

FRAMEWORKS := $(VENV)-frameworks
FRAMEWORK_PACKAGES := torch lightning transformers accelerate keras matplotlib 'moviepy<2' onnx numpy pillow rich h2 tensorboard tensorboardX pytest pytest-asyncio
FRAMEWORK_TESTS := tests/integrations tests/benchmarks/test_writer_benchmark.py $(addprefix tests/writer/test_,any_array.py data_loader.py logging_docs.py pytorch.py pytorch_tensors.py signatures.py)

# The training side against real frameworks (PyTorch, Lightning, Hugging Face, Keras), some gigabytes in .venv-frameworks.
.PHONY: test-frameworks
test-frameworks: $(FRAMEWORKS)/.installed
	PYTHONPATH=src KERAS_BACKEND=torch KERAS_HOME=$(CURDIR)/$(FRAMEWORKS)/keras $(FRAMEWORKS)/bin/python -m pytest $(FRAMEWORK_TESTS)

# Formatters, linters and type checkers, without changing anything.
.PHONY: check
check: $(VENV)/.dev web/node_modules/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	cd engine && cargo fmt --check && cargo clippy --quiet --all-targets -- -D warnings
	npm --prefix web run check

# Format everything in place.
.PHONY: format
format: $(VENV)/.dev web/node_modules/.installed
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .
	cd engine && cargo fmt
	npm --prefix web run format

# Set up the development environment in .venv (editable install with all test tools).
.PHONY: dev
dev: $(VENV)/.dev web/node_modules/.installed

# Build the page into the package.
.PHONY: web
web: $(VENV)/bin/python
	$(PY) build_backend/farboard_build.py page

# Build the engine as a static program.
.PHONY: engine
engine: $(VENV)/.dev
	$(PY) build_backend/farboard_build.py engine

# Measure the promises of docs/performance.md; results go to benchmarks/results/.
.PHONY: bench
bench: $(VENV)/.dev
	$(PY) -m benchmarks.make_logs
	$(PY) -m benchmarks.load
	$(PY) -m benchmarks.first
	$(PY) -m benchmarks.index
	$(PY) -m benchmarks.many_runs
	$(PY) -m benchmarks.live
	$(PY) -m benchmarks.page
	$(PY) -m benchmarks.motion
	$(PY) -m benchmarks.idle
	$(PY) -m benchmarks.blackouts
	$(PY) -m benchmarks.histograms
	$(PY) -m benchmarks.link
	$(PY) -m benchmarks.writer

# Take pictures of the board into build/screenshots/ (needs chromium).
.PHONY: screenshots
screenshots: $(VENV)/.dev
	$(PY) -m benchmarks.screenshots

FUZZ_SECONDS ?= 1200

# Throw damaged and hostile bytes at the engine, FUZZ_SECONDS for each target (needs a nightly compiler and cargo-fuzz).
.PHONY: fuzz
fuzz:
	cd engine && cargo run --quiet --example seeds -- fuzz/corpus
	cd engine/fuzz && for target in records events tensors requests index thumbnails; do \
		cargo +nightly fuzz run $$target -- -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=4096 || exit 1; done

# Build sdist and wheel into dist/.
.PHONY: wheel
wheel: $(VENV)/bin/python
	$(PIP) install --quiet build
	$(PY) -m build --outdir dist .

# Build the wheels of a release into dist/, all that this machine can build, and test them.
.PHONY: wheels
wheels: $(VENV)/.dev
	$(PY) build_backend/wheels.py dist
	FARBOARD_WHEELS=$(CURDIR)/dist $(PY) -m pytest tests/test_wheels.py

# Remove everything that was built.
.PHONY: clean
clean:
	rm -rf $(VENV) $(FRAMEWORKS) dist build engine/target web/node_modules src/farboard/static

$(VENV)/bin/python:
	python3 -m venv $(VENV)
	$(PIP) install --quiet --upgrade pip

SOURCES := pyproject.toml constraints.txt $(shell find engine/src engine/Cargo.toml web/src web/build.mjs web/package.json build_backend -type f 2>/dev/null)

$(VENV)/.installed: $(SOURCES) | $(VENV)/bin/python
	$(PIP) install -c constraints.txt -e '.[demo]'
	touch $@

$(VENV)/.dev: $(SOURCES) | $(VENV)/bin/python
	$(PIP) install -c constraints.txt -e '.[dev]' maturin
	touch $@ $(VENV)/.installed

$(FRAMEWORKS)/.installed: constraints.txt constraints-frameworks.txt Makefile
	python3 -m venv $(FRAMEWORKS)
	$(FRAMEWORKS)/bin/python -m pip install -c constraints.txt -c constraints-frameworks.txt $(FRAMEWORK_PACKAGES)
	touch $@

web/node_modules/.installed: web/package.json web/package-lock.json
	npm --prefix web ci --no-audit --no-fund
	touch $@
