"""Pages of answers: everything asked is shown, what can be played plays, nothing is left raw."""

import re

import numpy as np
import pytest
import soundfile

from classicxm.datasets import Collection
from classicxm.reports import Answer, answers_html, score_meaning, write_page
from classicxm.reports import cards as cards_module
from classicxm.reports.cards import Embedder, item_card
from classicxm.retrieval.hits import Hit, Hits

RED = np.full((8, 8, 3), (255, 0, 0), np.uint8)
CLIP = np.full((5, 16, 16, 3), 90, np.uint8)


@pytest.fixture
def sound(tmp_path):
    path = tmp_path / "a sound #1.wav"
    soundfile.write(path, np.zeros(4000), 8000)
    return path


def test_every_part_of_a_question_is_shown_with_its_weight():
    parts = [
        {"text": "red", "weight": 1.0},
        {"id": "x", "text": "liked one", "role": "like", "weight": 0.5},
        {"id": "y", "text": "other", "role": "unlike", "weight": -0.375},
    ]
    page = answers_html("t", "n", [Answer("q", parts[0], "text", [Hit("a", 0.25)], parts)])
    assert re.findall(r'class="role">([^<]*)<', page) == [
        "weight +1",
        "like, weight +0.5",
        "unlike, weight -0.375",
    ]
    assert page.count("unlike") >= 2 and "0.250 · a" in page


def test_a_page_has_language_title_and_alternatives():
    hits = [Hit("p", 0.5, {"image": RED, "text": ["a red square", "red"], "label": "<sea>"})]
    page = answers_html(
        "t <1>", "n", [Answer("q", {"text": "red"}, "image", hits)], meaning=score_meaning("cosine")
    )
    assert '<html lang="en">' in page and "<title>t &lt;1&gt;</title>" in page
    assert 'alt="a red square / red"' in page and "&lt;sea&gt;" in page and 'alt=""' not in page
    assert "Score: cosine similarity" in page and "<script" not in page


def test_hits_of_the_query_s_class_are_outlined():
    hits = [
        Hit("p", 0.5, {"text": "x", "label": ["sea", "sky"]}),
        Hit("q", 0.4, {"text": "y", "label": "sun"}),
    ]
    page = answers_html("t", "n", [Answer("q", {"text": "red", "label": "sky"}, "text", hits)])
    assert page.count('class="card same"') == 1


def test_sounds_and_clips_play(tmp_path, sound):
    hits = [Hit("s", 0.5, {"audio": str(sound), "video": CLIP})]
    page = answers_html("t", "n", [Answer("q", {"audio": sound}, "any", hits)])
    assert page.count('src="data:audio/wav;base64,') == 2 and page.count('src="data:video/webm;base64,') == 1
    assert 'poster="data:image/jpeg;base64,' in page


def test_sounds_show_their_caption_and_pictures_name_it(sound):
    hits = [Hit("s", 0.5, {"audio": str(sound), "text": "a dog barks"})]
    page = answers_html("t", "n", [Answer("q", {"text": "dog"}, "audio", hits)])
    assert 'class="text">a dog barks<' in page and 'aria-label="a dog barks"' in page


def test_hits_show_their_name_where_one_is_asked_for():
    hits = [Hit("1F34E", 0.5, {"image": RED, "text": ["red apple", "fruit"], "name": "red apple"})]
    plain, named = (
        answers_html("t", "n", [Answer("q", {"text": "x"}, "image", hits, named=key)]) for key in ("", "name")
    )
    assert 'class="text">red apple<' in named and 'class="text">red apple<' not in plain


def test_a_weak_answer_has_its_verdict_on_page_and_in_notebooks():
    hits = Hits([Hit("a", 0.5, {"text": "x"})]).judged(0.75)
    for shown in (answers_html("t", "n", [Answer("q", {"text": "y"}, "text", hits)]), hits._repr_html_()):
        assert "no good match: the best score is 0.5000, and 5 % of random pairs reach 0.7500" in shown


def test_what_is_large_is_linked_from_the_page(tmp_path, sound, monkeypatch):
    monkeypatch.setattr(cards_module, "SMALL", 100)
    answer = [Answer("q", {"audio": sound}, "audio", [])]
    page = write_page(tmp_path / "pages" / "p.html", "t", "n", answer).read_text()
    assert 'src="../a%20sound%20%231.wav"' in page and "nothing was found" in page
    assert "cannot be shown" in answers_html("t", "n", answer)


def test_a_page_embeds_so_much_and_links_the_rest(tmp_path, sound, monkeypatch):
    monkeypatch.setattr(cards_module, "MOST", 10_000)
    embed = Embedder(tmp_path)
    kinds = [embed.medium("audio", sound, "").source.startswith("data:") for _ in range(2)]
    assert kinds == [True, False]


def test_of_several_captions_the_one_that_was_found_is_shown():
    found = Hit("a", 1.0, {"text": ["a dog", "the sea"], "best_caption": "the sea"})
    page = answers_html("t", "n", [Answer("q", {"text": "water"}, "text", [found])])
    assert 'class="text">the sea<' in page and "a dog" not in page
    whole = answers_html("t", "n", [Answer("q", {"text": "water"}, "any", [found])])
    assert "a dog / the sea" in whole


def test_captions_are_read_from_files(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("a red circle\n")
    assert Embedder().caption(file).strip() == Embedder().caption(str(file)).strip() == "a red circle"
    assert (
        Embedder().caption(tmp_path / "none.txt") == "none.txt"
        and Embedder().caption("about b.txt") == "about b.txt"
    )
    asked = answers_html("t", "n", [Answer("q", {"text": str(file)}, "text", [])])
    assert ">" + str(file) + "<" in asked and "a red circle" not in asked
    page = answers_html(
        "t", "n", [Answer("q", {"text": "red"}, "text", [Hit("a", 1.0, {"text": str(file)})])]
    )
    assert "a red circle" in page and str(file) not in page


def test_what_cannot_be_read_says_so(tmp_path):
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    for modality in ("image", "audio", "video"):
        card = item_card({modality: tmp_path / "bad.jpg"}, Embedder())
        assert card.media[0].kind == "missing" and "cannot be shown" in card.media[0].alt


def test_notebooks_show_hits_and_collections():
    hits = Hits([Hit("<a>", 0.5, {"text": "x"})])
    for shown in (hits, hits[0]):
        assert "&lt;a&gt;" in shown._repr_html_() and "<style>" in shown._repr_html_()
    assert type(hits[:1]) is Hits and hits[:1] == [hits[0]]
    many = Collection([{"id": f"i{n}", "text": "t"} for n in range(30)])
    assert many._repr_html_().count("<figure") == 12 and "30 items" in many._repr_html_()
