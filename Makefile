# Two commands matter: `make demo` runs the main job on a practice district, `make test` runs the tests for daily work.
# Both set up everything in .venv; nothing outside this folder is written. docs/explanation/tests.md says what runs where.

PYTHON ?= python3
BIN := .venv/bin
export PIP_CACHE_DIR := $(CURDIR)/.venv/pip-cache
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Without what Python keeps of each compiled module, every process that a test starts would compile all of the program.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-all covered test-pages mutants crash faults inputs thieves lint types bench man picture messages clean

demo: .venv/demo.stamp
	$(BIN)/python scripts/demo.py

# What needs nothing but Python: without the long tables (marked ci), real applications and browsers (marked real).
test: .venv/dev.stamp lint types
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not ci and not real"
	@echo "Not run: tests marked ci (long tables) or real (browsers, keyrings, other applications). All: make test-all"

# All but the longest tables in a browser, with coverage; pyproject.toml says how much has to be covered.
test-all: lint types covered

# What uses browsers and other applications mostly waits, so it runs beside the rest, and is printed after it. Coverage doubles the time of
# a command's test, and most of that goes into the adapters, which have tests of their own: so the tests of commands measure what
# is above, and of their tables the first rows (tests/conftest.py). It is that of the tests' own processes.
COVER := $(BIN)/python -m pytest --dist loadgroup --cov-report= --cov-fail-under=0
COVER_ABOVE := --cov=ssrcred.app --cov=ssrcred.cli --cov=ssrcred.output
COMMANDS := tests/cli tests/session
covered: .venv/dev.stamp
	@rm -f .coverage .coverage.*; \
	COVERAGE_FILE=.coverage.real $(COVER) -n 3 -m "real and not pages" --cov=ssrcred >.venv/real.log 2>&1 & \
	COVERAGE_FILE=.coverage.commands $(COVER) -n 2 -m "not real and not pages" $(COVER_ABOVE) $(COMMANDS); commands=$$?; \
	COVERAGE_FILE=.coverage.others $(COVER) -n 2 -m "not real and not pages" --cov=ssrcred $(COMMANDS:%=--ignore=%); others=$$?; \
	wait $$!; real=$$?; cat .venv/real.log; \
	$(BIN)/coverage combine -q .coverage.real .coverage.commands .coverage.others && $(BIN)/coverage report && \
	[ $$commands$$others$$real = 000 ]

# The tables in a browser of which test-all runs the telling rows only.
test-pages: .venv/dev.stamp
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m pages

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev.stamp
	$(BIN)/mypy src/ssrcred tests scripts benchmarks

# Breaks the program in 400 small ways and tells which the tests do not notice. Takes half an hour.
mutants: .venv/mutants.stamp
	$(BIN)/python scripts/mutants.py

# What is released: a wheel, an sdist, a lock with hashes for all platforms, checksums. Then: known faults in what is locked.
dist: .venv/dev.stamp
	$(BIN)/python scripts/release.py build
audit: dist
	$(BIN)/python scripts/release.py audit

# Kills a rotation at each of its system calls and counts what comes of it, for docs/explanation/promises.md. Takes an hour; Linux only.
# Some of them: make crash CRASH='--sample 20 --seed 2'
CRASH := --write docs/explanation/promises.md
crash: .venv/dev.stamp
	PYTHONPATH=tests $(BIN)/python scripts/crash.py $(CRASH)

# Lets a rotation meet faults of the network, the keyring, the disk, the clock and the shell, and counts, for the same page.
# Takes a quarter of an hour for 720 points; the journal lets the same command go on where it stopped, so delete it after a change. Linux only.
# A few: make faults FAULTS='--sample 20 --pairs 5 --seed 2'. All of them, some seven thousand: FAULTS='--pairs 200'
FAULTS := --sample 110 --pairs 60 --journal .venv/faults.jsonl --write docs/explanation/promises.md
faults: .venv/dev.stamp
	PYTHONPATH=tests $(BIN)/python scripts/faults.py $(FAULTS)

# Gives the commands more than ten thousand bad inputs and counts how they end, for the same page. Takes a quarter of an hour; Linux only.
# Some of them: make inputs INPUTS='--sample 20 --seed 2'
INPUTS := --write docs/explanation/promises.md
inputs: .venv/dev.stamp
	PYTHONPATH=tests $(BIN)/python scripts/inputs.py $(INPUTS)

# Lets made-up credentials pass through every command and searches all that is left, for the same page. Takes half an hour; Linux only.
# Some of them: make thieves THIEVES='--sample 5 --seed 2'
THIEVES := --write docs/explanation/promises.md
thieves: .venv/dev.stamp
	PYTHONPATH=tests $(BIN)/python scripts/thieves.py $(THIEVES)

# Takes minutes, and means something only where nothing else runs.
bench: .venv/dev.stamp
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/verify_all.py

# The manual page; a test compares it with the commands.
man: .venv/dev.stamp
	$(BIN)/python scripts/command_reference.py

picture: .venv/dev.stamp
	$(BIN)/python scripts/picture.py
	$(BIN)/python scripts/report_picture.py

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/demo.stamp: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e '.[practice,browser]'
	touch $@

.venv/dev.stamp: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e '.[dev]'
	touch $@ .venv/demo.stamp

.venv/mutants.stamp: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e '.[mutants]'
	touch $@ .venv/dev.stamp .venv/demo.stamp

# Every message that a person can read, rendered, in one list.
messages: .venv/demo.stamp
	@$(BIN)/python scripts/messages.py

clean:
	rm -rf .venv mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis htmlcov .coverage*
