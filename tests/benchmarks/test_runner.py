"""The runner: names, table, JSON, errors of one line."""

import importlib
import json
import sys
import types

import pytest
from click.testing import CliRunner

import benchmarks.__main__ as runner
from benchmarks.rows import COLUMNS, BenchmarkError, row


@pytest.fixture
def fake(monkeypatch):
    """A benchmark named "fake" whose `run` the test chooses."""
    module = types.ModuleType("benchmarks.fake")
    monkeypatch.setitem(sys.modules, "benchmarks.fake", module)
    monkeypatch.setattr(runner, "names", lambda: ["alignment", "fake"])
    return module


def invoke(*arguments):
    return CliRunner().invoke(runner.main, [str(argument) for argument in arguments])


def test_names_are_the_modules_with_a_run_function():
    assert {"alignment", "wikipedia"} <= set(runner.names())
    assert not set(runner.names()) & {"rows", "timing", "environment", "__main__", "__init__"}


def test_table_and_json_hold_the_same_rows(fake, tmp_path):
    fake.run = lambda data, quick: iter(
        [
            row("fake", "A", "seconds", 0.25, "s", n=10, quick=quick),
            row("fake", "B", "map", 0.5, "mAP", low=0.4, high=0.6),
        ]
    )
    answer = invoke("fake", "--quick", "--json", tmp_path / "rows.json")
    assert answer.exit_code == 0, answer.output
    first, heading, a, b = answer.output.splitlines()
    assert first.startswith("fake on ")
    assert heading.split() == list(COLUMNS)
    assert a.split() == ["A", "seconds", "0.25", "s", "n=10", "quick=True"]
    assert b.split() == ["B", "map", "0.5", "0.4", "0.6", "mAP"]
    saved = json.loads((tmp_path / "rows.json").read_text())
    assert [list(r) for r in saved["rows"]] == [
        ["benchmark", "system", "measure", "value", "unit", "low", "high", "settings"]
    ] * 2
    assert saved["rows"][0]["settings"] == {"n": 10, "quick": True}
    wanted = {"cpu", "cores", "threads", "blas", "platform", "python", "numpy", "scipy", "scikit-learn"}
    assert wanted | {"opencv-contrib-python", "classicxm", "seed", "date"} <= set(saved["environment"])


def test_data_folder_from_option_then_environment_then_beside_the_project(fake, tmp_path, monkeypatch):
    seen = []
    fake.run = lambda data, quick: seen.append(data) or []
    (tmp_path / "mine").mkdir()
    invoke("fake", "--data", tmp_path / "mine")
    monkeypatch.setenv("CLASSICXM_DATA", str(tmp_path / "all"))
    invoke("fake")
    fake.DATA = "other"
    invoke("fake")
    monkeypatch.delenv("CLASSICXM_DATA")
    invoke("fake")
    assert seen[:3] == [tmp_path / "mine", tmp_path / "all" / "fake", tmp_path / "all" / "other"]
    assert seen[3].parts[-3:] == ("shared", "data", "other")


def refuse(data, quick):
    raise BenchmarkError("no\ndata here")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope"], "no benchmark 'nope'; there are alignment, fake"),
        (["fake", "--data", "/nowhere/at/all"], "no data at /nowhere/at/all"),
        (["fake", "--json", "/nowhere/at/all.json"], "no folder /nowhere/at to write all.json to"),
        (["fake"], "fake: no data here"),
    ],
)
def test_errors_are_one_line_and_exit_code_two(fake, arguments, message):
    fake.run = refuse
    answer = invoke(*arguments)
    assert answer.exit_code == 2
    assert [line for line in answer.output.splitlines() if line.startswith("Error")] == [f"Error: {message}"]
    assert "Traceback" not in answer.output


def test_no_json_is_left_by_a_benchmark_that_fails(fake, tmp_path):
    fake.run = refuse
    invoke("fake", "--json", tmp_path / "rows.json")
    assert list(tmp_path.iterdir()) == []


def test_a_picture_is_drawn_from_the_rows(fake, tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is an extra")
    fake.run = lambda data, quick: [row("fake", "A", "seconds", 0.25, "s")]
    fake.plot = lambda rows, path: path.write_text(f"{len(rows)} row")
    answer = invoke("fake", "--plot", tmp_path / "picture.png")
    assert answer.exit_code == 0, answer.output
    assert (tmp_path / "picture.png").read_text() == "1 row"


@pytest.mark.parametrize(
    ("draws", "file", "message"),
    [
        (False, "picture.png", "fake: it draws no picture; leave out --plot"),
        (True, "picture.xyz", "fake: no picture can be written to picture.xyz; end its name in one of "),
        (True, "no/picture.png", "no folder "),
    ],
)
def test_pictures_that_cannot_be_are_refused_before_anything_is_measured(
    fake, tmp_path, draws, file, message
):
    pytest.importorskip("matplotlib", reason="matplotlib is an extra")
    fake.run = lambda data, quick: pytest.fail("measured")
    if draws:
        fake.plot = lambda rows, path: None
    answer = invoke("fake", "--plot", tmp_path / file)
    assert answer.exit_code == 2
    (line,) = [line for line in answer.output.splitlines() if line.startswith("Error")]
    assert line.startswith(f"Error: {message}")


def test_a_picture_without_matplotlib_names_the_extra(fake, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    fake.run = lambda data, quick: pytest.fail("measured")
    fake.plot = lambda rows, path: None
    answer = invoke("fake", "--plot", tmp_path / "picture.png")
    assert answer.exit_code == 2
    assert 'fake: matplotlib is not installed; run: pip install "classicxm[plot]"' in answer.output


def test_benchmarks_of_quality_run_under_five_seeds_or_more():
    found = {
        name: getattr(importlib.import_module(f"benchmarks.{name}"), "SEEDS", 1) for name in runner.names()
    }
    assert all(isinstance(seeds, int) for seeds in found.values()), "how often the runner starts them"
    assert {name for name, seeds in found.items() if seeds >= 5} >= {
        "annotation", "audio", "explanation", "fusion", "hashing", "pascal", "privacy", "recommendation", "video",
        "wikipedia",
    }  # fmt: skip
    assert set(found.values()) == {1, 5}
