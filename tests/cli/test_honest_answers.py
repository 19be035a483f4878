"""What the command line says where an answer is no good match, a filter passes nothing, or a name is misspelt."""

import io
import json

import pytest
from click.testing import CliRunner

from classicxm.cli import main
from classicxm.datasets import make_scenes
from classicxm.retrieval import CrossModalRetriever


def run(*arguments, **options):
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False, **options)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("honest")
    make_scenes(100, folder=folder / "scenes", modalities=("text", "image"))
    parts = ["--quick", "--recipe", "baseline", "--extractor", "image=ColorHistogram", "--n-jobs", 1]
    result = run("fit", folder / "scenes", "-o", folder / "model", *parts)
    assert result.exit_code == 0, result.output
    return folder / "model"


def search(model, *more, **options):
    return run("search", model, "--target", "image", "-k", 3, *more, **options)


def test_a_good_match_is_not_remarked_on(model):
    result = search(model, "--text", "a red circle", "--json")
    told = json.loads(result.stdout)
    assert told["match"] is True and told["hits"][0]["score"] > told["random_pairs_reach"]
    assert result.stderr == ""


def test_no_good_match_is_said_and_shown_on_the_page(model, tmp_path):
    result = search(model, "--text", "zzz", "--force", "--html", tmp_path / "page.html")
    assert result.exit_code == 0 and "unknown word: 'zzz'" in result.stderr
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert '<p class="verdict">no good match: the model knows nothing of what was asked with</p>' in page
    good = search(model, "--text", "red circle", "--html", tmp_path / "good.html")
    assert good.exit_code == 0 and "no good match" not in (tmp_path / "good.html").read_text(encoding="utf-8")


def test_a_weak_best_answer_is_named_beside_what_random_pairs_reach(model, tmp_path):
    retriever = CrossModalRetriever.load(model)
    assert 0 < retriever.match_bounds_["text"]["image"] < 0.999
    retriever.match_bounds_["text"]["image"] = 0.999
    retriever.save(tmp_path / "strict")
    weak = search(tmp_path / "strict", "--text", "red circle", "--html", tmp_path / "page.html")
    assert weak.exit_code == 0 and len(weak.stdout.splitlines()) == 5
    assert weak.stderr.startswith("classicxm: no good match: the best score is 0.")
    assert "and 5 % of random pairs reach 0.9990" in weak.stderr
    assert weak.stderr.removeprefix("classicxm: ").strip() in (tmp_path / "page.html").read_text(
        encoding="utf-8"
    )


def test_unknown_words_are_named_with_what_is_spelt_like_them(model):
    result = search(model, "--text", "a red circel zzz qqq on the left")
    assert result.exit_code == 0 and len(result.stderr.splitlines()) == 1
    assert "3 of 5 words are unknown: 'circel' (did you mean 'circle'?), 'zzz', 'qqq'" in result.stderr


def test_a_query_of_nothing_known_names_its_words_and_is_refused(model):
    result = search(model, "--text", "zzz qqq")
    assert result.exit_code == 2 and result.stdout == ""
    assert "2 of 2 words are unknown: 'zzz', 'qqq'" in result.stderr and "(--force)" in result.stderr


def test_recommendations_are_refused_and_judged_alike(model):
    refused = run("recommend", model, "--text", "zzz", "--target", "image")
    assert refused.exit_code == 2 and "--force" in refused.stderr
    told = json.loads(run("recommend", model, "--liked", "scene-0003", "--target", "image", "--json").stdout)
    assert told["match"] is True
    none = run("recommend", model, "--liked", "scene-0003", "--target", "image", "--min-score", 5)
    assert "no good match: the best score is" in none.stderr and "below 5" in none.stderr


def test_a_file_of_queries_is_judged_line_by_line(model):
    lines = "a red circle\nzzz\nblue square\n"
    result = search(model, "-", input=io.BytesIO(lines.encode()))
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["match"] for row in told] == [True, False, True]
    assert [len(row["hits"]) for row in told] == [3, 0, 3]
    assert result.stderr.splitlines() == [
        "classicxm: query '2': the model knows nothing of it, so it is not answered (--force)"
    ]
    forced = search(model, "-", "--force", "--run", "mine", input=io.BytesIO(lines.encode()))
    assert len(forced.stdout.splitlines()) == 9
    some = search(model, "-", "--min-score", 5, input=io.BytesIO(lines.encode()))
    assert all(json.loads(line)["hits"] == [] for line in some.stdout.splitlines())


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "--like", "scene-001", "--target", "image"],
        ["recommend", "--liked", "scene-001", "--target", "image"],
        ["remove", "scene-001"],
        ["explain", "--text", "red", "--target", "image", "--id", "scene-001"],
    ],
)
def test_ids_that_are_not_held_are_met_with_those_spelt_like_them(model, arguments):
    result = run(arguments[0], model, *arguments[1:])
    assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1
    assert "did you mean 'scene-00" in result.stderr


def test_models_that_do_not_exist_are_met_with_those_beside_them(model):
    result = search(model.parent / "models", "--text", "red")
    assert result.exit_code == 2 and "models does not exist; did you mean 'model'?" in result.stderr


def test_an_empty_filter_says_which_values_there_are(model):
    result = search(model, "--text", "red circle", "--filter", "split=tset")
    assert result.exit_code == 0 and "split has 'train' (80), 'test' (20)" in result.stderr
