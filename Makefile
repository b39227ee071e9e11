# Two commands on a fresh machine: `make demo` and `make test`. Each sets up .venv itself and may be repeated.
# Needs Python 3.11 or newer with its venv module, pip and make; nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SETUP = $(PYTHON) scripts/bootstrap.py
WORKERS ?= 3

.DEFAULT_GOAL := help
.PHONY: help setup demo report test soak lint format texts reference bench audit docs clean

help:
	@echo "make demo    set up, start the service and feed it a made-up world: watch it work in a browser"
	@echo "make report  set up, write a sample log, verify it, write the report"
	@echo "make test    set up, check style and types, run the tests"
	@echo "make soak    an hour or two of kills, mutated logs, many callers and worlds for the record"
	@echo "make setup   set up .venv with everything a developer needs"
	@echo "make lint    style and types only          make format   rewrite files to the style"
	@echo "make texts   bring the catalogues of texts up to date with the messages in the code"
	@echo "make reference  write what docs/reference has from the records of files"
	@echo "make bench   compare accuracy and speed with other methods (writes docs/benchmarks.md)"
	@echo "make audit   look up every pinned dependency among the known vulnerabilities (needs the internet)"
	@echo "make docs    build the documentation site into site/"
	@echo "make clean   remove what these commands wrote, .venv included"

setup: python
	@$(SETUP) test docs

demo: python
	@$(SETUP) service
	@$(BIN)/zhenzan demo demo/service --catalogue examples/catalogue.toml

report: python
	@$(SETUP)
	@$(BIN)/zhenzan sample demo/likes.csv
	@$(BIN)/zhenzan verify demo/likes.csv --out demo/result --report demo/report.html --open

test: python
	@$(SETUP) test
	@$(MAKE) --no-print-directory --jobs=2 checks kernels
	$(BIN)/pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder

soak: python
	@$(SETUP) test
	@$(MAKE) --no-print-directory kernels
	ZHENZAN_SOAK=1 $(BIN)/pytest -q -n $(WORKERS) --dist load -m "soak or also_soak" $(ONLY)

lint: python
	@$(SETUP) test
	@$(MAKE) --no-print-directory checks

format: python
	@$(SETUP) test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

texts: python
	@$(SETUP) test
	$(BIN)/pybabel -q extract -F pyproject.toml --add-location=file --sort-by-file --no-wrap -o $(VENV)/zhenzan.pot src
	$(BIN)/pybabel -q update -D zhenzan -i $(VENV)/zhenzan.pot -d src/zhenzan/translation/locale \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap

reference: python
	@$(SETUP) test
	$(BIN)/python scripts/write_reference.py

bench: python
	@$(SETUP) bench
	$(BIN)/python -m benchmarks

audit: python
	@$(SETUP) test
	$(BIN)/pip install -q pip-audit
	$(BIN)/pip-audit -r constraints.txt --no-deps --disable-pip

docs: python
	@$(SETUP) docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "The site is at site/index.html"

clean:
	rm -rf $(VENV) demo site .mypy_cache .ruff_cache .pytest_cache .hypothesis

.PHONY: python checks kernels
python:
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "There is no '$(PYTHON)' on this machine: install Python 3.11 or newer, or run 'make PYTHON=/path/to/python'." >&2; \
	  exit 1; }

checks:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict src

kernels:
	@$(BIN)/python scripts/compile_kernels.py
