import pytest

import classicxm.search.base as base_module
import classicxm.search.faiss as faiss_module
import classicxm.search.lsh as lsh_module
from classicxm.search import PgVectorIndex
from tests.search.recorder import Recorder


@pytest.fixture
def tables_always(monkeypatch):
    """Small collections go through the tables too, instead of being scanned."""
    monkeypatch.setattr(lsh_module, "SCANNED_ROWS", 0)
    monkeypatch.setattr(lsh_module, "SCAN_COST", float("inf"))
    monkeypatch.setattr(faiss_module, "SCANNED_ROWS", 0)
    monkeypatch.setattr(base_module, "scans_allowed", lambda *given: False)


@pytest.fixture
def recorder(monkeypatch):
    """What a table of PostgreSQL is told, where there is no server."""
    connection = Recorder()
    monkeypatch.setattr(PgVectorIndex, "_connected", lambda index: connection)
    return connection
