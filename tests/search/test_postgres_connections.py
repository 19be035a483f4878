"""A server that is not there, lacks pgvector or has an old one is named in one line."""

import sys
import types

import pytest

from classicxm.errors import MissingExtraError
from classicxm.search import PgVectorIndex, postgres_connections

URL = "postgresql://me:secret@127.0.0.1:1/db"


class Server:
    """A server of one version of pgvector, and a driver of it."""

    def __init__(self, version):
        self.version, self.told, self.open = version, [], True
        self.driver = types.SimpleNamespace(
            connect=lambda url, **options: self, OperationalError=OSError, Error=RuntimeError
        )

    def execute(self, text):
        self.told.append(text)
        if self.version is None:
            raise RuntimeError("extension is\nnot available")
        return self

    def fetchone(self):
        return (self.version,)

    def close(self):
        self.open = False


def connected(monkeypatch, server):
    monkeypatch.setattr(postgres_connections, "drivers", lambda: (server.driver, lambda connection: None))
    return postgres_connections.connected(URL, 99)


@pytest.mark.parametrize(
    ("version", "told"),
    [
        (None, r"^postgresql://me@\S* has no pgvector \(extension is not available\); install version 0.8"),
        (
            "0.7.4",
            r"^postgresql://me@\S* has pgvector 0.7.4, which loses filtered answers; install 0.8 or later$",
        ),
    ],
)
def test_a_server_without_a_recent_pgvector_is_refused_and_left(monkeypatch, version, told):
    server = Server(version)
    with pytest.raises(ConnectionError, match=told):
        connected(monkeypatch, server)
    assert not server.open


@pytest.mark.parametrize("version", ["0.8.0", "0.10", "1.0"])
def test_filtered_searches_go_on_until_enough_is_found(monkeypatch, version):
    server = Server(version)
    assert connected(monkeypatch, server) is server and server.open
    assert "SET hnsw.iterative_scan = strict_order" in server.told
    assert "SET hnsw.ef_search = 99" in server.told


def test_no_server_is_one_line_without_the_password():
    pytest.importorskip("psycopg")
    pytest.importorskip("pgvector")
    with pytest.raises(
        ConnectionError, match=r"^no PostgreSQL at postgresql://me@127\.0\.0\.1:1/db: [^\n]*$"
    ):
        len(PgVectorIndex(URL))


@pytest.mark.parametrize("lacking", ["psycopg", "pgvector.psycopg"])
def test_a_missing_package_is_named_with_its_extra(monkeypatch, lacking):
    monkeypatch.setitem(sys.modules, lacking, None)
    with pytest.raises(MissingExtraError, match=r'run: pip install "classicxm\[postgres\]"'):
        PgVectorIndex(URL).ids()
