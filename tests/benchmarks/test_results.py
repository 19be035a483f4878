"""The page of results: pivoted tables, published figures of the same protocol only, the same page each time."""

import json

import pytest
from click.testing import CliRunner

from benchmarks.result_tables import lines_of, measure_table, number
from benchmarks.results import main, page, read_runs
from benchmarks.rows import row, write_json
from benchmarks.searched_rows import fastest_lines, named_by_batch

WHERE = {
    "cpu": "A CPU",
    "cores": 2,
    "threads": 1,
    "python": "3.12",
    "classicxm": "0.2",
    "numpy": "2.0",
    "seed": 0,
    "date": "2026-01-02",
}


def map_row(system, value, direction="mean", suffix="", **settings):
    return row(
        "wikipedia", system, f"map_{direction}{suffix}", value, "mAP", value - 0.01, value + 0.01, **settings
    )


WIKIPEDIA = [
    map_row(system, value, direction, suffix, features="z-scored", ridge=ridge)
    for system, value, ridge in (("SM-L1", 0.25, 0.1), ("SCM", 0.26, None))
    for suffix in ("", "_macro")
    for direction in ("i2t", "mean")
]


@pytest.fixture
def folder(tmp_path):
    write_json(tmp_path / "wikipedia.json", WHERE, WIKIPEDIA)
    demo = [row("alignment", "CCA", "seconds", s, "s", n=n, d=3) for n, s in ((10, 0.5), (20, 1234.5))]
    write_json(tmp_path / "b.json", {**WHERE, "quick": True}, demo)
    return tmp_path


def test_the_page_by_hand(folder):
    text = page(read_runs(folder), folder / "figures")
    lines = text.splitlines()
    assert "| [alignment](#alignment) (quick) | 2026-01-02 | A CPU | 2 | 1 | 3.12 | 0.2 | 0 | 2 |" in lines
    assert "- alignment, wikipedia: numpy 2.0" in lines
    assert "| CCA | 10 | 0.5 |" in lines and "| CCA | 20 | 1,234 |" in lines
    assert "| system | n | seconds (s) |" in lines and "Of all rows: d=3" in lines
    assert "| SCM | 0.2600 [0.2500, 0.2700] | 0.2600 [0.2500, 0.2700] |" in lines
    assert any(line.startswith("<details><summary>map_macro<") for line in lines)
    assert "| SM-L1 | ridge=0.1 |" in lines
    assert any("quick run" in line for line in lines)
    assert "`python -m benchmarks wikipedia`" in lines and any("Rasiwasia" in line for line in lines)


def test_published_figures_stand_beside_own_ones_of_the_same_protocol_and_no_other(folder):
    text = page(read_runs(folder), folder / "figures")
    assert (
        "| SCM | classical | SIFT visual words 128, LDA topics 10 | 0.2770 / 0.2600 | 0.2260 / - | 0.2520 / 0.2600 |"
        in text
    )
    assert "| SM | classical | SIFT visual words 128, LDA topics 10 | 0.2250 / 0.2500 |" in text
    assert "Published figures of the same protocol" in text and "were not measured here" in text
    assert "4 more could not be checked against their source and are left out" in text
    assert "3 classical under `11pt`" in text
    for remembered_or_other in ("JFSSL", "JFSE", "GMLDA"):
        assert remembered_or_other not in text
    assert "12 under" not in text and "7 deep under `wiki/other-split`" in text
    (folder / "wikipedia.json").unlink()
    assert "Published figures" not in page(read_runs(folder), folder / "figures")


def test_the_same_files_give_the_same_page_and_pictures_are_linked(folder):
    (folder / "figures").mkdir()
    for name in ("wikipedia.png", "wikipedia-curves.svg", "wikipedias.png", "notes.txt"):
        (folder / "figures" / name).write_bytes(b"")
    outputs = []
    for _ in range(2):
        answer = CliRunner().invoke(main, [str(folder), "-o", str(folder / "RESULTS.md"), "--draft"])
        assert answer.exit_code == 0, answer.output
        outputs.append((folder / "RESULTS.md").read_text(encoding="utf-8"))
    assert outputs[0] == outputs[1]
    assert "![wikipedia](figures/wikipedia.png)" in outputs[0]
    assert "![wikipedia-curves](figures/wikipedia-curves.svg)" in outputs[0]
    assert "wikipedias" not in outputs[0] and "notes" not in outputs[0]
    assert str(folder) not in outputs[0] and not list(folder.glob("*.partial"))


def test_rows_that_tell_less_stand_in_every_line_they_fit():
    rows = [
        row("x", "A", "build", 9.0, "s", n=1),
        row("x", "A", "build", 8.0, "s", n=2),
        row("x", "A", "recall", 0.5, "", n=1, bits=8),
        row("x", "A", "recall", 0.6, "", n=1, bits=16),
        row("x", "A", "recall", 0.7, "", n=2, bits=8),
        row("x", "B", "recall", 1.0, "", n=1),
    ]
    table = measure_table(lines_of(rows), ["build", "recall"])
    assert table.splitlines() == [
        "| system | n | bits | build (s) | recall |",
        "| --- | --- | --- | ---: | ---: |",
        "| A | 1 | 8 | 9 | 0.5000 |",
        "| A | 1 | 16 | 9 | 0.6000 |",
        "| A | 2 | 8 | 8 | 0.7000 |",
        "| B | 1 |  |  | 1.0000 |",
    ]


def test_settings_that_differ_between_measures_are_not_merged():
    rows = [row("x", "A", "s", 1.0, "s", n=10, seed=0), row("x", "A", "mb", 2.0, "MB", n=90, seed=0)]
    lines = lines_of(rows)
    assert measure_table(lines, ["s", "mb"]).splitlines()[2:] == ["| A | 10 | 1 |  |", "| A | 90 |  | 2 |"]
    assert [line.told for line in lines] == [{"seed": 0}] * 2


def test_tiny_values_are_not_shown_as_nothing():
    assert [number(value, "r") for value in (0.0, 2e-12, -0.5, 1e-4)] == [
        "0.0000",
        "2e-12",
        "-0.5000",
        "0.0001",
    ]


def test_no_row_is_lost_when_two_say_the_same():
    rows = [row("x", "A|B", "s", value, "s", n=1) for value in (1.0, 2.0)]
    assert measure_table(lines_of(rows), ["s"]).splitlines()[-1] == "| A\\|B | 1 / 2 |"


def test_rows_of_one_value_stand_once_whatever_else_tells_the_systems_lines_apart():
    rows = [row("x", "A", "accuracy", n / 10, "share", channel=f"c{n}", preset="p") for n in (1, 2)]
    rows.append(row("x", "A", "map_v2t", 0.5, "mAP"))
    assert measure_table(lines_of(rows), ["map_v2t"]).splitlines()[2:] == ["| A | 0.5000 |"]
    assert len(measure_table(lines_of(rows), ["accuracy"]).splitlines()) == 4


def test_values_of_folds_and_seeds_tell_no_lines_apart():
    rows = [row("x", "A", "m", 1, "", kind=k, folds=[k, 2], C=f"{k} | 3") for k in (1, 2)]
    lines = lines_of(rows)
    assert [line.setting for line in lines] == [{"kind": 1}, {"kind": 2}]
    assert lines[0].told == {"folds": [1, 2], "C": "1 | 3"}


def test_many_settings_share_one_column():
    rows = [row("x", "A", "s", 1.0, "s", **dict.fromkeys("abcdef", i)) for i in (1, 2)]
    lines = measure_table(lines_of(rows), ["s"]).splitlines()
    assert lines[0] == "| system | a | b | c | d | setting | s |"
    assert lines[2] == "| A | 1 | 1 | 1 | 1 | e=1 f=1 | 1 |"


def search_rows(system, bits, recall, speed, data="cca"):
    settings = {"data": data, "n": 5000, "bits": bits}
    yield row("search", system, "recall_at_10", recall, "", batch=1000, **settings)
    for batch, rate in ((1000, speed), (1, speed / 2)):
        yield row("search", system, "queries_per_second", rate, "1/s", batch=batch, **settings)


def test_of_a_search_the_fastest_setting_of_enough_recall_is_shown():
    grid = [
        ("lsh", 8, 0.99, 10.0),
        ("lsh", 12, 0.91, 50.0),
        ("lsh", 16, 0.5, 900.0),
        ("nearpy", 8, 0.4, 1.0),
        ("nearpy", 9, 0.6, 0.5),
        ("lsh", 8, 1.0, 7.0, "clustered"),
    ]
    rows = [one for case in grid for one in search_rows(*case)]
    lines, note = fastest_lines(lines_of(named_by_batch(rows)))
    assert "6 settings were measured" in note
    table = measure_table(lines, ["recall_at_10", "queries_per_second", "queries_per_second_one_by_one"])
    assert table.splitlines()[2:] == [
        "| lsh | cca | 0.9100 | 50 | 25 |",
        "| nearpy | cca | 0.6000 | 0.5 | 0.25 |",
        "| lsh | clustered | 1.0000 | 7 | 3.5 |",
    ]
    assert lines[0].told["fastest"] == "bits=12"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (None, None, "no .json files in"),
        ("a.json", "{", "a.json holds no rows of a benchmark (JSONDecodeError); run it again"),
        (
            "a.json",
            '{"rows": [{"system": "A"}], "environment": {}}',
            "a.json has an incomplete row 0; run it again",
        ),
        ("a.json", '{"rows": [], "environment": {}}', "a.json has no rows; run it again"),
        ("a.json", "[1, 2]", "a.json holds no rows of a benchmark (TypeError)"),
    ],
)
def test_bad_files_are_one_line_and_exit_code_two(tmp_path, name, content, message):
    if name:
        (tmp_path / name).write_text(content)
    answer = CliRunner().invoke(main, [str(tmp_path), "-o", str(tmp_path / "RESULTS.md")])
    assert answer.exit_code == 2 and message in answer.output and "Traceback" not in answer.output
    assert not (tmp_path / "RESULTS.md").exists()


def test_two_runs_of_one_benchmark_are_refused(folder):
    (folder / "again.json").write_text((folder / "b.json").read_text())
    answer = CliRunner().invoke(main, [str(folder), "-o", str(folder / "RESULTS.md")])
    assert answer.exit_code == 2
    assert "again.json and b.json both hold rows of 'alignment'; keep one of them" in answer.output
    answer = CliRunner().invoke(main, [str(folder), "-o", "/nowhere/at/all/RESULTS.md"])
    assert answer.exit_code == 2 and "no folder /nowhere/at/all to write RESULTS.md to" in answer.output


def test_rows_of_json_are_those_of_the_runner(folder):
    assert (
        json.loads((folder / "wikipedia.json").read_text())["rows"] == read_runs(folder)["wikipedia"]["rows"]
    )
