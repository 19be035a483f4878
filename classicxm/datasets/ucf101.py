"""UCF-101 (Soomro, Zamir and Shah 2012): clips of 101 actions, in 25 groups of clips taken from one film each."""

import re
from os import PathLike
from pathlib import Path
from typing import Any

from classicxm.datasets.collection import Collection, OnError, Problem
from classicxm.datasets.manifest import load_collection
from classicxm.errors import CollectionError, MediaDecodeError
from classicxm.media.text import read_text

__all__ = ["load_ucf101"]

FOLDS = (1, 2, 3)
_CLIP = re.compile(r"v_(?P<action>\w+)_g(?P<group>\d+)_c\d+\.avi")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def load_ucf101(folder: str | PathLike[str], fold: int = 1, on_error: OnError = "raise") -> Collection:
    """Clips with the name of their action as text.

    Parameters
    ----------
    folder : path
        A folder with ``manifest.jsonl``, or the official layout: ``Action/v_Action_gNN_cNN.avi`` in the folder or
        in its subfolder ``UCF-101``, or all clips side by side in ``UCF101`` as a public mirror packs them, and
        ``trainlist0N.txt`` and ``testlist0N.txt`` in the folder, in its subfolder ``ucfTrainTestlist``, or in that
        folder beside it.
    fold : {1, 2, 3}, default=1
        Which official split; a manifest has one of its own and ignores this.
    on_error : {"raise", "skip"}
        Whether a listed clip that is missing stops, or is left out and listed in ``problems``.

    Returns
    -------
    Collection
        Per item: "id" ("v_Archery_g01_c01"), "video", "text" ("archery"), "label" ("Archery"), "split" ("train" or
        "test") and the column "group" (int): clips of one group are cut from the same film, so they
        belong on the same side of any split.

    Raises
    ------
    CollectionError
        If the split files are missing, name no clips, or under "raise" name a clip that is not there.
    """
    if fold not in FOLDS:
        raise ValueError(f"fold must be one of {', '.join(map(str, FOLDS))}, got {fold!r}")
    if on_error not in ("raise", "skip"):
        raise ValueError(f"on_error must be 'raise' or 'skip', got {on_error!r}")
    folder = Path(folder).absolute()
    if (folder / "manifest.jsonl").is_file():
        return load_collection(folder, on_error=on_error)
    lists = _lists_folder(folder, fold)
    clips = next((folder / name for name in ("UCF-101", "UCF101") if (folder / name).is_dir()), folder)
    records, problems = [], []
    for split in ("train", "test"):
        source = lists / f"{split}list{fold:02d}.txt"
        for number, line in enumerate(_lines(source), start=1):
            if not line:
                continue
            entry = _read_entry(line, clips, split)
            if isinstance(entry, dict):
                records.append(entry)
            elif on_error == "raise":
                raise CollectionError(f"{source}: line {number}: {entry}")
            else:
                problems.append(Problem(line, entry))
    if not records:
        raise CollectionError(f"{lists} names no clip that lies under {clips}")
    return Collection(records, root=clips, name="ucf101", problems=problems)


def _lists_folder(folder: Path, fold: int) -> Path:
    candidates = [folder, folder / "ucfTrainTestlist", folder.parent / "ucfTrainTestlist"]
    found = [path for path in candidates if (path / f"trainlist{fold:02d}.txt").is_file()]
    if not found:
        raise CollectionError(
            f"{folder} has neither manifest.jsonl nor the official split file trainlist{fold:02d}.txt (looked in "
            f"{', '.join(str(path) for path in candidates)}); put ucfTrainTestlist beside the clips"
        )
    return found[0]


def _lines(path: Path) -> list[str]:
    try:
        text = read_text(path)
    except MediaDecodeError as error:
        raise CollectionError(f"{path} {error.reason}; fetch it again") from None
    lines = [line.strip() for line in text.splitlines()]
    if not any(lines):
        raise CollectionError(f"{path} names no clips; fetch it again")
    return lines


def _read_entry(line: str, clips: Path, split: str) -> dict[str, Any] | str:
    """The record of a line such as ``Archery/v_Archery_g08_c01.avi 3``, or what is wrong with it."""
    name = line.split()[0]
    action, _, file_name = name.rpartition("/")
    match = _CLIP.fullmatch(file_name)
    if not action or match is None:
        return f"{name!r} is no clip name; expected Action/v_Action_gNN_cNN.avi"
    path = next((path for path in (clips / action / file_name, clips / file_name) if path.is_file()), None)
    if path is None:
        return f"clip {name!r} does not exist under {clips}"
    return {
        "id": path.stem,
        "video": path,
        "text": _HUMP.sub(" ", action).lower(),
        "label": action,
        "split": split,
        "group": int(match["group"]),
    }
