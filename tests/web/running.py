"""Servers in processes of their own, as people start them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Running:
    """A server that was started: its process, its address, and all it printed until it was ready."""

    def __init__(self, process: subprocess.Popen, address: str, lines: list[str]) -> None:
        self.process, self.address, self.lines = process, address, lines

    @property
    def base(self) -> str:
        return self.address.partition("?")[0].rstrip("/")


@contextlib.contextmanager
def running(*arguments: object) -> Iterator[Running]:
    """``classicxm serve`` with these arguments on a free port, ended afterwards."""
    command = [sys.executable, "-m", "classicxm.cli", "serve", *map(str, arguments), "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    lines: list[str] = []
    try:
        for line in process.stdout:
            lines.append(line.strip())
            if " at http" in line:
                break
        else:
            raise AssertionError(f"the server did not start: {process.stderr.read()}")
        yield Running(process, lines[-1].split(" at ")[-1], lines)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        process.stderr.close()
