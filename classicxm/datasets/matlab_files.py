"""The arrays of a MATLAB file, read in a process of its own: SciPy's reader crashes on some damaged files, and small
files may unpack to more than there is memory."""

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from classicxm.errors import CollectionError
from classicxm.media.contents import open_regular

__all__ = ["read_mat"]

SECONDS = 15  # of processor time, at least, and one for every 20 MB
WAIT = 4  # times as long by the clock, since a busy machine is no fault of the file
LEAST_MEMORY = 400 << 20  # bytes that any file may take
MOST_EXPANSION = 8  # times its size that a larger file may take
TOO_LONG = -int(getattr(signal, "SIGXCPU", 24))  # how a process ends that took more than its share
_CHILD = "from classicxm.datasets.matlab_files import _child; _child()"


def read_mat(path: Path) -> dict[str, np.ndarray]:
    """Every array of a MATLAB file (up to version 7) by name; cells of texts are arrays of str.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict of str to array
        Structures, and cells of anything but one text or number each, are arrays of dtype void.

    Raises
    ------
    CollectionError
        For a file that cannot be read, crashes the reader, or takes more than 15 s of processor time or 400 MB, and
        for large files more than one second for 20 MB and 8 times their size.
    """
    with open_regular(path) as file:  # a pipe would be waited for
        size = os.fstat(file.fileno()).st_size
    seconds, memory = max(SECONDS, size / 20e6), max(LEAST_MEMORY, MOST_EXPANSION * size)
    with tempfile.TemporaryDirectory(prefix="classicxm-mat-") as folder:
        command = [sys.executable, "-P", "-c", _CHILD, str(path), folder, str(memory), str(seconds)]
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONFAULTHANDLER": "",
        }
        try:
            status = subprocess.run(
                command,
                env=environment,
                timeout=WAIT * seconds,
                stdin=subprocess.DEVNULL,
                capture_output=True,
            ).returncode
        except subprocess.TimeoutExpired:
            status = TOO_LONG
        told = Path(folder, "told.json")
        if status == TOO_LONG:
            raise CollectionError(f"{path} took over {seconds:.0f} s to read; save it again as .npy")
        if status or not told.is_file():
            raise CollectionError(f"{path} crashed SciPy's reader, so it is damaged; save it again as .npy")
        answer = json.loads(told.read_text(encoding="utf-8"))
        if "fault" in answer:
            raise CollectionError(f"{path} {answer['fault']}")
        return {name: np.load(Path(folder, file)) for name, file in answer["arrays"].items()}


def _child() -> None:
    """What the other process does: writes arrays as .npy files and their names, or what was wrong."""
    path, folder, memory, seconds = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    from scipy.io import loadmat

    _limit_itself(memory, seconds)
    files: dict[str, str] = {}
    answer: dict[str, Any] = {"arrays": files}
    try:
        for number, (name, value) in enumerate(loadmat(path).items()):
            if not name.startswith("__"):
                files[name] = f"{number}.npy"
                np.save(folder / f"{number}.npy", _plain(value), allow_pickle=False)
    except NotImplementedError:
        answer = {"fault": "is a MATLAB 7.3 file; save it again with '-v7'"}
    except MemoryError:
        answer = {"fault": f"takes over {memory >> 20} MB to read, far more than its size; save it as .npy"}
    except Exception as error:  # SciPy raises many kinds for damaged files
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        answer = {"fault": f"is not a readable .mat file ({reason}); save it again"}
    (folder / "told.json").write_text(json.dumps(answer), encoding="utf-8")


def _limit_itself(n_bytes: int, seconds: float) -> None:
    """Let this process take so much more memory and processor time than it has now, where the system lets it."""
    try:
        import resource
    except ImportError:
        return
    held = 0
    if (status := Path("/proc/self/statm")).exists():
        held = int(status.read_text().split()[0]) * resource.getpagesize()
    limit = held + n_bytes
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + seconds), hard))


def _plain(value: Any) -> np.ndarray:
    """An array that .npy files hold: sparse ones dense, padding and cells taken off."""
    if hasattr(value, "toarray"):
        if value.shape[0] * value.shape[1] * value.dtype.itemsize > sys.maxsize:
            raise MemoryError
        return value.toarray()
    value = np.asarray(value)
    if value.dtype.kind == "U":
        return np.char.rstrip(value)
    if value.dtype.kind in "fiubcS":
        return value
    cells = [_cell_text(cell) for cell in value.ravel()] if value.dtype.kind == "O" else [None]
    if any(cell is None for cell in cells):
        return np.zeros(value.shape, "V1")
    return np.array(cells, dtype=np.str_).reshape(value.shape)


def _cell_text(cell: Any) -> str | None:
    """The one text or whole number in a cell, as text; None for anything else."""
    array = np.asarray(cell)
    if array.size == 0:
        return ""
    if array.size != 1 or array.dtype.kind not in "Uiuf":
        return None
    value = array.item()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else None
    return str(value)
