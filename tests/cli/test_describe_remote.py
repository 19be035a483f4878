"""``classicxm describe`` of photos behind URLs of a real server, over http and over https with a certificate."""

import functools
import http.server
import json
import os
import shutil
import ssl
import subprocess
import sys
import threading

import numpy as np
import pytest

from classicxm.scale import read_shard
from classicxm.scale.shards import shard_names
from tests.scale.collections import write_collection
from tests.web.running import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate"),
]
N, MISSING = 10, 3


class Silent(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, without a line on stderr for each."""

    def log_message(self, *given):
        pass


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    return write_collection(tmp_path_factory.mktemp("served") / "collection", N)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
    files = ("-keyout", folder / "key.pem", "-out", folder / "certificate.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names, *files],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(params=["http", "https"])
def address(request, collection, certificate):
    """Where the collection's files are served."""
    handler = functools.partial(Silent, directory=str(collection))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if request.param == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "certificate.pem", certificate / "key.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"{request.param}://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def manifest(folder, collection, address):
    """The collection's manifest with URLs in place of paths, one of them of a photo that is not there."""
    folder.mkdir()
    lines = [json.loads(line) for line in (collection / "manifest.jsonl").read_text().splitlines()]
    for number, line in enumerate(lines):
        line["image"] = f"{address}/{'gone' if number == MISSING else number}.png"
    path = folder / "manifest.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def describe(source, shards, certificate, *options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    environment["SSL_CERT_FILE"] = str(certificate / "certificate.pem")
    command = [sys.executable, "-m", "classicxm.cli", "describe", str(source), "-o", str(shards)]
    command += ["--recipe", "baseline", "--shard", "4", "--n-jobs", "1", *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)


def test_photos_are_fetched_and_what_is_not_there_has_a_line(address, collection, certificate, tmp_path):
    pytest.importorskip("aiohttp", reason="aiohttp comes with the extra remote")
    source, scheme = manifest(tmp_path / "urls", collection, address), address.partition("://")[0]
    refused = describe(source, tmp_path / "refused", certificate)
    assert refused.returncode != 0 and f"give --remote {scheme} to fetch it" in refused.stderr
    done = describe(
        source, tmp_path / "remote", certificate, "--remote", scheme, "--on-error", "skip", "--split", "all"
    )
    assert done.returncode == 0, done.stderr
    assert f"{N - 1} items described, 1 left out" in done.stdout
    assert f"item 'item-{MISSING}': line {MISSING + 1}: '{address}/gone.png' cannot be fetched" in done.stderr
    here = tmp_path / "here"
    shutil.copytree(collection, here)
    (here / f"{MISSING}.png").unlink()
    local = describe(here, tmp_path / "local", certificate, "--on-error", "skip", "--split", "all")
    assert local.returncode == 0, local.stderr
    found, expected = (photos_of(tmp_path / name) for name in ("remote", "local"))
    assert list(found) == list(expected) and len(found) == N - 1
    for key, vector in expected.items():
        np.testing.assert_array_equal(found[key], vector)


def photos_of(shards):
    """Vectors of the photos by id."""
    read = [read_shard(shards / name) for name in shard_names(shards)]
    return {
        shard.ids[row]: vector
        for shard in read
        for row, vector in zip(shard.rows["image"].tolist(), shard.views["image"], strict=True)
    }
