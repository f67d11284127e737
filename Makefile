# Every target sets up what it needs: a virtual environment in .venv from requirements.lock, and, unless DSR_KAFKA
# names a Kafka that runs already, Apache Kafka in var/kafka. Both are done once; see deploy/local/.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:

# Applications that `make demo` and `make up` send.
N ?= 10000
# Applications that `make bench` sends; 100000 shows what the services keep in memory then.
APPLICATIONS ?= 50000
# How often `make bench` measures everything, to take the middle of it.
TURNS ?= 3
# What `make chaos` does, and for how many minutes.
SEED ?= 1
MINUTES ?= 5
# Which safeguards `make mutants` takes out; without a name all of them.
NAMES ?=
# More arguments for pytest: make test ARGS='-k dedup -x'
ARGS ?=

# Each service is a process of its own: compiled once, its code is not compiled again at every start.
unexport PYTHONDONTWRITEBYTECODE

PYTHON := .venv/bin/python
# What .venv is made with, before those on PATH: distributions build theirs with profile-guided optimisation, which
# pyenv leaves out, and that is a tenth of all computing (decision 0021). DSR_PYTHON names another.
DISTRIBUTION_PYTHON := /usr/bin/python3
CODE := $(wildcard services shared sandbox bench tests)
PYTHON_READY := .venv/.ready
KAFKA_READY := $(if $(strip $(DSR_KAFKA)),,var/kafka/.ready)
PEERS := var/bench/peers
PEERS_READY := $(PEERS)/.ready
PIP_TOOLS := pip-tools==7.6.2
# Two files of tests at a time, those that only compute last, to fill what others leave. Each worker has a Kafka of its
# own; a given one is not shared: there, one file comes after the other. A given MongoDB is, each test having a database.
TWO_AT_A_TIME := $(if $(strip $(DSR_KAFKA)),,-n 2 --dist loadfile --no-loadscope-reorder)

.PHONY: help setup ready demo up test test-unit lint format bench bench-runtime bench-payments bench-dedup chaos mutants lock clean

help: ## Show this list
	@echo "Dynamic Social Registry. Each command sets up what it needs."
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo "  N=…        applications for demo and up (default $(N));  ARGS='…'  more arguments for pytest"
	@echo "  APPLICATIONS=… TURNS=…  for bench (default $(APPLICATIONS) and $(TURNS))"
	@echo "  SEED=… MINUTES=…  for chaos (default $(SEED) and $(MINUTES))"
	@echo "  DSR_KAFKA=host:port  use a Kafka that runs already instead of a local one"

setup: ## Make .venv and fetch Kafka (the other commands do this by themselves)
	@$(MAKE) -j2 ready

ready: $(PYTHON_READY) $(KAFKA_READY)
	@:

demo: setup ## Run the whole chain once with N applications, and show what came out
	@$(PYTHON) -m sandbox.demo --applications $(N)

up: setup ## Run the whole chain and leave it running; prints the URLs
	@$(PYTHON) -m sandbox.demo --keep --applications $(N)

test: setup ## Run every test, those on a real Kafka included
	@$(PYTHON) -m pytest $(or $(ARGS),$(TWO_AT_A_TIME))

test-unit: $(PYTHON_READY) ## Run the unit tests alone (seconds, no Kafka)
	@$(PYTHON) -m pytest -n 2 --dist worksteal tests/unit $(ARGS)

lint: $(PYTHON_READY) ## Check style, types, and who may import whom
	@.venv/bin/ruff check $(CODE)
	@.venv/bin/ruff format --check $(CODE)
	@.venv/bin/mypy $(CODE)
	@.venv/bin/lint-imports

format: $(PYTHON_READY) ## Format the code and apply ruff's safe fixes
	@.venv/bin/ruff format $(CODE)
	@.venv/bin/ruff check --fix $(CODE)

bench-runtime: setup ## Measure what the stage runtime costs beside a raw loop; into var/bench/runtime.json
	@$(PYTHON) -m bench.runtime

bench-payments: setup ## Measure payments: release, check, trace, changed accounts; into var/bench/payments.json
	@$(PYTHON) -m bench.payments

bench: setup ## Measure throughput beside two references (ten minutes)
	@$(PYTHON) -m bench.pipeline --applications $(APPLICATIONS) --turns $(TURNS)

bench-dedup: setup $(PEERS_READY) ## Measure duplicate detection beside Splink; into var/bench/dedup.json (half an hour)
	@$(PYTHON) -m bench.dedup --peers $(PEERS)/bin/python

chaos: setup var/kafka/.ready ## Kill and shake everything for MINUTES by SEED, and prove that nothing is lost or twice
	@$(PYTHON) -m sandbox.chaos --seed $(SEED) --minutes $(MINUTES)

mutants: setup ## Take each safeguard out of a copy of the code, and see that a test misses it
	@$(PYTHON) -m tests.mutation $(NAMES)

# The oldest Python resolves, because it needs the most: what newer ones no longer need does them no harm.
lock: ## Write requirements.lock anew from pyproject.toml (wants python3.11)
	@[ -x var/lock-venv/bin/pip-compile ] || { python3.11 -m venv var/lock-venv && \
	  var/lock-venv/bin/python -m pip --quiet --disable-pip-version-check install $(PIP_TOOLS); }
	@env -u PIP_FIND_LINKS -u PIP_INDEX_URL -u PIP_EXTRA_INDEX_URL \
	  CUSTOM_COMPILE_COMMAND='make lock' var/lock-venv/bin/pip-compile --quiet --extra dev --allow-unsafe \
	  --generate-hashes --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	  --no-emit-options --newline lf --output-file requirements.lock pyproject.toml
	@env -u PIP_FIND_LINKS -u PIP_INDEX_URL -u PIP_EXTRA_INDEX_URL \
	  CUSTOM_COMPILE_COMMAND='make lock' var/lock-venv/bin/pip-compile --quiet --allow-unsafe \
	  --generate-hashes --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	  --no-emit-options --newline lf --output-file bench/dedup/peers.lock bench/dedup/peers.in
	@echo "requirements.lock and bench/dedup/peers.lock are written; run make setup."

clean: ## Remove .venv, the caches and var/ with all local data
	rm -rf .venv var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

$(PYTHON_READY): requirements.lock pyproject.toml
	@python=$$(deploy/local/python.sh $(DISTRIBUTION_PYTHON)); \
	deploy/local/step.sh "Setting up Python packages in .venv (about a minute the first time)" \
	  "Check that the Python package index can be reached, then run it again." \
	  deploy/local/venv.sh "$$python"
	@touch $@

# What the bench is compared with has an environment of its own.
$(PEERS_READY): bench/dedup/peers.lock
	@python=$$(deploy/local/python.sh $(DISTRIBUTION_PYTHON)); "$$python" -m venv --clear $(PEERS)
	@deploy/local/step.sh "Fetching Splink and FEBRL into $(PEERS) (once)" \
	  "Check that the Python package index can be reached, then run it again." \
	  $(PEERS)/bin/python -m pip --disable-pip-version-check --no-input install --require-hashes -r bench/dedup/peers.lock
	@touch $@

var/kafka/.ready: deploy/local/kafka/pom.xml
	@deploy/local/prerequisites.sh
	@deploy/local/step.sh "Fetching Apache Kafka into var/kafka (once)" \
	  "Check that Maven can reach its repository, or set DSR_KAFKA=host:port, then run it again." \
	  deploy/local/kafka/fetch.sh
	@touch $@
