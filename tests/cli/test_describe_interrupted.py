"""``classicxm describe`` ended by Ctrl-C on every engine: nothing is half-written, and a second run goes on."""

import os
import signal
import subprocess
import sys
import time

import pytest

from classicxm.scale.shards import read_shard, shard_names
from tests.scale.collections import write_collection
from tests.web.running import ROOT

pytestmark = pytest.mark.slow

N_SHARDS, PATIENCE = 12, 300
ENGINES = {
    "serial": ["--n-jobs", "1"],
    "processes": ["--n-jobs", "2"],
    "dask": ["--n-jobs", "2", "--cluster", "local"],
}


def asked(collection, shards, engine):
    options = ("--recipe", "baseline", "--shard", "4", *ENGINES[engine])
    return ["describe", str(collection), "-o", str(shards), *options]


def hashes(shards):
    return {name: read_shard(shards / name).hash for name in shard_names(shards)}


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    return write_collection(tmp_path_factory.mktemp("interrupted") / "collection", 4 * N_SHARDS)


@pytest.fixture(scope="module")
def expected(collection):
    """Hashes of the shards of a run that nobody interrupts."""
    from click.testing import CliRunner

    from classicxm.cli import main

    result = CliRunner().invoke(main, asked(collection, collection.parent / "whole", "serial"))
    assert result.exit_code == 0, result.output
    return hashes(collection.parent / "whole")


def interrupted(command, shards):
    """The exit code and what was said by a process whose group got SIGINT, as by Ctrl-C, after two shards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "classicxm.cli", *command],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while not shards.is_dir() or len(shard_names(shards)) < 2:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.002)
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=PATIENCE)[1]
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    return process, said


def running_of(group):
    """Processes of a group that still run."""
    psutil = pytest.importorskip("psutil")
    found = []
    for one in psutil.process_iter():
        try:
            if os.getpgid(one.pid) == group and one.status() != psutil.STATUS_ZOMBIE:
                found.append(one.pid)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_half_written_and_a_second_run_gives_the_same_bytes(
    engine, collection, expected, command, tmp_path
):
    if engine == "dask":
        pytest.importorskip("distributed", reason="distributed is an extra")
    shards = tmp_path / "shards"
    process, said = interrupted(asked(collection, shards, engine), shards)
    assert process.returncode != 0 and "Aborted!" in said and "Traceback" not in said
    deadline = time.monotonic() + 60
    while running_of(process.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not running_of(process.pid)
    finished = hashes(shards)
    assert 2 <= len(finished) < N_SHARDS
    assert all(expected[name] == found for name, found in finished.items())
    left = {path.name for path in shards.iterdir()}
    assert left == {"plan", "extractors", *finished}  # nor a folder that was being filled
    again = command(*asked(collection, shards, "serial"))
    assert f"{N_SHARDS} shards, {len(finished)} were there" in again.stdout
    assert hashes(shards) == expected
