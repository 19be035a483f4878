"""A cluster with TLS as docs/scale.md sets it up: who has a certificate is let in, a stranger is not."""

import os
import shutil
import socket
import subprocess
import sys

import pytest

pytest.importorskip("distributed", reason="the extra dask is not installed")

from tests.web.running import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make certificates"),
]

ASK = (
    "import sys\n"
    "from classicxm.scale import DaskEngine\n"
    "with DaskEngine(sys.argv[1], patience=1) as engine:\n"
    "    engine.client.wait_for_workers(1, timeout=60)\n"
    "    print(list(engine.map(abs, [-1, 2, -3])))\n"
)


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """The environment variables that the page names, with certificates made by its commands."""
    folder = tmp_path_factory.mktemp("tls")
    for command in (
        "req -x509 -newkey rsa:3072 -nodes -days 365 -subj /CN=classicxm-ca -keyout ca.key -out ca.pem",
        "req -newkey rsa:3072 -nodes -subj /CN=classicxm -keyout cluster.key -out cluster.csr",
        "x509 -req -in cluster.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 365 -out cluster.pem",
    ):
        assert command in (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    prefix = "DASK_DISTRIBUTED__COMM__"
    found = {
        f"{prefix}REQUIRE_ENCRYPTION": "true",
        f"{prefix}TLS__CA_FILE": str(folder / "ca.pem"),
    }
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        found |= {
            f"{prefix}TLS__{role}__CERT": str(folder / "cluster.pem"),
            f"{prefix}TLS__{role}__KEY": str(folder / "cluster.key"),
        }
    return found


@pytest.fixture(scope="module")
def address(secured):
    """A scheduler and a worker that talk TLS alone."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tls://127.0.0.1:{free.getsockname()[1]}"
    environment = {**os.environ, **secured, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + name, *arguments, "--no-dashboard"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for name, arguments in (
            ("scheduler", ["--host", address]),
            ("worker", [address, "--nthreads", "1", "--death-timeout", "90"]),
        )
    ]
    yield address
    for process in processes:
        process.kill()
        process.wait()


def asked(address, environment):
    """What a client of this environment gets."""
    everything = {**os.environ, **environment, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", ASK, address]
    return subprocess.run(command, env=everything, capture_output=True, text=True, timeout=120, check=False)


def test_who_has_a_certificate_is_let_in(address, secured):
    done = asked(address, secured)
    assert done.stdout == "[1, 2, 3]\n", done.stderr[-2000:]


@pytest.mark.parametrize("scheme", ["tls", "tcp"])
def test_a_stranger_is_not(address, secured, scheme, tmp_path):
    assert asked(address, secured).returncode == 0  # it is up
    foreign = {}
    if scheme == "tls":  # certificates of another authority
        subprocess.run(
            [
                "openssl",
                *[
                    "req",
                    "-x509",
                    "-newkey",
                    "rsa:2048",
                    "-nodes",
                    "-days",
                    "9",
                    "-subj",
                    "/CN=x",
                    "-keyout",
                    "x.key",
                    "-out",
                    "x.pem",
                ],
            ],
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )
        for name in secured:
            foreign[name] = str(tmp_path / ("x.key" if name.endswith("KEY") else "x.pem"))
        foreign["DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION"] = "true"
    done = asked(address.replace("tls", scheme), foreign)
    assert done.returncode != 0 and "[1, 2, 3]" not in done.stdout
