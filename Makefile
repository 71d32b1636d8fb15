# The commands of the project. `make run` and `make test` do all set-up themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 --upgrade
.DEFAULT_GOAL := help
.PHONY: help run test test-compose lint format bench docs realm lock clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(VENV)/runtime.stamp: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: install it and run make PYTHON=python3.11 ..."; exit 2; }
	@echo "Installing the Python packages (once)"
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing: install it, for example the package python3-venv."; exit 2; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . 2>$(VENV)/install.log || { cat $(VENV)/install.log; exit 2; }
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/runtime.stamp
	@echo "Installing the development packages (once)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

run: $(VENV)/runtime.stamp ## Set up everything and start the stack on 127.0.0.1
	@exec $(BIN)/area-clienti up $(if $(FEED),--feed $(FEED))

test: $(VENV)/dev.stamp ## Run every test, against a real Keycloak
	@$(BIN)/area-clienti build
	@KC_DB=postgres $(BIN)/area-clienti build
	@cd keycloak/providers && mvn --batch-mode --quiet test
ifdef PYTEST_ARGS
	@$(BIN)/pytest $(PYTEST_ARGS)
else
	@$(BIN)/pytest --numprocesses 2 --dist worksteal tests/unit; units=$$?; \
	$(BIN)/pytest tests/integration tests/e2e tests/docker && exit $$units
endif

test-compose: $(VENV)/dev.stamp ## Run docker-compose.yml for real, on an engine of its own (root, docker.io, docker-compose, debootstrap)
	@trap 'exit 130' INT TERM; trap '$(BIN)/python -m tests.docker.engine stop' EXIT; \
	$(BIN)/python -m tests.docker.engine start && $(BIN)/python -m tests.docker.engine images && \
	DOCKER_HOST=unix://$(CURDIR)/var/engine/docker.sock $(BIN)/pytest tests/docker $(PYTEST_ARGS)

lint: $(VENV)/dev.stamp ## ruff, mypy, import directions, Java warnings
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@cd keycloak/providers && mvn --batch-mode --quiet -DskipTests compile

bench: $(VENV)/dev.stamp ## Measure the product beside its peers; one benchmark: BENCH=matching, its options: BENCH_ARGS="--help"
	@$(BIN)/area-clienti build
	@KC_DB=postgres $(BIN)/area-clienti build
	@$(BIN)/python -m benchmarks $(BENCH) $(BENCH_ARGS)

docs: $(VENV)/dev.stamp ## Write the guide for customers and take the pictures of both guides, from a stack of their own
	@$(BIN)/area-clienti build
	@$(BIN)/python -m tests.pictures

format: $(VENV)/dev.stamp ## Format the Python code
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

realm: $(VENV)/runtime.stamp ## Write keycloak/realm-export.json from the template and the brand files
	@$(BIN)/area-clienti realm

lock: $(VENV)/dev.stamp ## Renew the lock files
	@$(LOCK) --group build pyproject.toml -o requirements.lock
	@$(LOCK) --group build --group dev pyproject.toml -o requirements-dev.lock

clean: ## Remove everything that was built or written, the databases included
	@rm -rf var build *.egg-info keycloak/providers/target $(VENV)
