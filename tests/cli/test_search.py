"""``classicxm search``: weights as typed, queries of nothing known, and answers of the retriever."""

import json
import warnings

import pytest

from classicxm.cli.search import known_queries, parsed_weights
from classicxm.errors import EmptyDescriptionWarning
from classicxm.retrieval import CrossModalRetriever
from classicxm.search import ExactIndex, LSHIndex, ShardedIndex


@pytest.mark.parametrize(
    ("text", "weights"),
    [(None, None), ("", None), ("text=1,image=.5", {"text": 1.0, "image": 0.5}), (" id =2", {"id": 2.0})],
)
def test_weights(text, weights):
    assert parsed_weights(text) == weights


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("smell=1", "expected each of text, image, audio, video or id at most once"),
        ("text=1,text=2", "at most once"),
        ("text=much", "the weight of text must be a number, got 'much'"),
    ],
)
def test_weights_that_are_wrong(text, message):
    with pytest.raises(ValueError, match=message):
        parsed_weights(text)


def test_a_query_of_nothing_known_is_refused_unless_forced():
    def ask(n_parts, allowed):
        with known_queries(n_parts, allowed):
            warnings.warn("nothing is known of it", EmptyDescriptionWarning, stacklevel=2)

    with pytest.raises(
        ValueError, match="nothing is known of it; ask with something else, or have it answered"
    ):
        ask(1, False)
    for n_parts, allowed in ((2, False), (1, True)):
        with pytest.warns(EmptyDescriptionWarning):
            ask(n_parts, allowed)


def test_answers_are_those_of_the_retriever(command, cli_model):
    options = (
        "--text",
        "a red circle",
        "--like",
        "scene-0003",
        "--unlike",
        "scene-0004",
        "--weights",
        "text=2",
    )
    told = json.loads(command("search", cli_model, *options, "--target", "any", "-k", 5, "--json").stdout)
    query = [{"text": "a red circle"}, "scene-0003"]
    expected = CrossModalRetriever.load(cli_model).search(
        query, "any", 5, weights={"text": 2.0}, unlike=["scene-0004"]
    )
    assert [(hit["id"], pytest.approx(hit["score"])) for hit in told["hits"]] == [
        (hit.id, hit.score) for hit in expected
    ]


def test_no_good_match(command, cli_model):
    result = command("search", cli_model, "--text", "red", "--target", "image", "--min-score", 2)
    assert "no good match: the best score is" in result.stderr and len(result.stdout.splitlines()) == 1


def test_what_does_not_go_together(command, cli_model):
    assert "nothing to search with" in command("search", cli_model, "--target", "image").stderr
    both = command("search", cli_model, "-", "--text", "red", "--target", "image")
    assert both.exit_code == 2 and "a file of queries stands alone" in both.stderr
    run = command("search", cli_model, "-", "--run", "x", "--json", "--target", "image")
    assert "a file of queries that makes a run stands alone; leave out --json" in run.stderr
    for option, value in (("--run", "x"), ("--as", "image")):
        asked = ("search", cli_model, "--text", "a", option, value, "--target", "text")
        assert f"{option} is for a file of queries" in command(*asked).stderr
    assert (
        "--run is for a file of queries"
        in command("search", cli_model, "--text", "a", "--run", "x", "--target", "text").stderr
    )


def test_a_shard_that_fails_is_named_on_stderr_and_in_the_json(command, cli_model, tmp_path, monkeypatch):
    retriever = CrossModalRetriever.load(cli_model)
    whole = retriever.indexes_["image"]
    sharded = ShardedIndex([ExactIndex(whole.metric), LSHIndex(whole.metric)])
    retriever.indexes_["image"] = sharded.add(whole.vectors(whole.ids()), whole.ids())
    model = retriever.save(tmp_path / "sharded")

    def cut(*given, **named):
        raise OSError("the wire is cut")

    monkeypatch.setattr(LSHIndex, "search", cut)
    asked = ("search", model, "--text", "a red circle", "--target", "image", "-k", 3)
    told = command(*asked, "--json")
    assert json.loads(told.stdout)["missing"] == ["shard 1 (LSHIndex)"]
    line = "classicxm: warning: shard 1 (LSHIndex) did not answer: OSError the wire is cut; 1 of 2 shards answered"
    assert line in told.stderr
    assert line in command(*asked).stderr
    lines = command("search", model, "-", "--target", "image", stdin="a red circle\na blue square\n")
    assert [json.loads(one)["missing"] for one in lines.stdout.splitlines()] == [["shard 1 (LSHIndex)"]] * 2
    monkeypatch.undo()
    assert "missing" not in json.loads(command(*asked, "--json").stdout)
