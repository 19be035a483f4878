"""From ``fit --index`` to a served search, with items in PostgreSQL servers, one or two, and in Qdrant's engine."""

import json

import httpx
import pytest
from click.testing import CliRunner

from classicxm.cli import main
from classicxm.retrieval import CrossModalRetriever
from classicxm.search import ExactIndex, PgVectorIndex, QdrantIndex, ShardedIndex
from tests.scale.collections import write_collection
from tests.web.running import running

pytestmark = pytest.mark.slow


def run(*arguments):
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def with_password(url):
    assert "postgres:@" in url
    return url.replace("postgres:@", "postgres:secret@")


@pytest.fixture(scope="module", params=["postgres", "two postgres", "qdrant"])
def index(request, tmp_path_factory):
    """What is asked for by --index, and the kind that a model then has."""
    if request.param == "qdrant":
        pytest.importorskip("qdrant_edge", reason="qdrant-edge-py is an extra")
        return f"qdrant:{tmp_path_factory.mktemp('qdrant')}", QdrantIndex
    if request.param == "postgres":
        return with_password(request.getfixturevalue("postgres_url")), PgVectorIndex
    start = request.getfixturevalue("postgres")
    return ",".join(with_password(start(name)) for name in ("one", "two")), ShardedIndex


@pytest.fixture(scope="module")
def model(index, tmp_path_factory):
    """A model that keeps its items there."""
    folder = tmp_path_factory.mktemp("models")
    collection = write_collection(folder / "collection", 60)
    run("fit", collection, "-o", folder / "elsewhere", "--quick", "--recipe", "baseline", "--index", index[0])
    return folder / "elsewhere"


@pytest.fixture(scope="module")
def exact(model, index):
    """The same alignment and the same vectors in exact indexes of this process."""
    retriever = CrossModalRetriever.load(model)
    for modality, held in retriever.indexes_.items():
        assert isinstance(held, index[1]) and len(held) == 60
        retriever.indexes_[modality] = ExactIndex(held.metric).add(held.vectors(held.ids()), held.ids())
        if isinstance(held, ShardedIndex):
            assert all(len(child) for child in held.children)
        close(held)
    return retriever


def close(index):
    """Let go of a folder, which one process at a time may open."""
    if isinstance(index, QdrantIndex):
        index.close()


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
    for one in on_server.indexes_.values():
        close(one)


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


def test_a_table_of_another_fit_is_refused_before_the_work(model, index, tmp_path):
    if index[1] is not PgVectorIndex:
        pytest.skip("of tables, each for itself")
    postgres_url = index[0]
    collection = write_collection(tmp_path / "other", 20)
    asked = ["fit", collection, "-o", tmp_path / "elsewhere", "--quick", "--index", postgres_url]
    result = CliRunner().invoke(main, list(map(str, asked)))
    assert result.exit_code == 2 and "already holds 60" in result.stderr and "?table=NAME" in result.stderr
    run(*asked[:-1], f"{postgres_url}&table=other")
    assert len(CrossModalRetriever.load(model).indexes_["image"]) == 60


def test_a_password_is_not_saved(model):
    for path in model.rglob("*"):
        assert path.is_dir() or b"secret" not in path.read_bytes(), path
    assert "secret" not in repr(CrossModalRetriever.load(model))
