# make setup | run | test | check | bench | fuzz | soak | crash | races | lock | clean
#
# PY is the Python to build with (3.11, 3.12 or 3.13), V the folder of the environment.
PY ?= python3
V ?= .venv
DEPS := $(V)/.deps
READY := $(V)/.ready
LOCKS := requirements/pip.txt requirements/build.txt requirements/dev.txt

# durable-rules calls a C function that Python 3.13 dropped, and its set-up overwrites CFLAGS: so rename it here.
export CC := gcc -DPyEval_CallObject=PyObject_CallObject

.PHONY: setup run test check bench fuzz soak crash races lock clean
.DEFAULT_GOAL := setup

setup: $(READY)

run: $(READY)
	$(V)/bin/settlement demo

test: $(READY)
	$(V)/bin/python -m pytest tests -n auto --maxprocesses 4 --dist worksteal

check: $(READY)
	$(V)/bin/ruff check .
	$(V)/bin/ruff format --check .
	$(V)/bin/mypy settlement
	$(V)/bin/lint-imports

bench fuzz soak crash races: $(READY)
	$(V)/bin/python bench/$@.py

# Made anew when a lock changes, so that nothing stays behind from an older one.
$(DEPS): $(LOCKS)
	@$(PY) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || { \
	  echo "settlement needs Python 3.11, 3.12 or 3.13, and '$(PY)' is not one: pass it, as in: make PY=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@command -v gcc >/dev/null || { echo "settlement needs gcc: durable-rules comes as C source only"; exit 1; }
	$(PY) -m venv --clear $(V)
	$(V)/bin/python -m pip install -q --require-hashes -r requirements/pip.txt
	$(V)/bin/python -m pip install -q --require-hashes --build-constraint requirements/build.txt -r requirements/dev.txt
	@touch $@

$(READY): $(DEPS) pyproject.toml
	$(V)/bin/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

# Writes the locks; keeps what is pinned unless asked: make lock UP=--upgrade
UV_VERSION := 0.13.9
COMPILE = uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
  --no-emit-index-url --no-emit-find-links $(UP)
lock:
	@tmp=$$(mktemp -d) && trap 'rm -rf "$$tmp"' EXIT && \
	$(PY) -m venv "$$tmp" && "$$tmp/bin/python" -m pip install -q uv==$(UV_VERSION) && PATH="$$tmp/bin:$$PATH" && \
	$(COMPILE) pyproject.toml --group dev -o requirements/dev.txt && \
	$(COMPILE) --group build -c requirements/dev.txt -o requirements/build.txt && \
	$(COMPILE) --group pip -o requirements/pip.txt

clean:
	rm -rf $(V) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
