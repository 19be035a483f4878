"""What pages show: cards and the places they lead to, words in colours, bars that fit."""

import pytest

from classicxm.web.answers import Answers
from classicxm.web.asked import Asked
from classicxm.web.served import Served
from classicxm.web.shown import cards, evidence_view, item_view, stored_text
from tests.retrieval.plain_vectors import plain_retriever


@pytest.fixture
def served():
    retriever = plain_retriever(images={"a/b": [1, 0], "c": [0, 1]})
    retriever.payload_["a/b"] = {"text": ["a dog", "one dog"], "image": "x y.png", "label": ["dog", "animal"]}
    return Served("m", retriever, 1)


def test_an_item_as_a_card(served):
    view = item_view(served, "a/b", "m 2")
    assert view["caption"] == "a dog / one dog" and view["labels"] == "animal / dog"
    assert view["media"] == {"image": "/api/v1/items/a%2Fb/media?modality=image&model=m+2"}
    assert (
        "thumbnail?modality=image&side=320" in view["pictures"]["image"]
        and view["item"] == "/item?id=a%2Fb&model=m+2"
    )
    assert item_view(served, "c")["title"] == "c" and item_view(served, "c")["alt"] == "item c"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("sea", "sea"),
        (["sea", "sky"], "sea / sky"),
        (0.5, "0.5"),
        (True, "true"),
        ([{"shape": "star", "box": [0.1, 0.2]}, "圆"], '{"shape": "star", "box": [0.1, 0.2]} / 圆'),
        (None, "null"),
    ],
)
def test_what_is_stored_reads_as_json_and_not_as_python(value, text):
    assert stored_text(value) == text


def test_cards_lead_on(served):
    asked = Asked(text="red", target="image", unlike=("a/b",), k=5, default_target="image")
    (card,) = cards(served, asked, Answers(["a/b"], [0.5], {"a/b": ["c"]}, page=2))
    assert card["rank"] == 6 and [one["id"] for one in card["folded"]] == ["c"]
    (best,) = cards(served, asked, Answers(["a/b"], [0.5], captions={"a/b": "one dog"}))
    assert card["title"] == "a dog / one dog" and best["title"] == "one dog"
    assert "like=a%2Fb" in card["like"] and "unlike" not in card["like"]
    assert (
        card["why"].startswith("/why?")
        and card["why"].endswith("&id=a%2Fb")
        and "text" not in card["similar"]
    )


def test_words_are_coloured_where_they_stand():
    words = [
        {"term": "red", "contribution": 0.6, "spans": [[2, 5]]},
        {"term": "red dog", "contribution": -0.3, "spans": [[2, 9]]},
    ]
    view = evidence_view(
        {"modality": "text", "baseline": 0.1, "text": "a red dog", "words": words}, "The query", None
    )
    assert [(piece["text"], piece["kind"]) for piece in view["pieces"]] == [
        ("a ", ""),
        ("red", "for6"),
        (" dog", "against6"),
    ]
    assert view["sum"] == pytest.approx(0.4) and view["rows"][-1] == ("baseline", 0.1)


def test_many_words_are_summed_up():
    words = [{"term": str(n), "contribution": float(n), "spans": []} for n in range(1, 16)]
    rows = evidence_view({"modality": "text", "baseline": 0.0, "words": words}, "t", None)["rows"]
    assert rows[12] == ("3 more words", 6.0) and sum(value for _, value in rows) == 120


def test_cells_and_bars():
    view = evidence_view(
        {"modality": "image", "baseline": 0.0, "heat_map": [[0.5, -1.0], [0.001, 0.0]]}, "t", "p.jpg"
    )
    assert [(c["x"], c["y"], c["kind"], c["opacity"]) for c in view["cells"]["cells"]] == [
        (0, 0, "for", "0.400"),
        (1, 0, "against", "0.800"),
    ]
    frames = [
        {"start": 0.0, "end": 1.0, "contribution": 0.5},
        {"start": 1.0, "end": 2.0, "contribution": -1.0},
    ]
    view = evidence_view({"modality": "audio", "baseline": 0.0, "frames": frames}, "t", None)
    assert [(bar["y"], bar["height"]) for bar in view["bars"]["bars"]] == [
        ("30.00", "20.00"),
        ("50.00", "40.00"),
    ]
    assert view["rows"][0] == ("all stretches", -0.5) and view["bars"]["seconds"] == "2.0"
