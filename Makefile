# The index of verbs; each does its own set-up. ARGS goes to the tool: make test ARGS="tests/words -k quote"
VENV ?= .venv
ARGS ?=
export VENV PYTHON OLDEST

.PHONY: help setup demo test check fmt bench docs coverage soak clean

help:   ## this list
	@grep -E '^[a-z]+:' Makefile | sed 's/:.*##/\t/'
setup:  ## the tools of this checkout, in .venv (PYTHON=… chooses the interpreter)
	@scripts/setup
demo: setup  ## the release and the deployment of docs/examples, from an installed wheel
	@scripts/demo $(ARGS)
test: setup  ## every test
	@$(VENV)/bin/python -m pytest $(ARGS)
check: setup  ## lint, format, types, stair, shape, names in the docs
	@scripts/check
fmt: setup  ## rewrite the sources in the house's format
	@scripts/fmt
bench: setup  ## the speed table (PEERS=1: beside zx, xonsh and others; ARGS=--docs: into docs/), to build/bench.md
	@scripts/bench $(ARGS)
docs: setup  ## run every example in README.md and docs/, check every path they name
	@$(VENV)/bin/python -m pytest tests/docs tests/architecture/test_docs_paths.py $(ARGS)
coverage: setup  ## lines and branches of the modules that stop processes, lend the terminal, place holes
	@scripts/coverage $(ARGS)
soak: setup  ## thousands of random trials, then the tests again and again (ARGS="spawns drains": parts)
	@scripts/soak $(ARGS)
clean:  ## remove what the verbs above made
	@rm -rf .venv build dist .hypothesis .pytest_cache .import_linter_cache && find . -name __pycache__ -prune -exec rm -rf {} +
