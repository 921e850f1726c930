# `make run` runs it, `make test` tests it. Both set up everything they need.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

UV = $(shell command -v uv || echo .uv/bin/uv)
BOT = .venv/bin
RASA_PYTHON = $(shell deploy/find-python310.sh)
ENCODER = $(if $(wildcard .venv-rasa/.encoder),--extra encoder)
export RASA_TELEMETRY_ENABLED = false
export UV_PYTHON_PREFERENCE = system
export PYTHONDONTWRITEBYTECODE =  # where it is set, each start of each process would compile hundreds of modules anew

.PHONY: help install install-encoder install-tests run test lint types fast bench bench-delivery bench-sockets bench-sizing bench-scaling bench-live bench-understanding bench-growth soak experience screenshots clean

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 28

install: .venv/.installed .venv-rasa/.installed  ## both environments, from the lock file

.venv/.installed: pyproject.toml uv.lock
	@deploy/get-uv.sh
	$(UV) sync --quiet --frozen --extra bot $(ENCODER) --group dev --python '>=3.11,<3.14'
	@touch $@

.venv-rasa/.installed: pyproject.toml uv.lock
	@deploy/get-uv.sh
	@echo "Rasa's environment, 1.5 GB: this takes a few minutes the first time …"
	UV_PROJECT_ENVIRONMENT=.venv-rasa $(UV) sync --quiet --frozen --extra rasa $(ENCODER) --no-default-groups --python $(RASA_PYTHON)
	@touch $@

install-encoder: install  ## what a sentence encoder runs on, 60 MB, into both environments
	@touch .venv-rasa/.encoder
	@rm -f .venv/.installed .venv-rasa/.installed
	@$(MAKE) --no-print-directory install

run: install  ## the front line on port 8080 (FRONTLINE_PORT), state in var/ (FRONTLINE_HOME)
	@exec $(BOT)/frontline serve

install-tests: install
	@deploy/install-test-tools.sh

test: install-tests lint types  ## every check and test
	@$(BOT)/python -m tests.homes  # once, before any test has a deadline
	$(BOT)/pytest -n 3 --dist loadscope --no-loadscope-reorder --ignore=tests/e2e tests
	@echo "In real browsers and processes …"  # apart: Playwright keeps an event loop of its own
	$(BOT)/pytest tests/e2e

lint: install
	$(BOT)/ruff check .
	$(BOT)/ruff format --check .
	$(BOT)/lint-imports

types: install
	$(BOT)/mypy

bench: install  ## latency and rate beside bare Rasa and its default pipeline
	$(BOT)/python -m bench.turns

bench-delivery: install  ## from a signed webhook to a durable message, beside a bare aiohttp POST
	$(BOT)/python -m bench.delivery $(OPTIONS)

bench-sockets: install  ## what 10 000 open chats and 1 000 desks cost, beside bare aiohttp
	$(BOT)/python -m bench.sockets $(OPTIONS)

bench-sizing: install  ## what a web, a worker and a Rasa take of a machine, and what a message does
	$(BOT)/python -m bench.sizing $(OPTIONS)

bench-scaling: install  ## two workers with two Rasa processes beside one of each
	$(BOT)/python -m bench.scaling $(OPTIONS)

bench-live: install  ## seconds until a changed answer is given, and whether anybody waits meanwhile
	$(BOT)/python -m bench.live

bench-understanding: install  ## understanding beside Rasa's DIET, on the labelled sets in DATA=<folder>
	$(BOT)/python -m bench.understanding $(if $(DATA),"$(DATA)") $(OPTIONS)

bench-growth: install  ## the cost of a reading and of a fit, from 100 to 100 000 phrasings
	$(BOT)/python -m bench.growth --plot var/bench/growth.png

soak: install  ## under load and blows for MINUTES=10, everything reckoned up; SEED=<number> repeats a run
	$(BOT)/python -m bench.soak $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

experience: install  ## what the gate knows of contents before it knows yours; when its evidence has changed
	$(BOT)/python -m bench.experience

screenshots: install-tests  ## the pictures of the README, from the running product
	$(BOT)/python -m bench.screenshots

clean:  ## removes the environments and caches, keeps var/
	rm -rf .venv .venv-rasa .uv .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
