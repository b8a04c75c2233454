"""nbgrader's own commands in a course directory, and what this project leans on inside nbgrader."""

import inspect
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder import engine
from autograder.course import NOTEBOOKS, Course
from autograder.feedback import feedback

CONV, POOLING = "01_conv_dimensions", "04_pooling"


def _nbgrader(course: Path, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(["nbgrader", *words], cwd=course, capture_output=True, text=True, timeout=300)


def _scores(course: Course, assignment: str) -> dict[tuple[str, str], object]:
    with course.gradebook() as gradebook:
        return {
            (submission.student.id, grade.cell.name): (grade.auto_score, grade.needs_manual_grade, grade.max_score)
            for submission in gradebook.assignment_submissions(assignment)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def test_nbgrader_s_commands_do_what_ours_do(released: Course, course: Course, tmp_path: Path, hand_in, fill) -> None:
    hand_in(course, CONV, "right", fill(CONV))
    hand_in(course, CONV, "wrong", fill(CONV, {"conv1d": "def conv1d(x, w, stride=1, padding=0):\n    return x"}))
    hand_in(course, CONV, "broken", "{")
    course.folder("submitted", CONV, "nothing").mkdir(parents=True)
    shutil.copytree(course.root, tmp_path / "twin")
    twin = Course.open(tmp_path / "twin")

    done = _nbgrader(course.root, "autograde", CONV)
    assert done.returncode == 0, done.stderr
    assert "not valid JSON" in done.stderr
    assert {result.student for result in engine.grade(twin, CONV)} == {"right", "wrong", "broken", "nothing"}
    scores = _scores(course, CONV)
    assert scores == _scores(twin, CONV)
    assert scores["right", "conv1d"] == (4.0, False, 4.0)
    assert scores["wrong", "conv1d"][0] == 0

    done = _nbgrader(course.root, "generate_feedback", CONV)
    assert done.returncode == 0, done.stderr
    pages = {file: file.read_bytes() for file in course.folder("feedback").glob(f"*/{CONV}/{CONV}.html")}
    assert {file.parts[-3] for file in pages} == {"right", "wrong", "broken", "nothing"}
    feedback(course, CONV)
    assert pages == {file: file.read_bytes() for file in pages}

    done = _nbgrader(course.root, "generate_assignment", POOLING, "--force")
    assert done.returncode == 0, done.stderr
    file = f"release/{POOLING}/{POOLING}.ipynb"
    assert (course.root / file).read_bytes() == (released.root / file).read_bytes()

    done = _nbgrader(course.root, "autograde", POOLING)
    assert done.returncode != 0
    assert "Nothing was handed in for '04_pooling'" in done.stderr


def test_formgrader_autogrades_and_gives_feedback_through_ours(course: Course, hand_in, blank) -> None:
    hand_in(course, "90_ordinary", "eve", blank("90_ordinary"))
    text = (
        "from nbgrader.apps.api import NbGraderAPI\n"
        "from autograder.course import Course\n"
        "from pathlib import Path\n"
        "if __name__ == '__main__':\n"
        "    course = Course.open(Path('.'))\n"
        "    formgrader = NbGraderAPI(course.coursedir)\n"
        "    for work in (formgrader.autograde, formgrader.generate_feedback, formgrader.generate_feedback):\n"
        "        done = work('90_ordinary', 'eve')\n"
        "        if not done['success']:\n"
        "            raise SystemExit(done['error'])\n"
    )
    (course.root / "formgrader.py").write_text(text)
    done = subprocess.run([sys.executable, "formgrader.py"], cwd=course.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert '"verdict"' in (course.folder("autograded", "90_ordinary", "eve") / "90_ordinary.ipynb").read_text()
    page = course.folder("feedback", "90_ordinary", "eve") / "90_ordinary.html"
    given = page.read_bytes()
    assert feedback(course, "90_ordinary") == [page]
    assert page.read_bytes() == given


def test_stock_nbgrader_gives_no_points(tmp_path: Path, fill) -> None:
    source = tmp_path / "source" / POOLING
    shutil.copytree(NOTEBOOKS / POOLING, source)
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nc.ClearMarkScheme.enforce_metadata = False\n")
    done = _nbgrader(tmp_path, "generate_assignment", POOLING)
    assert done.returncode == 0, done.stderr
    submitted = tmp_path / "submitted" / "eve" / POOLING
    submitted.mkdir(parents=True)
    nbformat.write(fill(POOLING), submitted / f"{POOLING}.ipynb")
    done = _nbgrader(tmp_path, "autograde", POOLING)
    assert done.returncode == 0, done.stderr

    graded = nbformat.read(tmp_path / "autograded" / "eve" / POOLING / f"{POOLING}.ipynb", 4)
    tests = [
        cell for cell in graded.cells if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
    ]
    assert len(tests) == 5
    for cell in tests:
        [error] = [output for output in cell.outputs if output.output_type == "error"]
        assert error.ename == "NotUnderAutograder"
        assert "autograder grade" in error.evalue
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as gradebook:
        assert gradebook.find_submission(POOLING, "eve").score == 0


LEANT_ON = {
    "nbgrader.converters.Autograde.start": "(self) -> None",
    "nbgrader.converters.GenerateFeedback.start": "(self) -> None",
    "nbgrader.converters.GenerateAssignment.convert_single_notebook": "(self, notebook_filename: str) -> None",
    "nbgrader.converters.GenerateAssignment.start": "(self) -> None",
    "nbgrader.preprocessors.AssignLatePenalties.init_plugin": "(self)",
    "nbgrader.preprocessors.AssignLatePenalties._check_late_penalty": "(self, notebook, penalty)",
    "nbgrader.plugins.LateSubmissionPlugin.late_submission_penalty": "(self, student_id, score, total_seconds_late)",
    "nbgrader.api.Gradebook.update_or_create_submission": "(self, assignment, student, **kwargs)",
    "nbgrader.api.Gradebook.update_or_create_student": "(self, student_id, **kwargs)",
    "nbgrader.api.Gradebook.find_notebook": "(self, name, assignment)",
    "nbgrader.api.Gradebook.find_submission": "(self, assignment, student)",
    "nbgrader.api.Gradebook.find_submission_notebook": "(self, notebook, assignment, student)",
    "nbgrader.preprocessors.ClearMarkScheme.preprocess_cell": "(self, cell, resources, cell_index)",
    "nbgrader.utils.parse_utc": "(ts)",
}


def _named(path: str) -> object:
    import importlib

    module, *names = path.split(".")
    found = importlib.import_module(module)
    for name in names:
        found = getattr(found, name) if hasattr(found, name) else importlib.import_module(f"{found.__name__}.{name}")
    return found


def _without_types(signature: inspect.Signature) -> str:
    plain = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in signature.parameters.values()]
    return str(signature.replace(parameters=plain, return_annotation=inspect.Signature.empty))


@pytest.mark.parametrize("path", LEANT_ON)
def test_what_we_call_inside_nbgrader_is_as_it_was(path: str) -> None:
    found = _without_types(inspect.signature(_named(path)))
    wanted = LEANT_ON[path].split(" ->")[0].replace(": str", "")
    assert found == wanted, f"nbgrader changed {path} from {wanted} to {found}: see autograder/nbgrader_bridge.py"


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("nbgrader.apps.api", "Autograde"),
        ("nbgrader.apps.autogradeapp", "Autograde"),
        ("nbgrader.apps.api", "GenerateFeedback"),
        ("nbgrader.apps.generatefeedbackapp", "GenerateFeedback"),
    ],
)
def test_the_name_that_we_replace_is_nbgrader_s_own(module: str, name: str) -> None:
    # in a process of its own, where nothing has been replaced yet
    program = (
        f"import inspect, {module} as module; from nbgrader.converters import {name}; "
        f"print(module.{name} is {name}, '{name}(coursedir=' in inspect.getsource(module))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "True True", f"nbgrader changed how {module} makes its {name}"


def test_the_pipeline_is_configured_as_a_list(course: Course) -> None:
    from nbgrader.converters import GenerateAssignment

    made = GenerateAssignment(coursedir=course.coursedir, config=course.config)
    assert len(made.preprocessors) == 11
    assert all(cls.__name__ != "DeduplicateIds" for cls in made.preprocessors)
