"""What routes share: models by name, who waits, and what questions do wrong."""

import anyio
import pytest
from fastapi import HTTPException

from classicxm.errors import MediaDecodeError
from classicxm.web.context import Context, refusals
from classicxm.web.served import ServedModel
from classicxm.web.settings import Limits, Settings
from tests.retrieval.plain_vectors import plain_retriever


@pytest.fixture
def context():
    models = {name: ServedModel(name, plain_retriever(images={"a": [1, 0]})) for name in ("one", "two")}
    return Context(models, Settings(limits=Limits(waiting=0.05)))


def test_models(context):
    assert context.served(None).name == "one" and context.served("two").name == "two"
    with pytest.raises(HTTPException) as caught:
        context.model("three")
    assert caught.value.status_code == 404 and caught.value.detail == "no model 'three'; there are one, two"


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (KeyError("id 'a' is not here"), 404, "id 'a' is not here"),
        (KeyError(), 404, "not found"),
        (ValueError("two\n lines"), 400, "two lines"),
        (MediaDecodeError("a.png", "is empty"), 400, "a.png: is empty"),
        (OverflowError("much"), 400, "much"),
    ],
)
def test_refusals(error, status, detail):
    with pytest.raises(HTTPException) as caught, refusals():
        raise error
    assert (caught.value.status_code, caught.value.detail) == (status, detail)


def test_other_errors_are_not_hidden():
    with pytest.raises(RuntimeError), refusals():
        raise RuntimeError


def test_who_waits_too_long_is_asked_to_come_again(context):
    async def run():
        context.describing = anyio.CapacityLimiter(1)
        await context.describing.acquire_on_behalf_of("somebody")
        with pytest.raises(HTTPException) as caught:
            await context.described(lambda: 1)
        assert caught.value.status_code == 503 and caught.value.headers == {"retry-after": "5"}
        context.describing.release_on_behalf_of("somebody")
        assert await context.described(lambda: 1) == 1 and await context.worked(lambda: 2) == 2

    anyio.run(run)
