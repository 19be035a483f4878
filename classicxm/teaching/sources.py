"""Where assignments come from: their sources in a checkout, or the starters that the package carries."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from classicxm.errors import ClassicXMError, MediaDecodeError
from classicxm.media.text import read_text
from classicxm.teaching.cells import starter_of

__all__ = ["LANGUAGES", "Assignment", "AssignmentError", "default_source", "load", "names", "read_points"]

LANGUAGES = {"en": "handout.md", "zh": "handout.zh.md"}
ORDER = ("features", "words", "cca", "lsh", "evaluation", "project")


class AssignmentError(ClassicXMError, ValueError):
    """An assignment, its source or a submission that cannot be read or written."""


@dataclass(frozen=True)
class Assignment:
    """One assignment; ``solved`` and ``hidden`` are None where only the packaged starter is at hand.

    Attributes
    ----------
    name : str
    meta : dict
        What ``meta.toml`` says: title, minutes, goals, points, limits.
    bands : dict of str to dict
        Per number that ``report`` returns: mean, deviation, floor, over 20 seeds.
    handouts : dict of str to str
        Handout per language.
    starter, public : str
        What students get: the file with stubs, and its tests.
    solved, hidden : str or None
        The solved file and the tests that students do not see.
    folder : Path or None
        The source, where there is one.
    """

    name: str
    meta: dict
    bands: dict
    handouts: dict
    starter: str
    public: str
    # None where only the packaged starter is at hand; `needs_source` is asked before they are used
    solved: Any = None
    hidden: Any = None
    folder: Any = None

    @property
    def points(self) -> dict[str, float]:
        """Points per stub, in the order of the handout."""
        return self.meta["points"]

    def with_points(self, points: dict[str, float]) -> Assignment:
        """The same assignment under other points; stubs that are not named keep theirs.

        Raises
        ------
        AssignmentError
            If a stub is unknown or its points are not positive numbers.
        """
        unknown = sorted(set(points) - set(self.points))
        if unknown:
            raise AssignmentError(
                f"points name {unknown[0]!r}, which {self.name} has not; its stubs are {', '.join(self.points)}"
            )
        for stub, value in points.items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 10_000:
                raise AssignmentError(f"points of {stub} must be a number above 0, got {value!r}")
        return replace(self, meta={**self.meta, "points": {**self.points, **points}})

    def needs_source(self, purpose: str) -> None:
        """Raise in one line where the source is absent."""
        if self.solved is None:
            raise AssignmentError(
                f"{purpose} needs the source of {self.name} (its solved file and the tests students do not see), "
                f"which the installed package leaves out; give --source the folder 'assignments' of a checkout"
            )


def default_source() -> Path | None:
    """The folder ``assignments`` beside the package, as in a checkout; None elsewhere."""
    folder = Path(__file__).resolve().parents[2] / "assignments"
    return folder if folder.is_dir() else None


def names(source: Path | None = None) -> list[str]:
    """Names of all assignments, in the order of a course.

    >>> "cca" in names()
    True
    """
    root = source or resources.files("classicxm.teaching").joinpath("starters")
    if source is not None and not source.is_dir():
        raise AssignmentError(f"{source} is no folder; give --source the folder 'assignments' of a checkout")
    found = {entry.name for entry in root.iterdir() if entry.joinpath("meta.toml").is_file()}
    return [*(name for name in ORDER if name in found), *sorted(found - set(ORDER))]


def load(name: str, source: Path | None = None) -> Assignment:
    """An assignment by name, from its source where given, otherwise from the package.

    Raises
    ------
    AssignmentError
        If there is no such assignment, or its files cannot be read.
    """
    if name not in names(source):
        raise AssignmentError(f"no assignment {name!r}; there are {', '.join(names(source))}")
    if source is None:
        folder = resources.files("classicxm.teaching").joinpath("starters", name)
        starter = _text(folder, "starter.txt")
        solved = hidden = None
    else:
        folder = source / name
        solved, hidden = _text(folder, "solution.py"), _text(folder, "tests_hidden.py")
        starter = starter_of(solved)
    public = _text(folder, "tests_public.txt" if source is None else "tests_public.py")
    bands = tomllib.loads(_text(folder, "bands.toml")) if folder.joinpath("bands.toml").is_file() else {}
    handouts = {language: _text(folder, file) for language, file in LANGUAGES.items()}
    meta = tomllib.loads(_text(folder, "meta.toml"))
    return Assignment(name, meta, bands, handouts, starter, public, solved, hidden, source and source / name)


def _text(folder: Any, file: str) -> str:
    try:
        return folder.joinpath(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{folder / file} cannot be read ({error}); take it from a checkout") from None


def read_points(path: Path) -> dict[str, float]:
    """Points per stub from a TOML file of lines ``stub = points``."""
    try:
        return tomllib.loads(read_text(path))
    except (MediaDecodeError, tomllib.TOMLDecodeError) as error:
        raise AssignmentError(f"{path} is not TOML ({error}); write lines such as: whitener = 4") from None
