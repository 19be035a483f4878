"""The HTTP API route by route: answers as the retriever gives them, and one line for whatever cannot be answered."""

from __future__ import annotations

import json
import math
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from classicxm.alignment import CCA
from classicxm.datasets import Collection
from classicxm.image import ColorHistogram
from classicxm.media.extent import Bounds
from classicxm.retrieval import CrossModalRetriever
from classicxm.text import TfidfText
from classicxm.web import Limits, Settings, create_app

API = "/api/v1"


def hits_of(answer) -> list[tuple]:
    assert answer.status_code == 200, answer.text
    return [(hit["id"], hit["score"]) for hit in answer.json()["hits"]]


def expected(hits) -> list[tuple]:
    return [(hit.id, hit.score) for hit in hits]


def content(scenes: Collection, modality: str, n: int = 0) -> bytes:
    return Path(scenes[n][modality]).read_bytes()


def test_search_by_text_answers_as_the_retriever_payload_included(client, retriever):
    answer = client.post(f"{API}/search", json={"text": "a red circle", "target": "image", "k": 5})
    found = retriever.search({"text": "a red circle"}, "image", 5)
    assert hits_of(answer) == expected(found)
    assert [hit["payload"] for hit in answer.json()["hits"]] == [hit.payload for hit in found]
    assert set(answer.json()["hits"][0]) == {"id", "score", "payload"}


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ({"query": {"text": "red"}}, {}),
        ({"query": ["scene-0003", {"text": "red", "weight": 0.5}]}, {}),
        ({"query": {"text": "red"}, "unlike": ["scene-0001"]}, {"unlike": ["scene-0001"]}),
        (
            {"query": [{"text": "red"}, "scene-0002"], "weights": {"text": 2, "id": 0.5}},
            {"weights": {"text": 2, "id": 0.5}},
        ),
        ({"query": {"text": "red"}, "filter": "split=test"}, {"where": "split=test"}),
        (
            {"query": {"text": "red"}, "allowed": ["scene-0001", "scene-0002"]},
            {"allowed": ["scene-0001", "scene-0002"]},
        ),
        ({"query": [{"text": "red"}, "scene-0002"], "fusion": "rrf"}, {"fusion": "rrf"}),
        ({"query": [{"text": "red"}, "scene-0002"], "fusion": "confidence"}, {"fusion": "confidence"}),
    ],
)
@pytest.mark.parametrize("target", ["audio", "any"])
def test_search_takes_the_retrievers_own_form(client, retriever, body, asked, target):
    answer = client.post(f"{API}/search", json={**body, "target": target, "k": 7})
    assert hits_of(answer) == expected(retriever.search(body["query"], target, 7, **asked))


@pytest.mark.parametrize("modality", ["image", "audio", "video"])
def test_search_by_file_answers_as_the_retriever(client, retriever, scenes, modality):
    files = {modality: (Path(scenes[5][modality]).name, content(scenes, modality, 5))}
    answer = client.post(f"{API}/search", files=files, data={"target": "text", "k": "4"})
    assert hits_of(answer) == expected(retriever.search({modality: scenes[5][modality]}, "text", 4))


def test_a_form_joins_text_files_likes_weights_filter_and_fusion(client, retriever, scenes):
    answer = client.post(
        f"{API}/search",
        files={"image": ("a.png", content(scenes, "image"))},
        data={
            "text": "red",
            "like": ["scene-0004"],
            "unlike": ["scene-0009"],
            "weights": "text=.5,image=2",
            "filter": "split=train",
            "target": "any",
            "k": "6",
            "fusion": "combsum",
        },
    )
    found = retriever.search(
        [{"text": "red", "image": scenes[0]["image"]}, "scene-0004"],
        "any",
        6,
        weights={"text": 0.5, "image": 2},
        unlike=["scene-0009"],
        where="split=train",
        fusion="combsum",
    )
    assert hits_of(answer) == expected(found)


def test_pages_of_a_ranking_join_to_the_whole_and_say_whether_there_is_more(client):
    def page(n: int) -> dict:
        return client.post(
            f"{API}/search", json={"text": "red", "target": "image", "k": 20, "page": n}
        ).json()

    whole = client.post(f"{API}/search", json={"text": "red", "target": "image", "k": 48}).json()
    pages = [page(n) for n in (1, 2, 3, 4)]
    assert [hit for part in pages for hit in part["hits"]] == whole["hits"]
    assert [part["more"] for part in pages] == [True, True, False, False]


def test_scores_below_the_lowest_are_left_out(client, retriever):
    found = retriever.search({"text": "red"}, "image", 48)
    bound = found[9].score
    answer = client.post(
        f"{API}/search", json={"text": "red", "target": "image", "k": 48, "min_score": bound}
    )
    assert hits_of(answer) == [(hit.id, hit.score) for hit in found if hit.score >= bound]


def test_near_duplicates_are_folded_into_the_better_one(scenes, retriever):
    model = CrossModalRetriever(retriever.extractors, retriever.aligner).fit_collection(scenes)
    best, other = (hit.id for hit in model.search({"text": "red"}, "image", 2))
    model.add("image", [model.payload_of(best)["image"]], ["twin"])
    with TestClient(create_app(model), base_url="http://localhost") as client:
        body = {"text": "red", "target": "image", "k": 5}
        plain = client.post(f"{API}/search", json=body).json()["hits"]
        folded = client.post(f"{API}/search", json={**body, "fold": True}).json()["hits"]
    assert [hit["id"] for hit in plain[:3]] == [best, "twin", other]
    assert folded[0]["id"] == best and "twin" in folded[0]["folded"]
    assert "twin" not in [hit["id"] for hit in folded] and len(folded) == 5


def test_a_best_answer_that_strangers_beat_is_said_to_be_no_match(client, retriever):
    told = client.get(f"{API}/model").json()["strangers"]
    (mine,) = [row["score"] for row in told if (row["source"], row["target"]) == ("text", "image")]
    assert mine == retriever.match_bounds_["text"]["image"]
    for text in ("a red circle", "zzz", "big orange square"):
        answer = client.post(f"{API}/search", json={"text": text, "target": "image"}).json()
        assert answer["match"] is (text != "zzz" and answer["hits"][0]["score"] > mine)
        assert answer["unknown"] == ("an unknown word: 'zzz'" if text == "zzz" else "")
    page = client.get("/", params={"text": "red zzz qqq", "target": "image"}).text
    assert "2 of 3 words are unknown: " in page and "qqq" in page


def test_embedding_and_searching_by_the_vector_is_searching_by_the_file(client, retriever, scenes):
    files = {"image": ("a.png", content(scenes, "image", 2))}
    told = client.post(f"{API}/embed", files=files).json()
    assert told["modality"] == "image"
    assert told["vector"] == retriever.project("image", [scenes[2]["image"]])[0].tolist()
    answer = client.post(f"{API}/search-by-vector", json={"vector": told["vector"], "target": "text", "k": 6})
    assert hits_of(answer) == expected(retriever.search({"image": scenes[2]["image"]}, "text", 6))


def test_items_are_read_by_id_and_media_in_parts(client, retriever, scenes):
    key = scenes.ids[3]
    told = client.get(f"{API}/items/{key}").json()
    assert told == {
        "id": key,
        "payload": retriever.payload_of(key),
        "modalities": ["text", "image", "audio", "video"],
    }
    whole = client.get(f"{API}/items/{key}/media", params={"modality": "audio"})
    assert whole.content == content(scenes, "audio", 3) and whole.headers["content-type"] == "audio/wav"
    part = client.get(
        f"{API}/items/{key}/media", params={"modality": "audio"}, headers={"Range": "bytes=10-29"}
    )
    assert part.status_code == 206 and part.content == whole.content[10:30]
    assert part.headers["content-range"] == f"bytes 10-29/{len(whole.content)}"
    beyond = client.get(
        f"{API}/items/{key}/media", params={"modality": "audio"}, headers={"Range": "bytes=99999999-"}
    )
    assert beyond.status_code == 416


def test_clips_that_browsers_do_not_play_become_webm_and_small_pictures_are_small(client, scenes):
    clip = client.get(f"{API}/items/{scenes.ids[0]}/media", params={"modality": "video"})
    assert clip.headers["content-type"] == "video/webm" and clip.content[:4] == b"\x1aE\xdf\xa3"
    for modality in ("image", "video"):
        answer = client.get(
            f"{API}/items/{scenes.ids[0]}/thumbnail", params={"side": 32, "modality": modality}
        )
        import cv2

        picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
        assert max(picture.shape[:2]) == 32
    again = client.get(
        f"{API}/items/{scenes.ids[0]}/thumbnail",
        params={"side": 32, "modality": "video"},
        headers={"If-None-Match": answer.headers["etag"]},
    )
    assert again.status_code == 304 and not again.content


@pytest.mark.parametrize(
    "key",
    [
        *(
            "..",
            "../..",
            "..%2f..%2fetc%2fpasswd",
            "%2e%2e",
            "%2e%2e%2f%2e%2e",
            "a%00b",
            "%00",
            "/etc/passwd",
        ),
        *("%2fetc%2fpasswd", "images/scene-0000.png", "file:%2f%2f%2fetc%2fpasswd", "nothing", "%ff%fe"),
        *("scene-0000%00", "0", "-1"),
    ],
)
@pytest.mark.parametrize("what", ["", "/media", "/thumbnail"])
def test_ids_that_name_nothing_are_not_found(client, key, what):
    answer = client.get(f"{API}/items/{key}{what}")
    assert answer.status_code == 404 and "root:" not in answer.text


def test_ids_that_are_numbers_or_have_slashes_are_found(scenes, retriever):
    model = CrossModalRetriever(retriever.extractors, retriever.aligner).fit_collection(scenes)
    for key in (7, "a/b c", "é b", "007"):
        model.add("text", ["red"], [key], [{"name": str(key)}])
    with TestClient(create_app(model), base_url="http://localhost") as client:
        for path, key in (
            ("7", 7),
            ("a%2Fb%20c", "a/b c"),
            ("a/b%20c", "a/b c"),
            ("%C3%A9%20b", "é b"),
            ("007", "007"),
        ):
            assert client.get(f"{API}/items/{path}").json()["id"] == key
        body = {"like": [7], "target": "text", "k": 1}
        assert client.post(f"{API}/search", json=body).json()["hits"][0]["id"] == 7


def test_similar_random_recommend_annotate_and_facets(client, retriever, scenes):
    key = scenes.ids[1]
    similar = client.get(f"{API}/similar/{key}", params={"target": "image", "k": 4, "filter": "split=train"})
    assert hits_of(similar) == expected(retriever.recommend([key], "image", 4, where="split=train"))
    drawn = client.get(f"{API}/random", params={"k": 5, "seed": 3}).json()["items"]
    assert len({item["id"] for item in drawn}) == 5
    assert drawn == client.get(f"{API}/random", params={"k": 5, "seed": 3}).json()["items"]
    history = [key, {"id": scenes.ids[2], "weight": -1}, {"text": "red"}]
    answer = client.post(
        f"{API}/recommend", json={"history": history, "target": "any", "k": 5, "diversity": 0.4}
    )
    assert hits_of(answer) == expected(retriever.recommend(history, "any", 5, diversity=0.4))
    (best, *_) = retriever.recommend(history, "any", 5)
    asked = {"history": history, "target": "any", "k": 5, "min_score": best.score}
    answer = client.post(f"{API}/recommend", json=asked).json()
    assert [hit["id"] for hit in answer["hits"]] == [best.id] and answer["match"] is not None
    files = {"image": ("a.png", content(scenes, "image"))}
    terms = client.post(f"{API}/annotate", files=files, data={"k": "3"}).json()["terms"]
    assert [(t["term"], t["score"]) for t in terms] == retriever.annotate({"image": scenes[0]["image"]}, 3)
    facets = client.get(f"{API}/facets", params={"filter": "split=train"}).json()["facets"]
    assert facets["split"] == [
        {"value": "train", "count": sum(name == "train" for name in scenes.column("split"))}
    ]
    assert sum(
        row["count"] for row in client.get(f"{API}/facets?values=200").json()["facets"]["label"]
    ) == len(scenes)


def test_explanations_are_the_retrievers_and_add_up(client, retriever, scenes):
    key = scenes.ids[1]
    for modality, target in (("text", "image"), ("image", "text"), ("audio", "video")):
        if modality == "text":
            answer = client.post(f"{API}/explain", json={"text": "a red circle", "id": key, "target": target})
            why = retriever.explain({"text": "a red circle"}, key, target)
        else:
            files = {modality: (f"a{Path(scenes[0][modality]).suffix}", content(scenes, modality))}
            answer = client.post(f"{API}/explain", files=files, data={"id": key, "target": target})
            why = retriever.explain({modality: scenes[0][modality]}, key, target)
        told = answer.json()
        assert told.pop("found") == [told["target"]]
        assert told == json.loads(json.dumps(why.to_dict()))


@pytest.mark.parametrize("target", ["text", "image", "audio", "video", "any"])
def test_questions_of_several_parts_are_explained_by_what_was_found(client, retriever, target):
    query = [{"text": "a red circle", "weight": 0.7}, "scene-0004"]
    body = {"query": query, "unlike": ["scene-0001"], "target": target}
    best = client.post(f"{API}/search", json={**body, "k": 3}).json()["hits"][2]
    told = client.post(f"{API}/explain", json={**body, "id": best["id"]}).json()
    total = 0.0
    for side in told["found"]:
        total += side["baseline"]
        if "words" in side:
            total += sum(word["contribution"] for word in side["words"])
        elif "heat_map" in side:
            total += sum(map(sum, side["heat_map"]))
        else:
            total += sum(frame["contribution"] for frame in side["frames"])
    assert told["score"] == pytest.approx(best["score"], abs=1e-5)
    assert total == pytest.approx(told["score"], abs=1e-5)
    assert len(told["found"]) == (4 if target == "any" else 1) and told["query"] is None

    assert "classicxm_items{" in client.get(f"{API}/metrics").text


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("search", {"text": "red"}, 422, "target"),
        ("search", {"text": "red", "target": "image", "limit": 5}, 422, "limit"),
        ("search", {"text": "red", "target": "smell"}, 422, "target"),
        ("search", {"text": "red", "target": "image", "k": 0}, 422, "k"),
        ("search", {"text": "red", "target": "image", "k": 1001}, 422, "k"),
        ("search", {"text": "red", "target": "image", "k": "5"}, 422, "k"),
        ("search", {"text": "red", "target": "image", "k": True}, 422, "k"),
        ("search", {"text": "red", "target": "image", "k": 100, "page": 11}, 400, "1000"),
        ("search", {"text": "red", "target": "image", "filter": "label="}, 400, "expected a value"),
        ("search", {"text": "red", "target": "image", "filter": "nokey=1"}, 400, "nokey"),
        ("search", {"target": "image"}, 400, "nothing to search with"),
        ("search", {"query": [], "target": "image"}, 400, "nothing to search with"),
        ("search", {"query": {}, "target": "image"}, 400, "empty"),
        ("search", {"query": {"image": 0}, "target": "image"}, 400, "file 0"),
        ("search", {"query": {"image": "/etc/passwd"}, "target": "image"}, 422, "image"),
        ("search", {"query": {"image": "http://example.org/a.png"}, "target": "image"}, 422, "image"),
        ("search", {"like": ["nobody"], "target": "image"}, 404, "nobody"),
        ("search", {"text": "red", "weights": {"image": 1}, "target": "image"}, 400, "weights"),
        ("search", {"text": "red", "weights": {"text": 0}, "target": "image"}, 400, "zero"),
        ("search-by-vector", {"vector": [1, 2], "target": "image"}, 400, "dimensions"),
        ("search-by-vector", {"vector": [], "target": "image"}, 422, "vector"),
        ("search-by-vectors", {"vectors": [[1, 2]], "target": "image"}, 400, "dimensions"),
        ("search-by-vectors", {"vectors": [[1, 2], [1]], "target": "image"}, 400, "one length"),
        ("search-by-vectors", {"vectors": [], "target": "image"}, 422, "vectors"),
        ("search-by-vector", {"vector": [1e300] * 6, "target": "image"}, 422, "vector"),
        ("explain", {"text": "red", "id": "nobody", "target": "image"}, 404, "nobody"),
        ("recommend", {"history": [], "target": "image"}, 422, "history"),
        ("recommend", {"history": ["scene-0001"], "target": "image", "diversity": 2}, 422, "diversity"),
        ("annotate", {}, 400, "one item"),
        ("annotate", {"text": "red", "min_df": 100000}, 400, "min_df"),
        ("embed", {"query": {"id": "scene-0001"}}, 400, "neither an id"),
    ],
)
def test_what_cannot_be_answered_is_said_in_one_line(client, path, body, status, words):
    answer = client.post(f"{API}/{path}", json=body)
    assert answer.status_code == status, answer.text
    assert words in answer.json()["detail"] and "\n" not in answer.json()["detail"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"a"', b"null", b"\xff", b'{"k": NaN}', b"[" * 100_000])
def test_bodies_that_are_no_json_object_are_refused(client, body):
    answer = client.post(f"{API}/search", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422


def test_other_kinds_of_bodies_and_broken_forms_are_refused(client):
    assert client.post(f"{API}/search", content=b"text=red").status_code == 415
    broken = client.post(
        f"{API}/search",
        content=b"--a\r\nnonsense",
        headers={"content-type": "multipart/form-data; boundary=b"},
    )
    assert broken.status_code in (400, 422)
    assert client.post(f"{API}/search", data={"text": "red"}, files={"smell": b"x"}).status_code == 422
    assert client.get(f"{API}/random", params={"limit": 3}).status_code == 422
    assert client.get(f"{API}/random?k=1&k=2").status_code == 422
    assert client.get(f"{API}/random", params={"k": "many"}).status_code == 422
    assert client.get(f"{API}/model", params={"model": "none"}).status_code == 404
    assert client.get(f"{API}/nothing").status_code == 404
    assert client.get(f"{API}/search").status_code == 405


BAD_FILES = {
    "empty": b"",
    "text": b"these are words",
    "zeros": bytes(5000),
    "cut png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "jpeg head": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "gif head": b"GIF89a\xff\xff\xff\xff",
    "riff": b"RIFF\xff\xff\xff\xffWAVEfmt ",
    "riff avi": b"RIFF\x00\x00\x00\x00AVI LIST",
    "flac": b"fLaC" + bytes(100),
    "ogg": b"OggS" + bytes(60),
    "mp4": b"\x00\x00\x00\x18ftypisom" + bytes(200),
    "webm": b"\x1aE\xdf\xa3" + bytes(200),
    "tiff": b"II*\x00\xff\xff\xff\xff",
    "bmp": b"BM" + b"\xff" * 60,
    "ppm": b"P6\n99999999 99999999\n255\n",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "html": b"<script>alert(1)</script>",
    "zip": b"PK\x03\x04" + bytes(100),
    "elf": b"\x7fELF" + bytes(200),
    "playlist": b"#EXTM3U\nhttp://127.0.0.1:1/a.ts\n",
    "concat": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "noise": np.random.default_rng(0).bytes(4096),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_FILES)
@pytest.mark.parametrize("modality", ["image", "audio", "video"])
def test_bad_uploads_are_refused_in_the_decoders_line_and_leave_nothing(
    client, modality, kind, tmp_path, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # where nobody else leaves anything
    files = {modality: (f"up load.{modality}", BAD_FILES[kind])}
    answer = client.post(f"{API}/search", files=files, data={"target": "text"})
    assert answer.status_code == 400, answer.text
    line = answer.json()["detail"]
    assert "\n" not in line and str(tmp_path) not in line
    assert not os.listdir(tmp_path)


def test_uploads_are_bounded_by_their_headers_before_anything_is_decoded(retriever, scenes, monkeypatch):
    limits = Limits(media=Bounds(pixels=100, sound_seconds=0.01, clip_seconds=0.01))
    with TestClient(create_app(retriever, Settings(limits=limits)), base_url="http://localhost") as client:
        for modality, words in (("image", "pixels"), ("audio", "lasts"), ("video", "pixels")):
            files = {modality: (Path(scenes[0][modality]).name, content(scenes, modality))}
            answer = client.post(f"{API}/search", files=files, data={"target": "text"})
            assert answer.status_code == 400 and words in answer.json()["detail"]
    limits = Limits(media=Bounds(clip_seconds=0.01))
    with TestClient(create_app(retriever, Settings(limits=limits)), base_url="http://localhost") as client:
        files = {"video": ("a.avi", content(scenes, "video"))}
        answer = client.post(f"{API}/search", files=files, data={"target": "text"})
        assert answer.status_code == 400 and "lasts" in answer.json()["detail"]


def test_unwanted_numbers_never_stand_in_answers(client):
    answer = client.post(
        f"{API}/search", json={"query": ["scene-0001"], "unlike": ["scene-0001"], "target": "any"}
    )
    assert all(math.isfinite(hit["score"]) for hit in answer.json()["hits"])


def test_halves_of_characters_in_names_and_labels_are_shown(scenes: Collection) -> None:
    retriever = CrossModalRetriever({"text": TfidfText(), "image": ColorHistogram()}, CCA(2))
    retriever.fit({name: [scene[name] for scene in scenes] for name in ("text", "image")})
    retriever.add("text", ["a red thing"], ["half\ud800"], [{"text": "a\x1b[31m\udfff", "label": "\ud800"}])
    with TestClient(create_app(retriever, Settings()), base_url="http://127.0.0.1:8000") as client:
        page = client.get("/", params={"text": "a red thing", "target": "text", "k": 9})
        found = client.post(f"{API}/search", json={"text": "a red thing", "target": "text", "k": 9}).json()
    assert page.status_code == 200 and "\x1b" not in page.text and r"\x1b[31m" in page.text
    assert "half\ud800" in [hit["id"] for hit in found["hits"]]
