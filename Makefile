# Run, test and maintain storyfold from a checkout. Everything installed goes into .venv.
# Longer shell snippets live in scripts/.

# Set on the command line: make run PORT=9000. HOST and PORT are deliberately not taken from the
# environment, where other tools keep things of the same name; STORYFOLD_HOST and so on are.
HOST = $(or $(STORYFOLD_HOST),127.0.0.1)
PORT = $(or $(STORYFOLD_PORT),8080)
DB = $(or $(STORYFOLD_DB),var/storyfold.db)
# The interpreter to build .venv with (an existing .venv keeps its own: `make clean` first); without
# it, scripts/find-python.sh looks for one.
PYTHON ?=
# More arguments for pytest, such as PYTEST_ARGS='-k store', or '-n 0' for one test after the other.
PYTEST_ARGS ?=
# UPGRADE=1 lets `make lock` move to newer versions.
UPGRADE ?=
UV ?= uv

BIN = .venv/bin
# Tests start the program again and again: it is not to be compiled anew each time.
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
LOCK = $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-emit-index-url --no-header \
	--annotation-style line $(if $(UPGRADE),--upgrade)
# Extras in every checkout and image; pyarrow (parquet) is too large for that.
SHIPPED = --extra html --extra feeds --extra warc --extra postgres

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test test-slow docker-test lint format pictures figures floor lock clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: .venv/.stamp-runtime ## Build .venv for running the service

setup-dev: .venv/.stamp-dev ## Build .venv for working on the code

# The stamps make a second `make run` start at once; they are older than what they depend on only
# after a change of dependencies. dev.txt holds all of runtime.txt in the same versions.
.venv/.stamp-%: requirements/%.txt pyproject.toml scripts/make-venv.sh
	@PYTHON='$(PYTHON)' sh scripts/make-venv.sh $<
	@touch $@

run: setup ## Serve on HOST:PORT (127.0.0.1:8080) with the store at DB (var/storyfold.db)
	@case '$(DB)' in *://*) ;; *) mkdir -p "$$(dirname '$(DB)')" ;; esac
	@exec $(BIN)/storyfold serve --starter --host '$(HOST)' --port '$(PORT)' --db '$(DB)'

test: lint ## Lint, then run the everyday tests (all but the slow ones)
	@sh scripts/need-chromium.sh
	$(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder -m 'not slow' $(PYTEST_ARGS)

test-slow: setup-dev ## Run the slow tests
	@sh scripts/need-chromium.sh
	$(PYTEST) -m slow $(PYTEST_ARGS) || [ $$? -eq 5 ] # 5: there are no slow tests

docker-test: ## Build the image and try it out; without a Docker daemon by buildah and podman
	@bash scripts/docker-test.sh

lint: setup-dev ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/hadolint Dockerfile examples/crawler/Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml

format: setup-dev ## Rewrite the code in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pictures: setup-dev ## Take the pictures of the documentation
	@sh scripts/need-chromium.sh
	$(BIN)/python docs/make_pictures.py

figures: setup-dev ## Draw the figures of docs/duplicates.md
	$(BIN)/python docs/make_figures.py

floor: setup-dev ## Pin the quality of today as the floor (tests/quality/floor.json)
	$(BIN)/python tests/quality/floor.py

lock: ## Remake requirements/*.txt from pyproject.toml (UPGRADE=1 for newer versions)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: python3 -m pip install uv" >&2; exit 1; }
	$(LOCK) $(SHIPPED) --group build -o requirements/runtime.txt
	$(LOCK) $(SHIPPED) --extra parquet --group dev -c requirements/runtime.txt \
		-o requirements/dev.txt
	$(subst pyproject.toml,,$(LOCK)) --group crawler -c requirements/dev.txt \
		-o requirements/crawler.txt
	for wanted in tests/compat/requirements/*.in; do \
		$(subst pyproject.toml,"$$wanted",$(LOCK)) -o "$${wanted%.in}.txt" || exit 1; \
	done

clean: ## Remove .venv, caches and build results (the store in var/ stays)
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
