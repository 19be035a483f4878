"""Every public function whose first argument is a path names a pipe or device in its message, and waits for none.

They are found by walking the public names, so a new one is tested by itself.
"""

import importlib
import inspect
import os
import pkgutil
import signal
from pathlib import Path

import numpy as np
import pytest

import classicxm

PATHS = ("path", "folder", "source", "file", "manifest")
#: What else such functions ask for.
OTHERS = {
    "modality": "text",
    "content": "text",
    "page": "page",
    "scores": [[0.5, 1.0]],
    "relevant": [[0, 1]],
    "query_ids": ["q"],
    "item_ids": ["a", "b"],
    "fps": 25.0,
}
#: These open nothing at once, or a folder of ours whose files were checked before.
INNER = (
    *("read_segment", "write_segment", "Journal", "Embedder", "check_place", "data_folder"),
    *("listed_files", "placed_file", "seen_file", "saved_state", "Source"),
)


def public_functions():
    found = {}
    for module in pkgutil.walk_packages(classicxm.__path__, "classicxm."):
        if ".cli" in module.name or "__main__" in module.name:
            continue
        try:
            names = importlib.import_module(module.name).__all__
        except (ImportError, AttributeError):
            continue
        for name in names:
            thing = getattr(importlib.import_module(module.name), name)
            if not getattr(thing, "__module__", "").startswith("classicxm") or not callable(thing):
                continue
            if isinstance(thing, type) and issubclass(thing, BaseException):
                continue
            try:
                parameters = list(inspect.signature(thing).parameters.values())
            except (TypeError, ValueError):
                continue
            required = [one.name for one in parameters if one.default is one.empty and one.kind < 2]
            known = parameters and parameters[0].name in PATHS and set(required[1:]) <= set(OTHERS)
            if known and name not in INNER:
                found[f"{thing.__module__}.{name}"] = thing, required[1:]
    return found


FUNCTIONS = public_functions()


def waited(number, frame):
    raise AssertionError("it waited for a pipe")


@pytest.fixture(params=["pipe", "device"])
def special(request, tmp_path):
    path = tmp_path / "special.jsonl"
    if request.param == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    before = signal.signal(signal.SIGALRM, waited)
    signal.alarm(20)
    yield path
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def test_the_functions_are_found():
    names = {name.rpartition(".")[2] for name in FUNCTIONS}
    assert names >= {
        "load_collection",
        "read_run",
        "read_word_vectors",
        "load",
        "Video",
        "write_run",
        "load_esc",
    }


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_pipes_and_devices_are_refused_by_name(special, name):
    function, others = FUNCTIONS[name]
    with pytest.raises((ValueError, TypeError, OSError)) as caught:
        made = function(Path(special), *(OTHERS[other] for other in others))
        if hasattr(made, "fit"):
            made.fit()
        elif hasattr(made, "__enter__"):
            with made:
                pass
        elif not isinstance(
            made, (str, bytes, np.ndarray, bool)
        ):  # such as open the file only when they are used
            list(made)
    assert "special" in str(caught.value)
