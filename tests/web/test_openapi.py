"""What the API declares of itself is what it does: generated requests against the description."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.web.running import running

CONFIGURATION = """
[checks]
# Whether a file can be decoded, a filter parsed, or a vector is this model's, no schema can say.
positive_data_acceptance.expected-statuses = ["2xx", 400, 404, 409]
"""


def test_every_operation_declares_its_statuses(client):
    told = client.get("/openapi.json").json()
    assert len(told["paths"]) == 16
    for path, methods in told["paths"].items():
        for operation in methods.values():
            statuses = set(operation["responses"])
            assert "200" in statuses, path
            assert "requestBody" not in operation or {"400", "413", "415", "422"} <= statuses, path


@pytest.mark.parametrize(
    "n", [pytest.param(5, marks=pytest.mark.slow), pytest.param(200, marks=pytest.mark.slow)]
)
def test_generated_requests_are_answered_as_declared(saved, tmp_path, n):
    pytest.importorskip("schemathesis", reason="schemathesis is not installed")
    command = Path(sys.executable).with_name("schemathesis")
    if not command.exists() and shutil.which("schemathesis") is None:
        pytest.skip("the command schemathesis is not installed")
    model = tmp_path / "model"
    shutil.copytree(saved, model)
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    with running(model, "--allow-write") as server:
        words = [
            "run",
            f"{server.base}/openapi.json",
            "--max-examples",
            str(n),
            "--seed",
            "1",
            "--checks",
            "all",
        ]
        words += ["--phases", "examples,coverage,fuzzing", "--request-timeout", "30"]
        done = subprocess.run(
            [str(command), "--config-file", "schemathesis.toml", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=900,
            env={**os.environ, "NO_COLOR": "1"},
        )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-1000:]
