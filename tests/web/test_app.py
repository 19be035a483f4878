"""The application: what it serves, and how its errors look."""

import pytest
from fastapi.testclient import TestClient

from classicxm.web import Settings, create_app
from classicxm.web.served import ServedModel
from tests.retrieval.plain_vectors import plain_retriever


def client_of(models, settings=None):
    return TestClient(
        create_app(models, settings), base_url="http://localhost", raise_server_exceptions=False
    )


@pytest.mark.parametrize(
    ("models", "names"),
    [
        (plain_retriever(images={"a": [1, 0]}), ["model"]),
        ({"one": plain_retriever(), "two": plain_retriever()}, ["one", "two"]),
        ([ServedModel("mine", plain_retriever())], ["mine"]),
    ],
)
def test_models_in_every_form(models, names):
    assert client_of(models).get("/api/v1/health").json()["models"].keys() == set(names)


def test_errors_are_pages_to_people_and_json_to_programs():
    client = client_of(plain_retriever())
    page, answer = client.get("/nothing"), client.get("/api/v1/nothing")
    assert page.status_code == answer.status_code == 404
    assert page.headers["content-type"].startswith("text/html") and answer.json()["detail"]
    wrong = client.get("/api/v1/random", params={"k": "many"})
    assert wrong.status_code == 422 and len(wrong.json()["detail"].splitlines()) == 1


def test_writing_routes_only_where_that_is_allowed():
    for allow in (False, True):
        client = client_of(plain_retriever(), Settings(allow_write=allow))
        status = client.post("/api/v1/remove", json={"ids": ["nobody"]}).status_code
        assert (status == 404 and "/api/v1/remove" in client.get("/openapi.json").json()["paths"]) == allow
