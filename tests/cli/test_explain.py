"""``classicxm explain``: rows that add up to the score."""

import json

import pytest


def rows(result):
    return [line.split() for line in result.stdout.splitlines() if line.startswith(("query", "found"))]


def test_rows_of_each_side_add_up(command, cli_model):
    result = command("explain", cli_model, "--text", "a red circle", "--target", "text", "--id", "scene-0001")
    score = float(result.stdout.split("score ")[1].split(":")[0])
    for side in ("query", "found"):
        values = [float(row[-1]) for row in rows(result) if row[0] == side]
        assert sum(values) == pytest.approx(score, abs=1e-3) and len(values) > 1


def test_many_regions_are_summed_up(command, cli_model):
    result = command("explain", cli_model, "--text", "red", "--target", "image", "--id", "scene-0001")
    regions = [row for row in rows(result) if row[0] == "found"]
    assert len(regions) == 12 and regions[-2][2] == "more" and regions[0][1] == "region"


def test_json_and_page(command, cli_model, tmp_path):
    page = tmp_path / "why.html"
    result = command(
        "explain",
        cli_model,
        "--text",
        "red",
        "--target",
        "image",
        "--id",
        "scene-0001",
        "--json",
        "--html",
        page,
    )
    told = json.loads(result.stdout)
    assert told["id"] == "scene-0001" and told["query"]["words"][0]["term"] == "red"
    assert page.is_file() and "page:" in result.stderr


def test_nothing_to_explain(command, cli_model):
    result = command("explain", cli_model, "--target", "image", "--id", "scene-0001")
    assert result.exit_code == 2 and "nothing to explain; give the query by" in result.stderr
