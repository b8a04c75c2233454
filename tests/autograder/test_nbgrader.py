"""nbgrader's own commands in a course directory, and what this project leans on inside nbgrader."""

import inspect
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.converters.base import NbGraderException

from autograder import engine
from autograder.course import NOTEBOOKS, Course
from autograder.feedback import feedback
from autograder.nbgrader_bridge import CourseAutograde, CourseFeedback, one_transaction

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


def _converter(course: Course, cls: type, **chosen: str) -> object:
    """One of our converters as nbgrader's command makes it of its options."""
    directory = course.coursedir
    directory.assignment_id = "90_ordinary"
    for name, value in chosen.items():
        setattr(directory, name, value)
    return cls(coursedir=directory)


def test_nbgrader_s_options_choose_students(course: Course, hand_in, fill, monkeypatch) -> None:
    for student in ("ada", "adam", "eve"):
        hand_in(course, "90_ordinary", student, fill("90_ordinary"))
    jobs = []
    judge = engine.judge
    monkeypatch.setattr(engine, "judge", lambda *args, **kwargs: jobs.append(args[3]) or judge(*args, **kwargs))
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    _converter(course, CourseAutograde, student_id="a*").start()
    assert {student for student, _ in _scores(course, "90_ordinary")} == {"ada", "adam"}
    assert jobs == [2]
    _converter(course, CourseFeedback, student_id="*m").start()
    assert [path.parts[-3] for path in course.folder("feedback").glob("*/*/*.html")] == ["adam"]
    for cls in (CourseAutograde, CourseFeedback):
        with pytest.raises(NbGraderException, match=r"--notebook 9\* is not possible in this course"):
            _converter(course, cls, notebook_id="9*").start()


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


def test_what_nbgrader_writes_can_be_held_back(course: Course) -> None:
    """Its methods commit, through the session's own method."""
    for keep in (False, True):
        with course.gradebook() as gradebook, one_transaction(gradebook, keep):
            gradebook.update_or_create_student("zoe")
            gradebook.update_or_create_assignment("90_ordinary", duedate=None)
        with course.gradebook() as gradebook:
            assert [student.id for student in gradebook.students] == ["zoe"] * keep


INSIDES = re.compile(r"\.plugin_inst|\._[a-z]\w*\(notebook|session\.commit|nbgrader\.apps|convert_single_notebook")


def test_nbgrader_s_insides_are_touched_in_one_file() -> None:
    package = Path(engine.__file__).parent
    touching = {file.name for file in package.rglob("*.py") if INSIDES.search(file.read_text("utf-8"))}
    assert touching == {"nbgrader_bridge.py"}


def test_the_pipeline_is_configured_as_a_list(course: Course) -> None:
    from nbgrader.converters import GenerateAssignment

    made = GenerateAssignment(coursedir=course.coursedir, config=course.config)
    assert len(made.preprocessors) == 11
    assert all(cls.__name__ != "DeduplicateIds" for cls in made.preprocessors)
