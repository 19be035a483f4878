"""The folder of a report: its files, and what is not written over."""

import json

import pytest

from classicxm.comparison import load_comparison
from classicxm.reports.comparison import FILES, JOURNAL, check_report_folder, report_results, write_report
from classicxm.reports.comparison_tables import published_table


@pytest.fixture(scope="module")
def written(compared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports") / "R"
    return folder, *write_report(compared[0], folder, "made", facts={"split": "own"})


def test_every_file_is_there(written, compared):
    folder, results, _ = written
    assert {path.name for path in folder.iterdir()} == {*FILES, "plots"}
    assert json.loads((folder / "results.json").read_text()) == json.loads(json.dumps(results))
    assert load_comparison(folder).best().name == compared[0].best().name
    assert (
        "curves" not in results
        and results["facts"]["split"] == "own"
        and results["baseline"] == compared[1].baseline
    )
    plots = {path.name for path in (folder / "plots").glob("*.svg")}
    assert "distances.svg" in plots and len(plots) == 7


def test_results_say_which_row_folds_choose(compared):
    comparison, summary = compared
    results = report_results(comparison, summary, {}, published_table(comparison, "made"))
    assert [system["chosen"] for system in results["systems"]].count(True) == 1
    assert all(0 <= row["mean"] <= 1 for row in results["rows"]) and set(results["floors"]["made"]) == {
        "random",
        "query-blind",
    }


def test_foreign_folders_are_left_alone(tmp_path, written):
    (tmp_path / "mine").write_text("x")
    with pytest.raises(ValueError, match="exists and is not a report; choose another name or remove it"):
        check_report_folder(tmp_path)
    (tmp_path / JOURNAL).mkdir()
    assert check_report_folder(tmp_path) == tmp_path and check_report_folder(written[0]) == written[0]


def test_leftovers_of_killed_runs_go(written, compared):
    folder = written[0]
    (folder / ".table.md-abc").write_text("half")
    (folder / ".plots-abc").mkdir()
    write_report(compared[0], folder, "made")
    assert not list(folder.glob(".*-abc"))
