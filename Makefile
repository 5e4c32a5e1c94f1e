# Everything a person or CI does here. Needs only python3 >= 3.11 with venv and pip, and make.
# A target makes its own virtual environment when it is missing or older than what it is made from.

VENV   ?= .venv
PY     := $(VENV)/bin/python
EXTRAS := test,matrix
# The native decoder is compiled with this machine's C compiler, or with one from PyPI.
CC_EXTRA := $(if $(shell command -v cc || command -v gcc || command -v clang),,native)

# The first Python here that is new enough; PYTHON=... chooses another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
    $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

# A wheel index with torch builds for this machine (CPU only, or one CUDA version); empty: the default index.
TORCH_INDEX ?=
INSTALL = $(PY) -m pip install --disable-pip-version-check -c constraints.txt \
    $(if $(TORCH_INDEX),--extra-index-url "$(TORCH_INDEX)") -e

.DEFAULT_GOAL := help
.PHONY: help serve test browser check lab matrix bench load storm clients tutor lock image

help: ## list the targets
	@echo 'Usage: make TARGET [VARIABLE=value]'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' Makefile
	@echo 'Variables'
	@echo '  MODEL        what serve serves: a folder with a transformers model, or a hub id (default: the bundled tutor)'
	@echo '  PORT         the port it listens on (default: 8000)'
	@echo '  TORCH_INDEX  a wheel index for torch, such as the CPU-only one of its site: saves gigabytes of CUDA libraries'
	@echo '  ARGS         more arguments for test, lab, matrix, bench, load and storm, such as ARGS="-k scheduler"'

# The lab's endpoints block on purpose; a newcomer is to see them. UNBLOCKED_LAB_ENABLED=0, or a line in .env, turns them off.
ifeq ($(shell grep -s '^UNBLOCKED_LAB_ENABLED=' .env),)
serve: export UNBLOCKED_LAB_ENABLED ?= 1
endif
ifdef MODEL
serve lab: export UNBLOCKED_MODEL := $(MODEL)
endif
ifdef PORT
serve: export UNBLOCKED_PORT := $(PORT)
endif

serve: $(VENV)/.native ## serve a model: the page and the API on http://127.0.0.1:8000
	@exec $(PY) -m app serve

# Two at a time: many tests wait for a server to start. A file's tests stay together, with what they share.
test: $(VENV)/.installed-test $(VENV)/.native ## run the tests
	$(PY) -m pytest -n 2 --dist loadfile $(ARGS)

# Playwright's own event loop waits while a fixture starts the server: it is not one of ours to be judged.
browser: $(VENV)/.installed-browser $(VENV)/.native ## drive the page in a real Chromium, which must be installed
	$(PY) -m pytest -rs -m browser --fail-on-blocking=0 tests/browser $(ARGS)

check: $(VENV)/.installed-test ## ruff (lint and format) and mypy --strict
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

lab: $(VENV)/.native ## show what stops an event loop and what does not, as a table
	@$(PY) -m load lab $(ARGS)

matrix: $(VENV)/.installed-matrix $(VENV)/.native ## measure asyncio, threads and processes at each kind of work: minutes; ARGS=--short
	@$(PY) -m load matrix $(ARGS)

bench: $(VENV)/.installed-bench $(VENV)/.native ## measure engine and service against this machine's limits and other ways to serve: minutes
	@$(PY) -m load bench $(ARGS)

load: $(VENV)/.installed-load $(VENV)/.native ## load-test a server: one of its own, or ARGS="run SCENARIO --url ...", "sweep", "compare A B"
	@$(PY) -m load $(or $(ARGS),run baseline)

storm: $(VENV)/.native ## overload, leave, kill and misuse a server, and check its promises: minutes; ARGS=--short: one
	@$(PY) -m load storm $(ARGS)

# Node's clients always; Python's, which are many and large, unless CLIENTS=node.
clients: $(VENV)/.installed-test $(VENV)/.native ## other people's clients (openai for Node, Vercel's AI SDK, litellm, ...) against the tutor; CLIENTS=node: fewer
	@mkdir -p build/clients/node && cp tests/clients/node/* build/clients/node/
	@cd build/clients/node && npm install --no-package-lock --no-audit --no-fund --silent
ifneq ($(CLIENTS),node)
	@test -x build/clients/python/bin/python || "$(PYTHON)" -m venv build/clients/python
	@build/clients/python/bin/python -m pip install --quiet --disable-pip-version-check -r tests/clients/requirements.txt
endif
	$(PY) -m pytest tests/clients -m clients

tutor: $(VENV)/.installed ## train the bundled model again: corpus, tokenizer, weights, evaluation
	$(PY) -m models.recipe

image: ## build the container image `unblocked`
	docker build -t unblocked $(if $(TORCH_INDEX),--build-arg TORCH_INDEX_URL="$(TORCH_INDEX)") .

# Local version labels (torch's +cpu) name one platform's build, and torch pins its CUDA libraries itself: both are left out.
lock: ## pin every dependency anew in constraints.txt, from a fresh environment
	@$(call need-python)
	rm -rf build/lock && "$(PYTHON)" -m venv build/lock
	build/lock/bin/python -m pip install --disable-pip-version-check \
	    $(if $(TORCH_INDEX),--extra-index-url "$(TORCH_INDEX)") -e '.[$(EXTRAS),browser,native]'
	( echo '# Exact versions for reproducible installs, made by `make lock`. Not a list of what to install: see pyproject.toml.'; \
	  build/lock/bin/python -m pip freeze --all --exclude pip --exclude-editable --disable-pip-version-check \
	  | sed -E 's/^([A-Za-z0-9._-]+==[^+]+)\+.*/\1/' | grep -Ev '^(nvidia-|cuda-|triton==)' ) > build/constraints.txt
	mv build/constraints.txt constraints.txt
	rm -rf build/lock

define need-python
"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo 'No Python >= 3.11 here ("python3" is older or missing). Install one, or name it: make PYTHON=/path/to/python3.12 ...' >&2; exit 1; }; \
"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { echo 'This Python has no venv module. On Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }
endef

$(PY):
	@$(call need-python)
	@echo 'First run: making a virtual environment in $(VENV). Later runs start at once.'
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.installed: pyproject.toml constraints.txt | $(PY)
	@echo 'Installing the dependencies into $(VENV): minutes the first time, most of it torch.'
	@$(INSTALL) '.$(CC_EXTRA:%=[%])'
	@touch $@

# An extra of the same name, such as bench or load, and what serving needs.
$(VENV)/.installed-%: pyproject.toml constraints.txt | $(PY)
	@echo 'Installing the dependencies and the extra "$*" into $(VENV): minutes the first time, most of it torch.'
	@$(INSTALL) '.[$*$(CC_EXTRA:%=,%)]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-browser: pyproject.toml constraints.txt | $(PY)
	@echo 'Installing the dependencies and what driving a browser needs into $(VENV): minutes the first time.'
	@$(INSTALL) '.[$(EXTRAS),browser$(CC_EXTRA:%=,%)]'
	@touch $(VENV)/.installed $(VENV)/.installed-test $@

# Installs what serving needs as well, so serving does not install again.
$(VENV)/.installed-test: pyproject.toml constraints.txt | $(PY)
	@echo 'Installing the dependencies and what the tests need into $(VENV): minutes the first time, most of it torch.'
	@$(INSTALL) '.[$(EXTRAS)$(CC_EXTRA:%=,%)]'
	@touch $(VENV)/.installed $@

# Seconds. Without it everything works, at about half of the speed on a CPU, so a failure is told and passed over.
$(VENV)/.native: app/engine/native/decoder.c app/engine/native/build.py | $(VENV)/.installed
	@$(PY) -m app.engine.native.build && touch $@ || true
