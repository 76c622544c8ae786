# Two commands do it all: `make demo` and `make test`. They need Python 3.11 or newer, and nothing else that is not here.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
TEXTS := src/bedoeling_nb/texts

.PHONY: demo test check unit bench texts lock shots clean

demo: $(READY)  ## the sample community, an open session, the apps
	$(BIN)/bedoeling demo $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT))

test: $(READY) check unit  ## everything that CI runs

check: $(READY)  ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(READY)  ## unit, both databases, notebooks, browser
	$(BIN)/python scripts/needs.py
	$(BIN)/pytest -n 2 --dist loadfile
	$(BIN)/pytest --nbval notebooks

bench: $(READY)  ## every speed that the README claims, ours beside the stock way
	$(BIN)/python -m benchmarks

shots: $(READY)  ## the pictures of the README, made from the running software
	$(BIN)/python scripts/shots.py

texts: $(READY)  ## take new sentences from the sources into the Dutch catalogue, and compile it
	$(BIN)/pybabel -q extract -F babel.cfg -k N_ -k say:1,1t -k say:2,2t -k say:2,3t -k tool:2 --no-location --omit-header -o $(VENV)/texts.pot .
	$(BIN)/pybabel -q update -i $(VENV)/texts.pot -d $(TEXTS) -D bedoeling_nb -l nl --no-fuzzy-matching --ignore-obsolete --omit-header
	$(BIN)/pybabel -q compile -d $(TEXTS) -D bedoeling_nb

lock: $(READY)  ## pin every dependency, with hashes and without addresses
	$(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --strip-extras --allow-unsafe --all-extras -o requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) .bedoeling dist build

$(READY): requirements.lock pyproject.toml hatch_build.py $(wildcard $(TEXTS)/*/LC_MESSAGES/*.po)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/bedoeling kernelspec install
	@touch $@
