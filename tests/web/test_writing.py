"""Adding and removing: on disk before the answer, undone when that fails, and models replaced under the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from classicxm import CrossModalRetriever
from classicxm.datasets import load_collection, make_scenes
from classicxm.web import Settings, create_app
from classicxm.web.served import Source, named
from tests.web.conftest import retriever_of

API = "/api/v1"


@pytest.fixture
def folder(tmp_path: Path, scenes) -> Path:
    make_scenes(24, folder=tmp_path / "scenes", modalities=("text", "image", "audio", "video"))
    return retriever_of(load_collection(tmp_path / "scenes"), 4).save(tmp_path / "model")


@pytest.fixture
def writing(folder: Path) -> Iterator[TestClient]:
    app = create_app(named([Source(str(folder))]), Settings(allow_write=True))
    with TestClient(app, base_url="http://localhost") as client:
        yield client


def test_without_leave_nothing_is_written(client):
    for path in ("add", "remove"):
        assert client.post(f"{API}/{path}", json={"ids": ["scene-0001"]}).status_code in (404, 405)
        assert f"/api/v1/{path}" not in client.get("/openapi.json").json()["paths"]


def test_what_is_added_is_on_disk_found_shown_and_removed_again(writing, folder, scenes):
    picture = Path(scenes[0]["image"]).read_bytes()
    request = '{"id": "new", "item": {"text": "a red circle"}, "payload": {"label": "mine"}}'
    answer = writing.post(f"{API}/add", data={"request": request}, files={"image": ("my.PNG", picture)})
    assert answer.status_code == 200 and answer.json() == {"ids": ["new"], "saved": True}
    stored = CrossModalRetriever.load(folder)
    assert "new" in stored.indexes_["image"] and "new" in stored.indexes_["text"]
    assert stored.payload_["new"]["label"] == "mine"
    kept = Path(stored.payload_of("new")["image"])
    assert kept.read_bytes() == picture and kept.suffix == ".png"
    hits = writing.post(f"{API}/search", json={"like": ["new"], "target": "any", "k": 1}).json()["hits"]
    assert hits[0]["id"] == "new"
    assert writing.get(f"{API}/items/new/media").content == picture
    assert writing.post(f"{API}/add", json={"id": "new", "item": {"text": "b"}}).status_code == 409
    assert writing.post(f"{API}/remove", json={"ids": ["new"]}).status_code == 200
    assert "new" not in CrossModalRetriever.load(folder).payload_ and not kept.exists()
    assert writing.get(f"{API}/items/new").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"id": "x", "item": {}}, 400),
        ({"id": "x", "item": {"id": "scene-0001"}}, 400),
        ({"id": "x", "item": {"text": "a"}, "payload": {"image": "/etc/passwd"}}, 400),
        ({"id": "x", "item": {"text": "a"}, "path": "/etc/passwd"}, 422),
        ({"item": {"text": "a"}}, 422),
    ],
)
def test_what_cannot_be_added_changes_nothing(writing, folder, body, status):
    before = CrossModalRetriever.load(folder).payload_
    answer = writing.post(f"{API}/add", json=body)
    assert answer.status_code == status, answer.text
    assert CrossModalRetriever.load(folder).payload_ == before
    assert writing.get(f"{API}/items/x").status_code == 404
    assert not (folder.parent / "scenes" / "classicxm-added").exists()


def test_a_form_adds_a_text_and_files(writing, folder, scenes):
    files = {m: (Path(scenes[1][m]).name, Path(scenes[1][m]).read_bytes()) for m in ("image", "audio")}
    answer = writing.post(f"{API}/add", data={"id": "f", "text": "a blue star"}, files=files)
    assert answer.status_code == 200, answer.text
    stored = CrossModalRetriever.load(folder)
    held = [m for m, index in stored.indexes_.items() if "f" in index]
    assert held == ["text", "image", "audio"] and stored.payload_["f"]["text"] == "a blue star"
    request = '{"id": "g", "item": {"text": "a"}}'
    answer = writing.post(f"{API}/add", data={"request": request, "text": "b"}, files=files)
    assert answer.status_code == 400 and "one text" in answer.json()["detail"]


def test_a_bad_picture_leaves_no_half_of_an_item(writing, folder):
    request = '{"id": "x", "item": {"text": "a"}}'
    answer = writing.post(f"{API}/add", data={"request": request}, files={"image": b"none"})
    assert answer.status_code == 400
    assert writing.get(f"{API}/items/x").status_code == 404
    assert writing.post(f"{API}/remove", json={"ids": ["scene-0001", "nobody"]}).status_code == 404
    assert writing.get(f"{API}/items/scene-0001").status_code == 200


def test_a_save_that_fails_is_undone(writing, monkeypatch, scenes):
    def full(self, folder, payload=True):
        raise OSError(28, "No space left on device")

    body = {"like": ["scene-0003"], "target": "any", "k": 30}
    before = writing.post(f"{API}/search", json=body).json()["hits"]
    monkeypatch.setattr(CrossModalRetriever, "save", full)
    answer = writing.post(f"{API}/add", json={"id": "x", "item": {"text": "a red circle"}})
    assert answer.status_code == 503 and "No space left" in answer.json()["detail"]
    assert writing.get(f"{API}/items/x").status_code == 404
    assert writing.post(f"{API}/remove", json={"ids": ["scene-0003"]}).status_code == 503
    after = writing.post(f"{API}/search", json=body).json()["hits"]
    assert sorted(hit["id"] for hit in after) == sorted(hit["id"] for hit in before)


def test_a_model_replaced_on_disk_is_noticed_and_a_broken_one_is_not_taken(folder, caplog):
    (model,) = named([Source(str(folder))])
    assert not model.reload()
    CrossModalRetriever.load(folder).remove(["scene-0000"]).save(folder)
    assert model.reload() and model.now.version == 2
    assert "scene-0000" not in model.now.retriever.payload_
    (folder / "contents.json").write_text("{")
    assert not model.reload() and model.now.version == 2
    assert "loaded again" in caplog.text and "cannot be loaded" in caplog.text


def test_models_of_one_name_are_told_apart(folder):
    assert [model.name for model in named([Source(str(folder)), Source(str(folder))])] == ["model", "model-2"]
