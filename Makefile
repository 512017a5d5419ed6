# Run, test and maintain storyfold from a checkout. Everything is installed into .venv.
# Longer shell scripts are in scripts/.

# Set on the command line: make run PORT=9000. HOST and PORT are not read from the environment,
# since other tools use variables of these names; STORYFOLD_HOST, STORYFOLD_PORT and so on are.
HOST = $(or $(STORYFOLD_HOST),127.0.0.1)
PORT = $(or $(STORYFOLD_PORT),8080)
DB = $(or $(STORYFOLD_DB),var/storyfold.db)
# The interpreter for .venv; if empty, scripts/find-python.sh looks for one. An existing .venv keeps
# its interpreter until `make clean`.
PYTHON ?=
# More arguments for pytest, such as PYTEST_ARGS='-k store', or '-n 0' to run tests in one process.
PYTEST_ARGS ?=
# What `make bench` measures: articles that are live, rounds, and JSON lines (.gz) instead of the
# multiplied starter corpus.
N = 2000
ROUNDS = 3
ARTICLES =
# With UPGRADE=1, `make lock` moves to newer versions.
UPGRADE ?=
UV ?= uv

BIN = .venv/bin
# Tests start the program many times, so compiled modules are kept.
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
LOCK = $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-emit-index-url --no-header \
	--annotation-style line $(if $(UPGRADE),--upgrade)
# Extras installed in every checkout and image. pyarrow (parquet) is left out, as it is large.
SHIPPED = --extra html --extra feeds --extra warc --extra postgres
# Installed with the compiled kernels, which a change of their sources makes anew.
KERNELS = requirements/kernels.txt scripts/build-kernels.sh $(wildcard clustering/kernels/*.[ch])

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev setup-spark run test test-slow docker-test audit fuzz lint format pictures figures bench client floor ceilings lock clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: .venv/.stamp-runtime ## Build .venv for running the service

setup-dev: .venv/.stamp-dev ## Build .venv for working on the code

# With the stamps, a second `make run` starts at once; .venv is updated only after a change of the
# requirements. dev.txt has all packages of runtime.txt in the same versions.
.venv/.stamp-%: requirements/%.txt pyproject.toml scripts/make-venv.sh $(KERNELS)
	@PYTHON='$(PYTHON)' sh scripts/make-venv.sh $<
	@touch $@

run: setup ## Serve on HOST:PORT (127.0.0.1:8080) with the store at DB (var/storyfold.db)
	@case '$(DB)' in *://*) ;; *) mkdir -p "$$(dirname '$(DB)')" ;; esac
	@exec $(BIN)/storyfold serve --starter --host '$(HOST)' --port '$(PORT)' --db '$(DB)'

test: lint ## Lint, then run the everyday tests (all but the slow ones)
	@sh scripts/need-chromium.sh
	$(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder -m 'not slow' $(PYTEST_ARGS)

setup-spark: setup-dev ## Add pyspark to .venv, for the tests of clustering archives (600 MB)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements/spark.txt

test-slow: setup-dev ## Run the slow tests
	@sh scripts/need-chromium.sh
	$(PYTEST) -m slow $(PYTEST_ARGS) || [ $$? -eq 5 ] # 5: there are no slow tests

docker-test: ## Build the image and test it; without a Docker daemon by buildah and podman
	@bash scripts/docker-test.sh

audit: setup-dev ## Ask for known holes in the locked packages (needs its advisory service)
	for locked in runtime semantic crawler; do \
		$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements/$$locked.txt || exit 1; \
	done

fuzz: setup-dev ## Fuzz the parsers for RUNS runs each (Python 3.11 on x86-64)
	$(BIN)/python -m scripts.fuzz $(or $(RUNS),20000)

lint: setup-dev ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/hadolint Dockerfile examples/crawler/Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml

format: setup-dev ## Rewrite the code in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pictures: setup-dev ## Take the screenshots of the documentation
	@sh scripts/need-chromium.sh
	$(BIN)/python docs/make_pictures.py

figures: setup-dev ## Draw the figures of docs/duplicates.md
	$(BIN)/python docs/make_figures.py

bench: setup .bench-venv/.stamp ## Compare with other libraries: N=2000 live articles, ROUNDS=3, ARTICLES=FILE
	$(BIN)/python -m benchmarks.comparison --live $(N) --rounds $(ROUNDS) \
		$(if $(ARTICLES),--articles '$(ARTICLES)')

# The libraries that are compared with, apart from .venv: they need other versions (700 MB).
.bench-venv/.stamp: requirements/bench.txt | .venv/.stamp-runtime
	rm -rf .bench-venv
	$(BIN)/python -m venv .bench-venv
	.bench-venv/bin/python -m pip install --disable-pip-version-check --quiet --quiet \
		--only-binary :all: --require-hashes --no-deps -r $<
	@touch $@

client: setup-dev ## Write the operations of service/client from the OpenAPI document
	$(BIN)/python -m scripts.make_client

floor: setup-dev ## Record today's quality as the minimum (tests/quality/floor.json)
	$(BIN)/python tests/quality/floor.py

ceilings: setup-dev ## Record today's work for an article as the maximum (tests/service/work_ceilings.json)
	$(BIN)/python -m tests.service.test_work_per_article

lock: ## Regenerate requirements/*.txt from pyproject.toml (UPGRADE=1 for newer versions)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: python3 -m pip install uv" >&2; exit 1; }
	$(LOCK) $(SHIPPED) --group build -o requirements/runtime.txt
	$(LOCK) $(SHIPPED) --extra semantic --group build -c requirements/runtime.txt \
		-o requirements/semantic.txt
	$(LOCK) $(SHIPPED) --extra parquet --extra semantic --group dev -c requirements/runtime.txt \
		-o requirements/dev.txt
	$(LOCK) $(SHIPPED) --extra parquet --extra semantic --extra spark --group dev \
		-c requirements/dev.txt -o requirements/spark.txt
	$(subst pyproject.toml,,$(LOCK)) --group kernels -o requirements/kernels.txt
	$(subst pyproject.toml,,$(LOCK)) --group crawler -c requirements/dev.txt \
		-o requirements/crawler.txt
	$(subst pyproject.toml,,$(LOCK)) --group bench --override requirements/bench-overrides.txt \
		-o requirements/bench.txt
	for wanted in tests/compat/requirements/*.in; do \
		$(subst pyproject.toml,"$$wanted",$(LOCK)) -o "$${wanted%.in}.txt" || exit 1; \
	done

clean: ## Remove .venv, .bench-venv, caches and build results (keeps the store in var/)
	rm -rf .venv .bench-venv .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
