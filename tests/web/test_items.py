"""Stored items by id, their media and small pictures."""

from pathlib import Path


def test_what_is_stored(client, scenes):
    answer = client.get(f"/api/v1/items/{scenes.ids[0]}").json()
    assert answer["id"] == scenes.ids[0] and answer["modalities"] == ["text", "image", "audio", "video"]
    assert answer["payload"]["text"] == scenes[0]["text"]


def test_media_whole_and_in_parts(client, scenes):
    content = Path(scenes[0]["image"]).read_bytes()
    address = f"/api/v1/items/{scenes.ids[0]}/media"
    whole = client.get(address, params={"modality": "image"})
    assert whole.content == content and whole.headers["content-type"] == "image/png"
    part = client.get(address, params={"modality": "image"}, headers={"range": "bytes=2-5"})
    assert part.status_code == 206 and part.content == content[2:6]


def test_small_pictures_are_sent_once(client, scenes):
    address = f"/api/v1/items/{scenes.ids[0]}/thumbnail"
    first = client.get(address, params={"side": 32})
    assert first.headers["content-type"] == "image/jpeg" and first.content.startswith(b"\xff\xd8")
    again = client.get(address, params={"side": 32}, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    assert client.get(address, params={"side": 8}).status_code == 422


def test_what_is_not_there(client):
    for what in ("", "/media", "/thumbnail"):
        assert client.get(f"/api/v1/items/nobody{what}").status_code == 404
