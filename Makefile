# Two commands do everything on a fresh Debian or Ubuntu machine with Python 3.11: `make demo` and `make test`.

SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready-$(shell cat requirements.lock pyproject.toml 2>/dev/null | sha256sum | cut -c1-16)
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test static unit promtool containers up down sbom brokers chaos simulation mutants kills bench soak \
  bench-kafka streams docs xstocks lock schemas clean

help: ## show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY):
	@infra/python.sh "$(PYTHON)" "$(VENV)"
	@rm -f $(VENV)/.ready-*; touch $@

demo: $(READY) ## play a day at an issuer on an embedded log, verify it and show what is held and outstanding
	@$(BIN)/tallystick demo $(if $(SEED),--seed $(SEED))

test: static unit simulation mutants kills brokers ## lint, format, types, architecture and all tests

static: $(READY) ## lint, format, strict types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/tallystick schemas check

unit: $(READY) promtool ## every test but the brokers, the simulation, the mutants and the kills
	$(BIN)/pytest -n $(WORKERS) --ignore tests/brokers --ignore tests/simulation --ignore tests/mutants \
	  --ignore tests/kills

promtool: ## what checks the alert rules: the one on the path, else Debian's, into .cache
	@infra/prometheus/promtool.sh >/dev/null

containers: ## a Docker engine and the images that tests need, made here; TALLYSTICK_PULL=1 pulls them
	@infra/airgap/up.sh

up: containers ## brokers, workers and Prometheus in containers; the demo's day played through them, and verified
	@infra/compose/up.sh

down: ## end what `make up` started, and leave nothing of it
	@infra/compose/down.sh

sbom: $(READY) containers ## what is in the image, as CycloneDX JSON in build/sbom.cdx.json
	@infra/image.sh >/dev/null
	@$(BIN)/python infra/sbom.py tallystick:local build/sbom.cdx.json

brokers: $(READY) containers ## workers, and workers that are broken on purpose, on real Kafka brokers in containers
	$(BIN)/pytest -n0 tests/brokers

chaos: $(READY) containers ## faults of workers, brokers and senders on three brokers (ROUNDS=n SEED=s)
	$(BIN)/python -m tests.brokers.chaos --rounds $(or $(ROUNDS),10) --seed $(or $(SEED),1)

simulation: $(READY) ## seeds of the simulator and its coverage table (SEEDS=n)
	$(BIN)/pytest -n $(WORKERS) tests/simulation

mutants: $(READY) ## faults planted in a copy of the source, each caught by its invariant
	$(BIN)/pytest -n $(WORKERS) tests/mutants

kills: $(READY) ## `tallystick run` under load, killed with SIGKILL
	$(BIN)/pytest -n $(WORKERS) tests/kills

bench: $(READY) ## ratios, measured side by side in one run; a book that grows to N decisions alone: GROWTH=10000000
	$(BIN)/python -m tests.benchmarks $(if $(GROWTH),--growth $(GROWTH))

bench-kafka: $(READY) containers streams ## the real core on Kafka beside others (RECORDS=10000000: of the book taken over)
	$(BIN)/python -m tests.benchmarks.kafka $(if $(RECORDS),--records $(RECORDS)) $(if $(SCALE),--scale $(SCALE)) \
	  $(if $(ROUNDS),--rounds $(ROUNDS))

streams: ## Kafka Streams' jars and the program that `bench-kafka` compares with, into .cache
	@tests/benchmarks/kafka/streams/build.sh

soak: $(READY) ## many seeds of the simulator (SEEDS=10000)
	$(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),1000)

docs: $(READY) ## write docs/one-confirmation.md from a run, and docs/invariants.md from the code
	$(BIN)/python -m tests.docs.one_confirmation
	$(BIN)/python -m tests.docs.invariants

xstocks: $(READY) ## write examples/xstocks/policy.jsonl from the tables beside it
	$(BIN)/python -m examples.xstocks.policy

schemas: $(READY) ## write the JSON Schemas of every message and event
	$(BIN)/tallystick schemas export

lock: $(READY) ## resolve the dependencies anew
	$(BIN)/uv pip compile --quiet --extra dev --extra tracing --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header --python-version 3.11 pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --extra tracing --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header --python-version 3.11 pyproject.toml -o infra/requirements.lock
	@sed -i '1i # written by: make lock' requirements.lock infra/requirements.lock

clean: ## remove everything that was made
	rm -rf $(VENV) .cache build *.egg-info tallystick-demo
