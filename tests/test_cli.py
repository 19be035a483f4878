"""The command line as a person uses it: real files in, tables, JSON and pages out, one line for every error."""

import json
import os
import re
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from classicxm.cli import main
from classicxm.datasets import make_scenes


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workshop")
    make_scenes(120, folder=folder / "scenes", modalities=("text", "image"))
    result = run("fit", folder / "scenes", "-o", folder / "model", "--recipe", "baseline", "--n-jobs", 1)
    assert result.exit_code == 0, result.output
    assert "120 text, 120 image items indexed" in result.stdout
    return folder


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


def test_search_prints_a_table(workshop):
    result = run("search", workshop / "model", "--text", "a red circle", "--target", "image", "-k", 3)
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["rank", "score", "id", "label", "image"] and len(lines) == 4


def test_search_prints_json_and_writes_a_self_contained_page(workshop):
    picture = next((workshop / "scenes").rglob("*.png"))
    page = workshop / "page.html"
    result = run(
        "search", workshop / "model", "--image", picture, "--target", "text", "--json", "--html", page
    )
    answer = json.loads(result.stdout)
    assert len(answer["hits"]) == 10 and set(answer["hits"][0]) == {"id", "score", "payload"}
    text = page.read_text()
    assert text.count("<figure") == 11 and "data:image/jpeg;base64," in text
    assert "http" not in text and "<script" not in text


def test_page_escapes_what_users_write(workshop):
    page = workshop / "escaped.html"
    run(
        "search",
        workshop / "model",
        "--text",
        "<script>alert(1)</script> circle",
        "--target",
        "text",
        "--html",
        page,
    )
    assert "<script" not in page.read_text() and "&lt;script&gt;" in page.read_text()


def search(workshop, *arguments):
    """Ids and labels of what `search` (or another command, named first) answers by --json."""
    command = arguments[0] if arguments[0] in ("search", "recommend") else "search"
    rest = arguments[1:] if command == arguments[0] else arguments
    result = run(command, workshop / "model", *rest, "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    return [(hit["id"], hit["payload"]["label"]) for hit in answer["hits"]], answer


def test_any_number_of_answers_may_be_asked_for(workshop):
    asked = ("--target", "any", "-k", 10**25)
    assert len(search(workshop, "--text", "a red circle", *asked)[0]) == 120
    assert len(search(workshop, "recommend", "--liked", "scene-0003", "--diversity", 0.5, *asked)[0]) == 119


@pytest.mark.parametrize("text", ["", "красный круг", "赤い円"])
def test_a_query_without_a_known_word_is_refused_unless_forced(workshop, text):
    asked = ("search", workshop / "model", "--text", text, "--target", "image")
    refused = run(*asked)
    assert refused.exit_code == 2 and len(refused.stderr.splitlines()) == 1
    assert (
        "nothing that the model knows is in the text query" in refused.stderr and "--force" in refused.stderr
    )
    result = run(*asked, "--force")
    assert result.exit_code == 0 and len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("classicxm: warning: nothing that the model knows is in the text query: ")


def test_search_filters_and_whole_items(workshop):
    where = 'split=test and (label="red circle" or label~star) and not label="red star"'
    hits, answer = search(workshop, "--text", "a red circle", "--target", "any", "--filter", where)
    assert hits and {label for _, label in hits} <= {
        f"{colour} star"
        for colour in ("blue", "green", "yellow", "purple", "orange", "black", "white", "brown")
    } | {"red circle"}
    assert answer["filter"] == where and {hit["payload"]["split"] for hit in answer["hits"]} == {"test"}
    page = workshop / "any.html"
    assert run(
        "search", workshop / "model", "--like", hits[0][0], "--target", "any", "-k", 2, "--html", page
    ).stdout.splitlines()[0].split() == ["rank", "score", "id", "label", "any"]
    assert page.read_text().count("data:image/jpeg") == 3


def test_search_weights_fusions_likes_and_unlikes(workshop):
    scene = "scene-0003"
    liked, answer = search(workshop, "--like", scene, "--target", "image", "-k", 3)
    assert liked[0][0] == scene and answer["like"] == [scene]
    assert scene not in dict(search(workshop, "--unlike", scene, "--target", "image", "-k", 30)[0])
    orders = {}
    for fusion in ("early", "rrf", "combsum", "combmnz", "confidence"):
        for weights in ("text=1,id=0", "text=0,id=1"):
            orders[fusion, weights], _ = search(
                workshop, "--text", "a blue star", "--like", scene, "--target", "image", "--weights", weights,
                "--fusion", fusion,
            )  # fmt: skip
        assert orders[fusion, "text=0,id=1"][0][0] == scene
    assert len({tuple(order) for order in orders.values()}) == 2  # a part alone is the same under every rule


def test_the_fusions_offered_are_those_there_are():
    from classicxm.cli.search import FUSIONS
    from classicxm.retrieval import FUSIONS as existing

    assert existing == FUSIONS


def test_recommend(workshop):
    arguments = ("recommend", "--liked", "scene-0003", "--disliked", "scene-0004", "--target", "image")
    hits, answer = search(workshop, *arguments, "-k", 5)
    assert len(hits) == 5 and not {"scene-0003", "scene-0004"} & set(dict(hits))
    assert answer["liked"] == ["scene-0003"] and answer["disliked"] == ["scene-0004"]
    assert dict(search(workshop, *arguments, "--include-seen")[0]).keys() >= {"scene-0003"}
    varied, _ = search(workshop, *arguments, "-k", 5, "--diversity", 0.8)
    assert varied[0] == hits[0] and varied != hits
    picture = next((workshop / "scenes").rglob("*.png"))
    page = workshop / "recommended.html"
    result = run("recommend", workshop / "model", "--image", picture, "--target", "text", "--html", page)
    assert len(result.stdout.splitlines()) == 12 and "recommended from 1 items" in page.read_text()


def test_explain_prints_a_table_and_json_and_writes_a_page(workshop):
    query = [
        "explain",
        workshop / "model",
        "--text",
        "a red circle",
        "--target",
        "image",
        "--id",
        "scene-0003",
    ]
    lines = run(*query).stdout.splitlines()
    assert lines[0].split() == ["side", "part", "contribution"]
    assert {line.split()[1] for line in lines if line.startswith("query")} == {"red", "circle", "baseline"}
    page = workshop / "why.html"
    result = run(*query, "--json", "--html", page)
    why = json.loads(result.stdout)
    words = sum(word["contribution"] for word in why["query"]["words"]) + why["query"]["baseline"]
    regions = sum(map(sum, why["target"]["heat_map"])) + why["target"]["baseline"]
    assert words == pytest.approx(why["score"], abs=1e-6) and regions == pytest.approx(why["score"], abs=1e-6)
    patches = sum(len(word["boxes"]) for word in why["target"]["visual_words"])
    assert page.read_text().count("data:image/jpeg;base64,") == 2 + patches and patches > 0
    assert "page:" in result.stderr
    given = run(*query[:-1], "scene-0004", "--item", next((workshop / "scenes").rglob("*3.png")), "--json")
    assert json.loads(given.stdout)["id"] == "scene-0004"


def test_evaluate_prints_floors_and_writes_figures(workshop):
    figures = workshop / "figures.json"
    measured = ("evaluate", workshop / "model", workshop / "scenes", "--n-jobs", 1)
    result = run(*measured, "--json", figures)
    assert "query-blind" in result.stdout and "text->image" in result.stdout
    rows = json.loads(figures.read_text(encoding="utf-8"))["figures"]
    assert {row["measure"] for row in rows} == {"mAP", "Success@1", "Success@10", "MedianRank"}
    assert all(row["query_blind"] is not None for row in rows)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["search", "MODEL", "--target", "image"], "nothing to search with; give --text"),
        (
            ["search", "MODEL", "--text", "a", "--target", "audio"],
            "this model knows text, image, not 'audio'",
        ),
        (["search", "MODEL", "--image", "none.jpg", "--target", "text"], "none.jpg"),
        (["search", "MODEL", "--like", "x", "--target", "text"], "id 'x' is not in the index"),
        (
            ["search", "MODEL", "--text", "a", "--target", "text", "--filter", "label="],
            "at position 7, got the end",
        ),
        (
            ["search", "MODEL", "--text", "a", "--target", "text", "--filter", "labels=a"],
            "no item has 'labels'",
        ),
        (
            ["search", "MODEL", "--text", "a", "--target", "text", "--fusion", "x"],
            "Invalid value for '--fusion'",
        ),
        (
            ["search", "MODEL", "--text", "a", "--target", "text", "--weights", "text"],
            "must be a number, got ''",
        ),
        (
            ["search", "MODEL", "--text", "a", "--target", "text", "--weights", "b=1"],
            "--weights: expected each of",
        ),
        (
            ["search", "MODEL", "--text", "a", "--target", "text", "--weights", "text=nan"],
            "the weight of text must be a number, got 'nan'",
        ),
        (
            ["search", "MODEL", "--text", "a", "--target", "text", "--weights", "text=0"],
            "all weights are zero",
        ),
        (
            ["search", "MODEL", "--text", "a", "--target", "text", "--weights", "image=1"],
            "name no part of the query",
        ),
        (["search", "MODEL", "--like", "--5", "--target", "text"], "id '--5' is not in the index"),
        (
            ["explain", "MODEL", "--text", "a", "--target", "text", "--id", "\u00b2"],
            "id '\u00b2' is not in the",
        ),
        (
            ["search", "MODEL", "--text", "a", "--target", "text", "--filter", "not " * 5000 + "label=a"],
            "more than 100 parentheses and nots inside one another at position 405",
        ),
        (["evaluate", "MODEL", "SCENES", "--n-jobs", "0"], "n_jobs must be"),
        (["recommend", "MODEL", "--target", "text"], "no history; give --liked"),
        (["recommend", "MODEL", "--liked", "x", "--target", "text"], "id 'x' is not in the index"),
        (
            ["recommend", "MODEL", "--liked", "scene-0003", "--target", "text", "--diversity", "2"],
            "diversity must be a number from 0 to 1, got 2.0",
        ),
        (["search", "nowhere", "--text", "a", "--target", "image"], "does not exist"),
        (
            ["explain", "MODEL", "--target", "image", "--id", "scene-0001"],
            "nothing to explain; give the query",
        ),
        (
            ["explain", "MODEL", "--text", "a", "--target", "image", "--id", "x"],
            "id 'x' is not in the model; list shows what it holds",
        ),
        (
            ["explain", "MODEL", "--text", "a", "--target", "audio", "--id", "scene-0001"],
            "this model knows text, image, not 'audio'",
        ),
        (["evaluate", "MODEL", "SCENES", "--split", "val"], "has no items in split 'val'"),
        (["evaluate", "MODEL", "SCENES", "--protocol", "x"], "unknown protocol 'x'; choose one of wiki"),
        (["fit", "SCENES", "-o", "m", "--recipe", "x"], "unknown recipe 'x'; choose one of baseline"),
        (["fit", "SCENES", "-o", "SCENES"], "exists and is not a saved object"),
        (["fit", "nowhere", "-o", "m"], "does not exist"),
        (["fit", "SCENES", "-o", "m", "--epsilon", "1"], "--epsilon needs --recipe baseline"),
        (["fit", "SCENES", "-o", "m", "--recipe", "baseline", "--epsilon", "0"], "epsilon must be"),
        (["fit", "SCENES", "-o", "m", "--delta", "1e-5"], "--delta does nothing without --epsilon"),
        (["frobnicate"], "there is no command 'frobnicate'"),
    ],
)
def test_errors_are_one_line_and_exit_code_2(workshop, arguments, words):
    names = {"MODEL": workshop / "model", "SCENES": workshop / "scenes"}
    result = run(*[names.get(a, a) for a in arguments])
    assert result.exit_code == 2
    assert words in result.stderr and "Traceback" not in result.output
    assert len([line for line in result.stderr.splitlines() if words in line]) == 1


def test_help_imports_nothing_heavy():
    heavy = {"cv2", "sklearn", "scipy", "gensim", "numpy", "jinja2"}
    code = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print(sorted({heavy} & set(sys.modules))))\n"
        "sys.argv = ['classicxm', '--help']\n"
        "from classicxm.cli import main\n"
        "main()"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert "Usage: classicxm" in answer and answer.endswith("\n[]\n")


@pytest.mark.slow
def test_demo_on_scenes(tmp_path):
    page = tmp_path / "demo.html"
    result = run("demo", "--dataset", "scenes", "--recipe", "baseline", "--html", page, "--n-jobs", 1)
    assert result.exit_code == 0, result.output
    assert "query-blind" in result.stdout and str(page) in result.stdout
    text, lines = page.read_text(), result.stdout.splitlines()
    assert text.count("<section") >= 6
    (verdict,) = [line for line in lines if line.startswith("Given a text, it finds the right picture")]
    assert (
        re.search(r"first ten of \d+ in \d+ of 100 cases; guessing would in \d+\.", verdict)
        and verdict in text
    )
    assert text.index("At its best") < text.index("As it is") < text.index("Figures")
    assert "their own picture first" in text and "<dt>MedianRank</dt>" in text
    assert any(line.startswith("MedianRank: half of the queries") for line in lines)
    after = lines[lines.index("to try next:") + 1 :]
    assert len(after) == 3 and all(line.startswith("  classicxm ") for line in after)


@pytest.mark.slow
def test_kill_9_while_fitting_leaves_no_half_model(workshop, tmp_path):
    model = tmp_path / "model"
    command = [sys.executable, "-m", "classicxm.cli", "fit", str(workshop / "scenes"), "-o", str(model)]
    for seconds in (0.5, 2.0):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        process.kill()
        process.wait()
        assert not model.exists() or run("search", model, "--text", "a", "--target", "image").exit_code == 0
    assert all(name.startswith(".model.") for name in os.listdir(tmp_path) if name != "model")


def test_pages_show_the_whole_question(workshop):
    page = workshop / "whole.html"
    asked = (
        "--text",
        "a blue star",
        "--like",
        "scene-0003",
        "--like",
        "scene-0005",
        "--unlike",
        "scene-0004",
    )
    options = ("--weights", "id=.5", "--target", "image", "-k", 2, "--html", page)
    assert run("search", workshop / "model", *asked, *options).exit_code == 0
    roles = re.findall(r'class="role">([^<]*)<', page.read_text())
    assert roles == ["weight +1", "like, weight +0.5", "like, weight +0.5", "unlike, weight -0.5"]
    assert "Score: cosine" in page.read_text() and all(f"scene-000{n}" in page.read_text() for n in (3, 4, 5))
    history = (
        "--liked",
        "scene-0003",
        "--liked",
        "scene-0006",
        "--disliked",
        "scene-0004",
        "--text",
        "a star",
    )
    run("recommend", workshop / "model", *history, "--target", "image", "-k", 2, "--html", page)
    roles = re.findall(r'class="role">([^<]*)<', page.read_text())
    assert sorted(roles) == ["disliked, weight -0.75", "liked, weight +1", "liked, weight +1", "weight +1"]
    assert 'class="card same"' not in page.read_text()
