"""``classicxm assignment``: set assignments, let students check theirs, and grade what they hand in."""

from pathlib import Path
from typing import Any

import click

from classicxm.cli.terminal import say, say_line
from classicxm.reports.tables import aligned

__all__ = ["assignment"]

source_option = click.option(
    "--source",
    type=click.Path(path_type=Path),
    help="The folder 'assignments' of a checkout; by default the one beside the package.",
)
points_option = click.option(
    "--points",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="TOML of lines stub = points.",
)


def _loaded(name: str, source: Path | None, points: Path | None = None) -> Any:
    from classicxm.teaching.sources import default_source, load, read_points

    found = load(name, source or default_source())
    return found.with_points(read_points(points)) if points else found


@click.group()
def assignment() -> None:
    """Assignments on features, visual words, CCA, LSH and evaluation, from handout to grades."""


@assignment.command("list")
@source_option
def list_command(source: Path | None) -> None:
    """List the assignments with their time and points."""
    from classicxm.teaching.sources import default_source, names

    source = source or default_source()
    rows = [("name", "title", "minutes", "points")]
    for name in names(source):
        found = _loaded(name, source)
        points = f"{sum(found.points.values()):g}"
        rows.append((name, found.meta["title"]["en"], str(found.meta["minutes"]), points))
    say(aligned(rows))


@assignment.command()
@click.argument("name")
@click.option(
    "--format",
    "form",
    type=click.Choice(["pytest", "notebook", "nbgrader", "otter"]),
    default="pytest",
    show_default=True,
    help="Files for pytest or a notebook (for students); a course of nbgrader or otter (for teachers).",
)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="A new or empty folder.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0, 2**31 - 1), help="Of the data.")
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@points_option
@source_option
def new(
    name: str,
    form: str,
    output: Path,
    seed: int,
    language: str,
    points: Path | None,
    source: Path | None,
) -> None:
    """Write the assignment NAME for a student, or as a course of nbgrader or otter-grader."""
    from classicxm.teaching.formats import write_assignment

    for path in write_assignment(_loaded(name, source, points), form, output, seed, language):
        say_line(path)


@assignment.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(folder: Path) -> None:
    """Run the public tests on a student's FOLDER, as grading does, and compare its numbers with the bands."""
    from classicxm.teaching.checking import check_folder

    checked = check_folder(folder)
    results = checked.grade.results
    rows = [(result.stub, result.title, result.message or "passed") for result in results]
    say(aligned([("stub", "test", "result"), *rows]))
    for note in (*checked.grade.notes, *checked.problems):
        say_line(note)
    if checked.numbers:
        say(aligned([("number", "yours", "expected"), *checked.rows()]))
    passed = sum(result.passed for result in results)
    say_line(f"{passed} of {len(results)} public tests pass; grading adds others")
    if not checked.right:
        click.get_current_context().exit(1)


@assignment.command()
@click.argument("submissions", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="A CSV file."
)
@click.option("--name", help="The assignment; by default the one whose files are there.")
@click.option(
    "--feedback", type=click.Path(file_okay=False, path_type=Path), help="Folder for a page per student."
)
@points_option
@source_option
def grade(
    submissions: Path,
    output: Path,
    name: str | None,
    feedback: Path | None,
    points: Path | None,
    source: Path | None,
) -> None:
    """Grade SUBMISSIONS, a folder that holds a folder (or a file) per student."""
    from classicxm.reports.feedback_page import feedback_page
    from classicxm.reports.rendering import write_text
    from classicxm.teaching.gradebook import summary, write_grades
    from classicxm.teaching.grading import grade_folder
    from classicxm.teaching.isolation import can_isolate
    from classicxm.teaching.submissions import assignment_of

    if not can_isolate():
        say_line(
            "this system cannot cut programs off from network and files; grade only whom you trust", err=True
        )
    name = name or assignment_of(submissions)
    found = _loaded(name, source, points)
    covered = [
        folder for folder in (feedback, output.absolute().parent) if folder and _apart(folder, submissions)
    ]
    grades = grade_folder(found, submissions, covered, lambda student: say_line(student, err=True))
    write_grades(output, grades)
    if feedback:
        for one in grades:
            write_text(feedback / f"{one.student}.html", feedback_page(found.meta["title"]["en"], one))
    say_line(f"{output}: {summary(grades)}")


def _apart(folder: Path, submissions: Path) -> bool:
    """Whether a folder can be covered without covering the package that students' code needs."""
    import sys

    import classicxm

    needed = [Path(classicxm.__file__).resolve(), Path(sys.executable), Path(sys.prefix).resolve()]
    return not any(folder.resolve() in path.parents for path in needed)


@assignment.command()
@click.argument("name")
@source_option
def solution(name: str, source: Path) -> None:
    """Print the solved file of NAME, from the source that only teachers have."""
    found = _loaded(name, source)
    found.needs_source("printing the solution")
    say(found.solved)


@assignment.command()
@click.argument("name")
@source_option
def measure(name: str, source: Path) -> None:
    """Measure the bands of NAME over 20 seeds, write them into its source, and renew the packaged starter."""
    from classicxm.teaching.bands import measure_bands, write_bands
    from classicxm.teaching.starters import FOLDER, write_starters

    found = _loaded(name, source)
    bands = measure_bands(found)
    say_line(write_bands(found.folder, bands))
    if (FOLDER / name).parent.is_dir() and source is None:
        write_starters(_loaded(name, source))
    rows = [
        (key, *(f"{band[part]:.4f}" for part in ("floor", "mean", "deviation")))
        for key, band in bands.items()
    ]
    say(aligned([("number", "floor", "mean", "deviation"), *rows]))


@assignment.command()
@source_option
def starters(source: Path) -> None:
    """Renew the starters that the package carries, from their source."""
    from classicxm.teaching.sources import default_source, names
    from classicxm.teaching.starters import write_starters

    for name in names(source or default_source()):
        found = _loaded(name, source)
        found.needs_source("making starters")
        for path in write_starters(found):
            say_line(path)
