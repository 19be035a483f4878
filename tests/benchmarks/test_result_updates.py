"""The page of results and reproductions say the same; sections that were not run again stay."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import results
from benchmarks.result_updates import as_expected, contradictions
from benchmarks.results import main, read_runs
from benchmarks.rows import row, write_json
from classicxm.reproductions import read_reproductions
from tests.benchmarks.test_results import WHERE, folder

__all__ = ["folder"]


def test_figures_that_reproductions_do_not_expect_are_refused(folder):
    answer = CliRunner().invoke(main, [str(folder), "-o", str(folder / "RESULTS.md")])
    assert (
        answer.exit_code == 2
        and "figures are not what classicxm/reproductions expects: wikipedia: " in answer.output
    )
    assert not (folder / "RESULTS.md").exists()


def test_figures_that_reproductions_expect_are_written(tmp_path):
    one = read_reproductions()["fusion"]
    rows = [
        row("fusion", e.system, e.measure, e.value, "mAP", e.low, e.high, **e.setting)
        | {"seed_spread": e.spread}
        for e in one.expected
    ]
    write_json(tmp_path / "fusion.json", WHERE, rows)
    assert contradictions(read_runs(tmp_path)) == []
    answer = CliRunner().invoke(main, [str(tmp_path), "-o", str(tmp_path / "RESULTS.md")])
    assert answer.exit_code == 0, answer.output
    text = (tmp_path / "RESULTS.md").read_text()
    early = next(e for e in one.expected if (e.system, e.measure) == ("early", "map"))
    assert f"{early.value:.4f} [{early.low:.4f}, {early.high:.4f}] ±{early.spread:.4f}" in text
    rows[0]["value"] += 0.0004
    write_json(tmp_path / "fusion.json", WHERE, rows)
    again = as_expected(read_runs(tmp_path)["fusion"])["rows"]
    assert [found["value"] for found in again] == [e.value for e in one.expected], (
        "the page shows what is expected"
    )
    rows[0]["value"] += 0.001
    write_json(tmp_path / "fusion.json", WHERE, rows)
    assert len(contradictions(read_runs(tmp_path))) == 1
    write_json(tmp_path / "fusion.json", {**WHERE, "quick": True}, rows)
    assert contradictions(read_runs(tmp_path)) == []


def test_sections_of_benchmarks_that_were_not_run_again_stay(folder):
    output = folder / "RESULTS.md"
    assert CliRunner().invoke(main, [str(folder), "-o", str(output), "--draft"]).exit_code == 0
    before = output.read_text()
    (folder / "wikipedia.json").unlink()
    demo = [row("alignment", "CCA", "seconds", 7.5, "s", n=10, d=3)]
    write_json(folder / "b.json", {**WHERE, "numpy": "2.1"}, demo)
    assert CliRunner().invoke(main, [str(folder), "-o", str(output), "--update"]).exit_code == 0
    after = output.read_text()
    assert before.partition("## wikipedia")[2] == after.partition("## wikipedia")[2]
    assert "| CCA | 7.5 |" in after and "1,234" not in after
    assert "- alignment: numpy 2.1" in after and "- wikipedia: numpy 2.0" in after


@pytest.mark.parametrize(
    "name", [name for name, one in read_reproductions().items() if one.headline and one.reads == "rows"]
)
def test_the_page_that_is_kept_says_what_reproductions_expect(name):
    """Sections that were written since figures are means over seeds; older ones have no spread."""
    text = (Path(results.__file__).parent / "RESULTS.md").read_text(encoding="utf-8")
    section = text.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    if "±" not in section:
        pytest.skip(f"the section {name} was measured under one seed")
    for e in read_reproductions()[name].expected:
        if e.measure == read_reproductions()[name].headline["measure"]:
            assert f"{e.value:.4f}" in section, e
