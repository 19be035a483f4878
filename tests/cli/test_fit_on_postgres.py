"""From ``fit --index postgres://...`` to a served search, with items kept in a real PostgreSQL server."""

import json

import httpx
import pytest
from click.testing import CliRunner

from classicxm.cli import main
from classicxm.retrieval import CrossModalRetriever
from classicxm.search import ExactIndex, PgVectorIndex
from tests.scale.collections import write_collection
from tests.web.running import running

pytestmark = pytest.mark.slow


def run(*arguments):
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


@pytest.fixture(scope="module")
def model(postgres_url, tmp_path_factory):
    """A model that keeps its items on the server."""
    folder = tmp_path_factory.mktemp("models")
    with_password = postgres_url.replace("postgres:@", "postgres:secret@")
    assert with_password != postgres_url
    run(
        *("fit", write_collection(folder / "collection", 60), "-o", folder / "on-postgres"),
        *("--quick", "--index", with_password),
    )
    return folder / "on-postgres"


@pytest.fixture(scope="module")
def exact(model):
    """The same alignment and the same vectors in exact indexes of this process."""
    retriever = CrossModalRetriever.load(model)
    for modality, index in retriever.indexes_.items():
        assert isinstance(index, PgVectorIndex) and len(index) == 60
        retriever.indexes_[modality] = ExactIndex(index.metric).add(index.vectors(index.ids()), index.ids())
    return retriever


def ids_of(hits):
    return [hit["id"] if isinstance(hit, dict) else hit.id for hit in hits]


def test_a_loaded_model_answers_as_one_of_this_process(model, exact):
    on_server = CrossModalRetriever.load(model)
    for where in (None, "label=red", "label=red or label=blue and not split=test"):
        found, expected = (
            one.search({"text": "a striped red sheet"}, "image", k=8, where=where)
            for one in (on_server, exact)
        )
        assert ids_of(found) == ids_of(expected) and len(found) == 8
        assert [hit.score for hit in found] == pytest.approx([hit.score for hit in expected], abs=1e-6)
        assert [hit.payload["label"] for hit in found] == [hit.payload["label"] for hit in expected]


def test_the_command_line_searches_it(model, exact):
    said = run("search", model, "--text", "a blue sheet", "--target", "image", "-k", 5, "--json")
    expected = exact.search({"text": "a blue sheet"}, "image", k=5)
    assert ids_of(json.loads(said)["hits"]) == ids_of(expected)


def test_it_is_served(model, exact):
    asked = {"text": "a dotted green sheet", "target": "image", "k": 6, "filter": "label=green"}
    with running(model) as server:
        answer = httpx.post(f"{server.base}/api/v1/search", json=asked, timeout=30)
        vectors = {"vectors": exact.indexes_["image"].vectors(["item-3"]).tolist(), "target": "image", "k": 1}
        batch = httpx.post(f"{server.base}/api/v1/search-by-vectors", json=vectors, timeout=30)
    assert answer.status_code == 200, answer.text
    expected = exact.search({"text": asked["text"]}, "image", k=6, where=asked["filter"])
    assert ids_of(answer.json()["hits"]) == ids_of(expected) and len(expected) == 6
    assert ids_of(batch.json()["results"][0]["hits"]) == ["item-3"]


def test_a_table_of_another_fit_is_refused_before_the_work(model, postgres_url, tmp_path):
    collection = write_collection(tmp_path / "other", 20)
    asked = ["fit", collection, "-o", tmp_path / "on-postgres", "--quick", "--index", postgres_url]
    result = CliRunner().invoke(main, list(map(str, asked)))
    assert result.exit_code == 2 and "already holds 60" in result.stderr and "?table=NAME" in result.stderr
    run(*asked[:-1], f"{postgres_url}&table=other")
    assert len(CrossModalRetriever.load(model).indexes_["image"]) == 60


def test_a_password_is_not_saved(model):
    for path in model.rglob("*"):
        assert path.is_dir() or b"secret" not in path.read_bytes(), path
    assert "secret" not in repr(CrossModalRetriever.load(model))
