"""A real Dask cluster of two worker processes on the recipes: the bytes of one process, whatever ends meanwhile."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

pytest.importorskip("distributed", reason="the extra dask is not installed")

from distributed.core import Status
from scipy.linalg import subspace_angles

from classicxm.errors import WorkerLostError
from classicxm.image import ColorHistogram
from classicxm.scale import SerialEngine, describe_collection, fit_shards, read_shard
from classicxm.scale.dask_engine import DaskEngine
from classicxm.scale.shards import shard_names
from classicxm.text import TfidfText, TopicsText
from tests.web.running import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.data]

SEED, N_RUNS, KILLS_A_RUN = 0, 10, 2


def described(collection, shards, engine, text=None, **settings):
    extractors = {"text": text or TopicsText("lsa", n_topics=8), "image": ColorHistogram()}
    return describe_collection(collection, shards, extractors=extractors, shard=20, engine=engine, **settings)


def hashes(shards):
    return {name: read_shard(shards / name).hash for name in shard_names(shards)}


@pytest.fixture(scope="module")
def recipes(shared_data):
    return shared_data("recipes")


@pytest.fixture(scope="module")
def serial(recipes, tmp_path_factory):
    """The shards of the recipes as one process writes them."""
    shards = tmp_path_factory.mktemp("serial") / "shards"
    described(recipes, shards, SerialEngine())
    return shards


@pytest.fixture(scope="module")
def cluster():
    with DaskEngine("local", n_workers=2, memory_limit=0) as engine:
        assert len(engine.client.scheduler_info()["workers"]) == 2
        yield engine


def weights_of(shards, engine):
    aligner = fit_shards(shards, engine=engine, split=None)[0].aligner_
    return {modality: aligner.weights_[modality] for modality in ("text", "image")}


@pytest.fixture(scope="module")
def directions(serial):
    return weights_of(serial, SerialEngine())


def workers_up(cluster):
    """Process ids of the workers that have started; a nanny whose worker ends before that gives up."""
    processes = [nanny.process for nanny in cluster.nannies if nanny.process is not None]
    return [process.pid for process in processes if process.status == Status.running and process.pid]


def test_vectors_and_directions_are_those_of_one_process(recipes, serial, cluster, directions, tmp_path):
    described(recipes, tmp_path / "shards", cluster)
    assert hashes(tmp_path / "shards") == hashes(serial) and len(hashes(serial)) > 3
    for modality, found in weights_of(tmp_path / "shards", cluster).items():
        np.testing.assert_array_equal(found, directions[modality])
        assert subspace_angles(found, directions[modality]).max() < 1e-8


def test_a_worker_killed_at_20_random_moments_changes_no_byte(recipes, cluster, tmp_path):
    text = TfidfText(max_features=200)  # learned in one pass, so that a run is short
    described(recipes, tmp_path / "serial", SerialEngine(), text)
    expected, directions = hashes(tmp_path / "serial"), weights_of(tmp_path / "serial", SerialEngine())
    started = time.monotonic()
    described(recipes, tmp_path / "whole", cluster, text)
    weights_of(tmp_path / "whole", cluster)
    seconds = time.monotonic() - started
    random, killed = np.random.default_rng(SEED), []

    def kill_one():
        """End a worker, as soon as one is up; its nanny starts another."""
        deadline = time.monotonic() + 120
        while not (up := workers_up(cluster)) and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(int(random.choice(up)), signal.SIGKILL)
        killed.append(time.monotonic())

    for number in range(N_RUNS):
        timers = [threading.Timer(random.uniform(0.05, seconds), kill_one) for _ in range(KILLS_A_RUN)]
        for timer in timers:
            timer.start()
        shards = tmp_path / f"shards-{number}"
        described(recipes, shards, cluster, text)
        found = weights_of(shards, cluster)
        for timer in timers:
            timer.join()
        assert hashes(shards) == expected
        for modality in found:
            np.testing.assert_array_equal(found[modality], directions[modality])
        cluster.client.wait_for_workers(2, timeout=120)
    assert len(killed) == 20


class Processes:
    """A scheduler on one port and a worker, each a process of its own, as people start them."""

    def __init__(self, port):
        self.port = port
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        self.scheduler = self.start_scheduler()
        self.worker = self.start(
            "worker", f"tcp://127.0.0.1:{port}", "--nthreads", "1", "--no-dashboard", "--death-timeout", "90"
        )

    def start(self, *arguments):
        command = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def start_scheduler(self):
        return self.start("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")

    def end(self):
        for process in (self.worker, self.scheduler):
            process.kill()
            process.wait()


def test_a_restarted_scheduler_goes_on_from_finished_shards(recipes, serial, tmp_path):
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes = Processes(port)
    try:
        first = time.monotonic()
        while True:
            try:
                engine = DaskEngine(f"tcp://127.0.0.1:{port}")
                _ = engine.client
                break
            except WorkerLostError:
                assert time.monotonic() - first < 60
                time.sleep(0.5)
        lines = []

        def restart_after_two_shards(line):
            lines.append(line)
            if line.endswith(f"2 of {len(hashes(serial))}"):
                processes.scheduler.kill()
                processes.scheduler.wait()
                processes.scheduler = processes.start_scheduler()
                processes.worker.kill()
                processes.worker.wait()
                processes.worker = processes.start(
                    "worker", f"tcp://127.0.0.1:{port}", "--nthreads", "1", "--no-dashboard"
                )

        with engine:
            described(recipes, tmp_path / "shards", engine, told=restart_after_two_shards)
        assert any(line.endswith(f"2 of {len(hashes(serial))}") for line in lines)
        assert hashes(tmp_path / "shards") == hashes(serial)
    finally:
        processes.end()


def greedy(shard):
    return np.ones(400_000_000 + shard).sum()


def loudness(_):
    return logging.getLogger("distributed.worker").getEffectiveLevel()


def test_workers_print_nothing_of_a_scheduler_that_ends(cluster):
    assert set(cluster.map(loudness, [1, 2])) == {logging.CRITICAL}


def test_a_worker_with_too_little_memory_names_the_option():
    with (
        DaskEngine("local", n_workers=1, memory_limit="600MB") as engine,
        pytest.raises(WorkerLostError, match="--shard"),
    ):
        list(engine.map(greedy, [7]))
