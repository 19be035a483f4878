"""A client says what the server says, in one line."""

import inspect
import socket

import pytest

from classicxm import Client, CrossModalRetriever
from classicxm.web.client import ServerError, _hits


@pytest.mark.parametrize("address", ["ftp://a", "no address", "http://"])
def test_addresses_that_are_none(address):
    with pytest.raises(ValueError):
        Client(address)


def test_nobody_answers():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    with pytest.raises(ServerError) as caught:
        Client(f"http://127.0.0.1:{port}").search({"text": "red"}, "image")
    assert len(str(caught.value).splitlines()) == 1


def test_shards_that_did_not_answer_come_along():
    hit = {"id": "a", "score": 0.5, "payload": {}}
    assert _hits({"hits": [hit], "missing": ["shard 1 (Broken)"]}).missing == ("shard 1 (Broken)",)
    assert _hits({"hits": [hit]}).missing == ()


def test_values_that_json_has_not():
    with pytest.raises(ValueError, match="JSON has no nan"):
        Client("http://127.0.0.1:9").search({"vector": [float("nan")]}, "image")


@pytest.mark.parametrize(
    "name", ["search", "recommend", "annotate", "add", "remove", "payload_of", "project"]
)
def test_what_a_retriever_is_asked_a_client_is_asked_too(name):
    here, there = (
        inspect.signature(getattr(kind, name)).parameters for kind in (CrossModalRetriever, Client)
    )
    assert list(here) == list(there)
    assert [one.default for one in here.values()] == [one.default for one in there.values()]
