"""The starters that the package carries, made of the sources: no solved line and no hidden test is among them."""

from __future__ import annotations

from pathlib import Path

from classicxm.atomic import write_file
from classicxm.teaching.formats import leaks
from classicxm.teaching.sources import LANGUAGES, Assignment, AssignmentError

__all__ = ["packaged_files", "write_starters"]

FOLDER = Path(__file__).resolve().parent / "starters"


def packaged_files(assignment: Assignment) -> dict[str, str]:
    """Names and texts of what the package carries of an assignment.

    Raises
    ------
    AssignmentError
        If a text holds what is to be kept from students.
    """
    assignment.needs_source("making starters")
    copied = ["meta.toml", "bands.toml", *LANGUAGES.values()]
    files = {"starter.txt": assignment.starter, "tests_public.txt": assignment.public}
    for name in copied:
        path = assignment.folder / name
        if path.is_file():
            files[name] = path.read_text(encoding="utf-8")
    for name, text in files.items():
        if found := leaks(text, assignment):
            raise AssignmentError(f"{assignment.name}/{name} would show students {found[0]!r}")
    return files


def write_starters(assignment: Assignment, folder: Path = FOLDER) -> list[Path]:
    """Write the packaged files of an assignment."""
    return [
        write_file(folder / assignment.name / name, text) for name, text in packaged_files(assignment).items()
    ]
