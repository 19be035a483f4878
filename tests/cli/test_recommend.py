"""``classicxm recommend``: as the retriever does, from ids and files."""

import json

from classicxm.retrieval import CrossModalRetriever


def test_as_the_retriever(command, cli_model):
    options = (
        "--liked",
        "scene-0001",
        "--disliked",
        "scene-0002",
        "--text",
        "red",
        "-k",
        3,
        "--diversity",
        0.5,
    )
    told = json.loads(command("recommend", cli_model, *options, "--target", "image", "--json").stdout)
    history = ["scene-0001", {"text": "red"}, {"id": "scene-0002", "weight": -1}]
    expected = CrossModalRetriever.load(cli_model).recommend(history, "image", 3, diversity=0.5)
    assert [hit["id"] for hit in told["hits"]] == [hit.id for hit in expected]
    assert told["liked"] == ["scene-0001"] and told["items"] == [{"text": "red"}]


def test_seen_items_only_where_that_is_asked(command, cli_model):
    options = ("--liked", "scene-0001", "--target", "image", "--json", "-k", 40)
    without = json.loads(command("recommend", cli_model, *options).stdout)["hits"]
    with_it = json.loads(command("recommend", cli_model, *options, "--include-seen").stdout)["hits"]
    assert len(without) == 39 and with_it[0]["id"] == "scene-0001"


def test_no_history(command, cli_model):
    result = command("recommend", cli_model, "--target", "image")
    assert result.exit_code == 2 and "no history; give --liked" in result.stderr
