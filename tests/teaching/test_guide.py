"""The commands of docs/teaching.md, run in its order from an empty folder."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")


def commands():
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE, flags=re.S)
    return [line for block in blocks for line in block.splitlines() if not line.startswith("pip install")]


def test_the_table_is_that_of_the_sources():
    from classicxm.teaching.sources import load, names

    for name in names(ROOT / "assignments"):
        meta = load(name, ROOT / "assignments")
        row = next(line for line in GUIDE.splitlines() if line.startswith(f"| `{name}` |"))
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[2:] == [str(meta.meta["minutes"]), f"{sum(meta.points.values()):g}"]


def test_every_figure_of_the_term_exists():
    from classicxm.teaching.figures import FIGURES

    plan = GUIDE[GUIDE.index("## A term") : GUIDE.index("## A rubric")]
    named = {
        name
        for line in plan.splitlines()
        if re.match(r"\| \d", line)
        for name in re.findall("`([a-z-]+)`", line)
    }
    assert set(FIGURES) <= named


@pytest.mark.slow
def test_from_nothing_to_grades(tmp_path):
    pytest.importorskip("matplotlib", reason="figures are drawn with matplotlib")
    runner = tmp_path / "bin"
    runner.mkdir()
    (runner / "classicxm").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m classicxm.cli "$@"\n')
    (runner / "classicxm").chmod(0o755)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{runner}{os.pathsep}{os.environ['PATH']}"}
    work = tmp_path / "work"
    work.mkdir()
    done = subprocess.run(
        ["sh", "-e"],
        input="\n".join(commands()),
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader((work / "grades.csv").open()))
    assert [row["student"] for row in rows] == ["ada", "bob", "chen"]
    assert {row["total"] for row in rows} == {"0"}  # starters as they are
    assert len(list((work / "feedback").iterdir())) == 3
    assert (work / "slides" / "collisions.svg").is_file()
    seeds = {(work / "class" / student / "assignment.toml").read_text() for student in ("ada", "bob", "chen")}
    assert len(seeds) == 3
