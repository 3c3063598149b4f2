# Needs nothing but make and Python 3.11 or newer. Everything is installed into .venv, pinned by hash.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# A stamp is named after what it stands for, so packages are installed again only when a list changes.
STAMP := .venv/installed-$(shell cksum < requirements.txt | tr -d ' ')
DEV_STAMP := .venv/installed-dev-$(shell cat requirements.txt requirements-dev.txt | cksum | tr -d ' ')
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate
# What a production install looks like to `check --deploy`; the folder only holds the check's own empty database.
PRODUCTION := ENV_FILE=/dev/null DEBUG=0 SITE_URL=https://money.example.org DATA_DIR=data/check \
	PLAID_ENV=production PLAID_CLIENT_ID=check PLAID_SECRET=check
WORKERS ?= 2
ARGS ?=

N ?= 1000

.PHONY: help install install-dev demo test audit check prove mutants bench corpus screenshots requirements

help:
	@echo "make demo          the app with a simulated bank at http://127.0.0.1:8000 (CHECK=1: prove it and stop)"
	@echo "make test          all tests (ARGS='tests/money -k sum' for some)"
	@echo "make audit         known holes and licences of packages, risky code, secrets in the repository"
	@echo "make check         format, lint, types, layers, migrations, production settings"
	@echo "make prove         N random histories over HTTP, 100 N in memory, and kills: nothing lost or doubled (N=1000)"
	@echo "make mutants       promises broken on purpose in a copy: the tests have to notice each"
	@echo "make bench         speed and memory beside their targets"
	@echo "make corpus        import a folder of bank files with a manifest, compare, undo (DIR=path)"
	@echo "make screenshots   the pictures of the README, taken from a demo"
	@echo "make requirements  pin the newest versions that requirements*.in allow"

install: $(STAMP)

install-dev: $(DEV_STAMP)

demo: $(STAMP)
	@exec $(BIN)/python manage.py demo $(if $(filter 1,$(CHECK)),--check)

# A test takes from a millisecond to a minute, so who has none left is given some of another's.
test: $(DEV_STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

audit: $(DEV_STAMP)
	@$(BIN)/python -m tests.audit

check: $(DEV_STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PRODUCTION) $(BIN)/python manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

prove: $(DEV_STAMP)
	$(BIN)/python -m tests.prove $(N) --workers $(WORKERS) $(ARGS)

mutants: $(DEV_STAMP)
	@$(BIN)/python -m tests.mutants --workers $(WORKERS)

bench: $(DEV_STAMP)
	$(BIN)/python -m benchmarks $(ARGS)

corpus: $(STAMP)
	@$(BIN)/python -m imports.corpus $(DIR)

screenshots: $(DEV_STAMP)
	$(BIN)/python docs/screenshots.py

requirements: $(DEV_STAMP)
	$(COMPILE) --upgrade -o requirements.txt requirements.in
	$(COMPILE) --upgrade -c requirements.txt -o requirements-dev.txt requirements-dev.in
	$(COMPILE) --upgrade -c requirements.txt -o requirements-postgres.txt requirements-postgres.in

$(STAMP): | .venv
	$(PIP) -r requirements.txt
	@touch $@

$(DEV_STAMP): | .venv
	$(PIP) -r requirements-dev.txt
	@touch $@

.venv:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; none was found." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Try: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv
