"""A process apart sees no network and writes in its own folder alone, where the system permits."""

import subprocess
import sys
from pathlib import Path

import pytest

from classicxm.teaching.isolation import apart, can_isolate


def test_a_command_names_what_is_covered_once(tmp_path):
    command = apart(["true"], tmp_path, [tmp_path, tmp_path])
    assert command[0] == "unshare" and command[-1] == "true" and "--net" in command
    assert command.count(str(tmp_path)) == 3  # covered, the folder, and where it starts


@pytest.mark.slow
def test_what_is_apart(tmp_path):
    if not can_isolate():
        pytest.skip("this system lets no process be put apart")
    secret, outside = tmp_path / "secret", tmp_path / "outside"
    secret.mkdir(), outside.mkdir()
    (secret / "answer").write_text("42")
    code = (
        "import os, socket\n"
        f"print(os.listdir({str(secret)!r}))\n"
        f"try: open({str(outside / 'made')!r}, 'w'); print('wrote')\n"
        "except OSError: print('read-only')\n"
        "try: socket.create_connection(('127.0.0.1', 9), 1)\n"
        "except OSError as error: print('no network')\n"
        "open('mine', 'w').write('x')\n"
    )
    folder = Path("/var/tmp") / f"classicxm-apart-{tmp_path.name}"
    folder.mkdir(exist_ok=True)
    try:
        done = subprocess.run(
            apart([sys.executable, "-c", code], folder, [secret]), capture_output=True, text=True, timeout=60
        )
    finally:
        subprocess.run(["rm", "-r", str(folder)], check=False)
    assert done.stdout.split("\n")[:3] == ["[]", "read-only", "no network"], done.stderr
