"""Workers: none outlives a process that is asked to end, and one that is killed is one line."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc"),
]


@pytest.fixture
def collection(tmp_path):
    """Pictures large enough that two workers are busy for a while."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(60):
        pixels = cv2.resize(rng.integers(0, 255, (40, 40, 3), dtype=np.uint8), (900, 900))
        cv2.imwrite(str(folder / f"i{number}.jpg"), pixels)
        (folder / f"i{number}.txt").write_text(f"word{number % 7} of picture {number % 5}")
    rows = [
        f'{{"id": "i{n}", "image": "i{n}.jpg", "text": "word{n % 7} of picture {n % 5}", '
        f'"label": "c{n % 2}", "split": "{"train" if n % 3 else "test"}"}}'
        for n in range(60)
    ]
    (folder / "manifest.jsonl").write_text("\n".join(rows))
    return folder


def started(*arguments):
    command = [sys.executable, "-m", "classicxm.cli", *map(str, arguments), "--n-jobs", "2"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment
    )


def descendants(pid):
    """Pids of all processes below one, but for those that have ended."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
    found, below = set(), {pid}
    while below := {child for child, parent in parents.items() if parent in below}:
        found |= below
    return found


def workers(process, seconds=60):
    """Pids of the workers, once there are two of them."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        found = [pid for pid in descendants(process.pid) if b"LokyProcess" in command_of(pid)]
        if len(found) >= 2:
            return found
        time.sleep(0.05)
    raise AssertionError(
        f"no workers were seen: {process.communicate()[1] if process.poll() is not None else ''}"
    )


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def shared_memory(pid):
    """What joblib and its workers put into shared memory for a process."""
    here = Path("/dev/shm")
    names = {path.name for path in here.iterdir()} if here.is_dir() else set()
    return {name for name in names if f"_folder_{pid}_" in name or f"loky-{pid}-" in name}


COMMANDS = {
    "fit": lambda folder, made: ("fit", folder, "-o", made / "model", "--recipe", "strong"),
    "compare": lambda folder, made: ("compare", folder, "-o", made / "report", "--features", "strong"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_process_that_is_asked_to_end_leaves_nothing(tmp_path, collection, name):
    process = started(*COMMANDS[name](collection, tmp_path))
    try:
        workers(process)
        time.sleep(0.5)
        below = descendants(process.pid)
        process.terminate()
        process.communicate(timeout=30)
        end = time.monotonic() + 15
        while time.monotonic() < end and (any(map(command_of, below)) or shared_memory(process.pid)):
            time.sleep(0.1)
        assert not [command_of(pid) for pid in below if command_of(pid)]
        assert not shared_memory(process.pid)
        assert not (tmp_path / "model").exists()
    finally:
        process.kill()


def test_a_killed_worker_is_one_line(tmp_path, collection):
    process = started(*COMMANDS["fit"](collection, tmp_path))
    try:
        os.kill(workers(process)[0], signal.SIGKILL)
        said = process.communicate(timeout=60)[1]
    finally:
        process.kill()
    assert process.returncode == 2
    assert said.strip().splitlines()[-1].startswith("classicxm: a worker process")
    assert "Traceback" not in said
