# make demo    the whole way on a simulated class: release, grade, feedback, every mark checked
# make lab     JupyterLab on what students get
# make test    the whole test suite
# make check   formatting, lint, types, import arrows
# make fix     apply the formatter
#
# Each sets up what it needs in .venv first. PYTHON=python3.12 chooses another Python.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo lab test check fix clean

demo: .venv/course
	$(BIN)/autograder demo demo

lab: lab/dnnkit-course
	$(BIN)/dnnkit lab lab/dnnkit-course

# made once: what was written into its notebooks stays
lab/dnnkit-course: | .venv/course
	rm -rf lab
	$(BIN)/autograder init lab/course
	$(BIN)/autograder release --course lab/course
	$(BIN)/python -m zipfile --extract lab/course/bundle/dnnkit-course.zip lab

test: .venv/tests
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

check: .venv/tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: .venv/tests
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv demo lab

.venv/course: pyproject.toml autograder/pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --editable ./autograder
	touch $@

.venv/tests: .venv/course
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]' --editable './autograder[cluster]'
	touch $@
