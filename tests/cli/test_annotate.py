"""``classicxm annotate``: words for an item."""

import json

from classicxm.retrieval import CrossModalRetriever


def test_words_as_the_retriever_gives_them(command, cli_model, cli_scenes):
    picture = sorted(cli_scenes.rglob("*.png"))[0]
    told = json.loads(command("annotate", cli_model, "--image", picture, "-k", 3, "--json").stdout)
    expected = CrossModalRetriever.load(cli_model).annotate({"image": str(picture)}, 3)
    assert [(one["term"], round(one["score"], 6)) for one in told["terms"]] == [
        (t, round(s, 6)) for t, s in expected
    ]
    assert told["query"] == {"image": str(picture)}


def test_a_table_and_the_correction(command, cli_model, cli_scenes):
    picture = sorted(cli_scenes.rglob("*.png"))[0]
    lines = command("annotate", cli_model, "--image", picture, "-k", 2, "--csls").stdout.splitlines()
    assert lines[0].split() == ["rank", "score", "term"] and len(lines) == 3


def test_nothing_to_describe(command, cli_model):
    result = command("annotate", cli_model)
    assert result.exit_code == 2 and "nothing to describe; give --text, --image" in result.stderr
