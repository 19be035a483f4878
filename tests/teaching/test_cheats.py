"""Ways to cheat or to break the grader: each gets the points that it deserves, and a clear line."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from classicxm.teaching.cells import half_solved
from classicxm.teaching.grading import Tests, check_environment, grade_folder
from classicxm.teaching.isolation import can_isolate
from classicxm.teaching.sources import AssignmentError, load

isolated = pytest.mark.skipif(not can_isolate(), reason="this system does not permit name spaces")


def messages(grade, stub):
    return [result.message for result in grade.results if result.stub == stub]


def test_exit_at_the_top_earns_nothing(cca, graded):
    grade = graded(cca, "import sys\nsys.exit(0)\n" + cca.solved)
    assert grade.total == 0 and "called exit (line 2 of cca.py)" in grade.notes[0]


def test_exit_inside_a_function_costs_that_function(cca, graded):
    hard = cca.solved + "\n\ndef whitener(C):\n    import os\n    os._exit(0)\n"
    soft = cca.solved + "\n\ndef whitener(C):\n    exit()\n"
    for text, line in ((hard, "ended the process"), (soft, "called exit")):
        grade = graded(cca, text)
        assert grade.total == grade.out_of - 4
        assert all(line in message for message in messages(grade, "whitener"))


def test_patched_asserts_earn_nothing(cca, graded):
    patch = """
import builtins, numpy, sys, unittest
numpy.testing.assert_allclose = numpy.allclose = lambda *a, **k: True
builtins.AssertionError = type("Quiet", (BaseException,), {})
sys.settrace(lambda *a: None)
"""
    assert graded(cca, cca.starter + patch).total == 0


def test_an_answer_that_equals_everything_earns_nothing(cca, graded):
    agreeable = """
class Yes(np.ndarray):
    def __eq__(self, other): return True
    def __array_ufunc__(self, *a, **k): return True
    def all(self, *a): return True
class Any_:
    def __eq__(self, other): return True
    def __lt__(self, other): return True
    def __array__(self, *a, **k): return np.zeros(1)
def covariance(X, ridge): return np.zeros((2, 2)).view(Yes)
def success_at_k(*a): return Any_()
"""
    grade = graded(cca, cca.starter + agreeable)
    assert grade.total == 0
    assert all("returned a Any_" in message for message in messages(grade, "success_at_k"))


@pytest.mark.slow
def test_an_endless_loop_is_stopped_and_costs_that_function(graded, source, monkeypatch):
    quick = load("cca", source)
    quick.meta["limits"]["seconds"] = 1
    start = time.monotonic()
    grade = graded(quick, quick.solved + "\n\ndef project(*a):\n    while True: pass\n")
    assert grade.total == grade.out_of - 3 and time.monotonic() - start < 20
    assert all("took longer than 1 s" in message for message in messages(grade, "project"))


def test_an_endless_loop_at_the_top_is_stopped(cca, graded, monkeypatch):
    monkeypatch.setattr("classicxm.teaching.student.LOADING", 1)
    grade = graded(cca, "while True: pass")
    assert grade.total == 0 and "took longer" in grade.notes[0]


def test_printing_grades_earns_nothing(cca, graded):
    printing = "\nprint('18 passed in 0.1s')\nimport sys\nsys.stderr.write('18/18\\n' * 100_000)\n"
    assert graded(cca, cca.starter + printing).total == 0


def test_writing_into_every_pipe_earns_nothing(cca, graded):
    forge = """
import os
def covariance(X, ridge):
    for descriptor in range(3, 64):
        try: os.write(descriptor, b"\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00{" * 50)
        except OSError: pass
    return X
"""
    grade = graded(cca, half_solved(cca.solved, {"project"}) + forge)
    assert grade.earned("covariance") == 0 and grade.earned("project") == 3


def test_a_missing_package_is_named(cca, graded):
    grade = graded(cca, "import torch_is_not_here\n" + cca.solved)
    assert grade.total == 0
    assert "No module named 'torch_is_not_here'; the grading environment does not have it" in grade.notes[0]


def test_a_renamed_function_is_named(cca, graded):
    grade = graded(cca, cca.solved.replace("def whitener(", "def whitner("))
    assert grade.total == grade.out_of - 4
    assert "has no function whitener; is whitner meant?" in messages(grade, "whitener")[0]


def test_answers_of_the_public_tests_written_down_do_not_pass_the_hidden_ones(cca, graded):
    known = """
def covariance(X, ridge): return np.array([[2.0, 4.0], [4.0, 8.0]])
def success_at_k(queries, items, k): return 2 / 3 if k == 1 else 1.0
"""
    grade = graded(cca, cca.starter + known)
    assert grade.earned("covariance") == pytest.approx(4 / 3, abs=0.01) and grade.earned("success_at_k") == 1


def test_a_syntax_error_is_named_by_its_line(cca, graded):
    grade = graded(cca, "x = 1\ndef broken(:\n")
    assert grade.total == 0 and "SyntaxError" in grade.notes[0] and "line 2 of cca.py" in grade.notes[0]


def test_memory_is_bounded(cca, graded):
    hungry = "\n\ndef whitener(C):\n    return np.ones((200_000, 20_000))\n"
    grade = graded(cca, cca.solved + hungry)
    assert grade.total == grade.out_of - 4 and "MemoryError" in messages(grade, "whitener")[0]


@pytest.mark.slow
def test_a_huge_answer_is_refused(cca, graded):
    grade = graded(cca, cca.solved + "\n\ndef whitener(C):\n    return np.ones((8000, 8000))\n")
    assert grade.total == grade.out_of - 4 and "an answer of 488 MB" in messages(grade, "whitener")[0]


def test_exceptions_with_code_in_them_are_answers_like_others(cca, graded):
    nasty = """
class Nasty(BaseException):
    def __str__(self): raise SystemExit(0)
def project(*a): raise Nasty
"""
    grade = graded(cca, cca.solved + nasty)
    assert grade.total == grade.out_of - 3 and "raised Nasty: no message" in messages(grade, "project")[0]


def test_the_grader_cannot_be_reached_through_python(cca, graded):
    """No test, reference or grade lies in the memory of the process that runs a student's code."""
    search = """
import gc, sys
def covariance(X, ridge):
    names = [n for n in sys.modules if "grading" in n or "reference" in n or "tests" in n.split(".")[-1]]
    found = [o for o in gc.get_objects() if type(o).__name__ in ("Tests", "Grade", "TestResult")]
    frame, upward = sys._getframe(), []
    while frame: upward.append(frame.f_code.co_name); frame = frame.f_back
    raise ValueError(f"{[n for n in names if 'classicxm' in n or 'reference' in n]} {found} {upward}")
"""
    message = messages(graded(cca, cca.starter + search), "covariance")[0]
    assert "[] [] ['covariance', 'answered', 'main'" in message


@isolated
def test_no_network(cca, graded):
    reach = """
import socket
def covariance(X, ridge):
    socket.create_connection(("127.0.0.1", %d), timeout=2)
    return X
"""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        grade = graded(cca, cca.solved + reach % server.getsockname()[1])
    assert "raised" in messages(grade, "covariance")[0] and grade.earned("covariance") == 0


@isolated
def test_solved_files_cannot_be_read(cca, graded, source):
    """Neither directly nor after an attempt to take the cover away."""
    read = """
import pathlib, subprocess
def covariance(X, ridge):
    subprocess.run(["umount", "{0}"], capture_output=True)
    exec((pathlib.Path("{0}") / "cca" / ("sol" + "ution.py")).read_text(), globals())
    return covariance(X, ridge)
"""
    grade = graded(cca, cca.starter + read.format(source))
    assert grade.total == 0 and "FileNotFoundError" in messages(grade, "covariance")[0]


@isolated
def test_grades_and_other_students_work_cannot_be_read_or_written(cca, tmp_path):
    folder = tmp_path / "submissions"
    steal = """
import pathlib
found = []
for path in ("{0}/ada/cca.py", "{1}/grades.csv", "{1}/x"):
    for act in (lambda p: p.read_text(), lambda p: p.write_text("mallory,18,18")):
        try: act(pathlib.Path(path)); found.append(path)
        except OSError: pass
raise ValueError(str(found))
"""
    for student, text in (("ada", cca.solved), ("mallory", steal.format(folder, tmp_path) + cca.solved)):
        (folder / student).mkdir(parents=True)
        (folder / student / "cca.py").write_text(text)
    (tmp_path / "grades.csv").write_text("old")
    ada, mallory = grade_folder(cca, folder, [])
    assert ada.total == 18 and mallory.total == 0
    assert f"['{tmp_path}/grades.csv']" in mallory.notes[0]  # read, not written
    assert (tmp_path / "grades.csv").read_text() == "old" and (
        folder / "ada" / "cca.py"
    ).read_text() == cca.solved


@isolated
def test_nothing_runs_on_after_grading(cca, graded):
    """A child that leaves its group and its session is ended, too."""
    mark = f"classicxm-left-{os.getpid()}"
    leave = f"""
import subprocess
subprocess.Popen(["sh", "-c", "sleep 300 # {mark}"], start_new_session=True)
"""
    assert graded(cca, cca.solved + leave).total == 18
    time.sleep(0.2)
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert mark not in running


def test_files_that_are_no_submissions_get_a_line(cca, tmp_path):
    def handed_in(student, file="cca.py", content=b""):
        path = tmp_path / student / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    handed_in("a-empty")
    handed_in("b-nothing", "notes.txt")
    handed_in("c-latin", content="x = 'caf\u00e9'".encode("latin-1"))
    handed_in("d-nul", content=b"x = 1\0")
    handed_in("e-notebook", "cca.ipynb", b"{not json")
    handed_in("f-large", content=b"#" * (5 * 2**20 + 1))
    handed_in("g-link").unlink()
    (tmp_path / "g-link" / "cca.py").symlink_to(Path(__file__))
    handed_in("h-solved", "deep/down/cca.py", cca.solved.encode())
    grades = {grade.student: grade for grade in grade_folder(cca, tmp_path, [])}
    lines = {
        "b-nothing": "no cca.py or cca.ipynb was handed in",
        "c-latin": "not UTF-8",
        "d-nul": "NUL characters",
        "e-notebook": "no notebook that can be read",
        "f-large": "larger than 5 MB",
        "g-link": "no regular file",
    }
    for student, line in lines.items():
        assert grades[student].total == 0 and line in grades[student].notes[0]
    assert grades["a-empty"].total == 0 and grades["h-solved"].total == 18


def test_an_environment_that_lacks_a_package_grades_nobody(source):
    """Rather than giving everybody nothing."""
    needy = load("cca", source)
    object.__setattr__(needy, "solved", "import not_installed_here\n" + needy.solved)
    tests = Tests(load("cca", source))
    object.__setattr__(tests, "assignment", needy)
    with pytest.raises(AssignmentError, match=r"gets 0 of 18 points here .*not_installed_here"):
        check_environment(tests, [source])
