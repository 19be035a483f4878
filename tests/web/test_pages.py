"""The pages: a search, an item, the model, and answers to take along."""

import csv
import io

import pytest


def test_a_search_shows_cards_and_keeps_what_was_asked(client):
    page = client.get("/", params={"text": "a red circle & <b>", "target": "image", "k": 5})
    assert page.status_code == 200 and "a red circle &amp; &lt;b&gt;" in page.text and "<b>" not in page.text
    assert page.text.count("/thumbnail?") >= 5


def test_the_first_page_needs_no_question(client):
    assert client.get("/").status_code == 200


def test_an_item_and_words_for_it(client, scenes):
    page = client.get("/item", params={"id": scenes.ids[0]})
    assert page.status_code == 200 and scenes.ids[0] in page.text
    assert client.get("/item", params={"id": "nobody"}).status_code == 404
    assert client.get("/item", params={"id": scenes.ids[0], "other": "1"}).status_code == 422


def test_answers_to_take_along(client):
    asked = {"text": "red", "target": "image", "k": 3}
    told = client.get("/download", params={**asked, "as": "json"}).json()
    rows = list(csv.DictReader(io.StringIO(client.get("/download", params={**asked, "as": "csv"}).text)))
    run = [line.split() for line in client.get("/download", params={**asked, "as": "trec"}).text.splitlines()]
    ids = [hit["id"] for hit in told["hits"]]
    assert len(ids) == 3 and [row["id"] for row in rows] == ids and [line[2] for line in run] == ids


@pytest.mark.parametrize(
    ("query", "status"), [({"as": "pdf", "text": "a"}, 422), ({"as": "json"}, 400), ({"k": "x"}, 422)]
)
def test_what_cannot_be_taken_along(query, status, client):
    assert client.get("/download", params=query).status_code == status
