"""Spoken digits (Free Spoken Digit Dataset), and their pairing with handwritten digits and number words."""

import re
from os import PathLike
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from classicxm.datasets.collection import Collection
from classicxm.datasets.manifest import load_collection
from classicxm.errors import CollectionError

__all__ = ["NUMBER_WORDS", "load_spoken_digits", "make_digit_pairs"]

NUMBER_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEST_RECORDINGS = 5  # the official test split: recordings 0 to 4 of every digit and speaker
_RECORDING = re.compile(r"(?P<digit>\d)_(?P<speaker>\w+)_(?P<index>\d+)")


def load_spoken_digits(folder: str | PathLike[str]) -> Collection:
    """Recordings of the ten digits by several speakers, with the official split.

    Parameters
    ----------
    folder : path
        A folder with ``manifest.jsonl``, or the official layout: ``recordings/7_jackson_32.wav`` (digit, speaker,
        number).

    Returns
    -------
    Collection
        Per item: "id" ("7_jackson_32"), "audio", "text" ("seven"), "label" ("7"), "split" (recordings 0 to 4 of
        every digit and speaker are "test") and the column "speaker".

    Raises
    ------
    CollectionError
        If the folder holds no recordings.
    """
    folder = Path(folder).absolute()
    if (folder / "manifest.jsonl").is_file():
        return load_collection(folder)
    source = folder / "recordings" if (folder / "recordings").is_dir() else folder
    records = []
    for path in sorted(source.glob("*.wav")):
        named = _RECORDING.fullmatch(path.stem)
        if named:
            digit, index = int(named["digit"]), int(named["index"])
            records.append(
                {
                    "id": path.stem,
                    "audio": path,
                    "text": NUMBER_WORDS[digit],
                    "label": str(digit),
                    "split": "test" if index < TEST_RECORDINGS else "train",
                    "speaker": named["speaker"],
                }
            )
    if not records:
        raise CollectionError(
            f"{source} holds no recordings; expected manifest.jsonl or recordings/7_jackson_32.wav and the like"
        )
    return Collection(records, root=folder, name="spoken-digits")


def make_digit_pairs(
    spoken: Collection | str | PathLike[str], random_state: int = 0, test_share: float = 0.25
) -> Collection:
    """Every recording with a handwritten digit of its class and the number word.

    The handwritten digits are scikit-learn's (1797 of 8 x 8 pixels). In every class a shuffled ``test_share`` of
    them is kept for test recordings, the others for the rest; recordings then take them in turn, each as rarely as
    possible.

    Parameters
    ----------
    spoken : Collection or path
        What `load_spoken_digits` returns, or its folder.
    random_state : int, default=0
        Seed of the shuffling; equal seeds give equal pairs.
    test_share : float, default=0.25
        Between 0 and 1.

    Returns
    -------
    Collection
        Per item what `load_spoken_digits` gives, "image" (uint8 array (8, 8)) and the column "image_index" (its place
        in ``load_digits``).

    Raises
    ------
    CollectionError
        If a label of the collection is no digit.
    """
    if not 0 < test_share < 1:
        raise ValueError(f"test_share must lie between 0 and 1, got {test_share!r}")
    if not isinstance(spoken, Collection):
        spoken = load_spoken_digits(spoken)
    digits = load_digits()
    images = np.round(digits.images * (255 / 16)).astype(np.uint8)
    waiting = _shuffled_by_class(digits.target, random_state, test_share)
    records, taken = [], dict.fromkeys(waiting, 0)
    for record in spoken:
        key = (record.get("label"), record.get("split") == "test")
        if key not in waiting:
            raise CollectionError(
                f"item {record['id']!r}: label must be a digit, got {record.get('label')!r}"
            )
        index = int(waiting[key][taken[key] % len(waiting[key])])
        taken[key] += 1
        records.append({**record, "image": images[index], "image_index": index})
    return Collection(records, root=spoken.root, name="digit-pairs", problems=spoken.problems)


def _shuffled_by_class(
    targets: np.ndarray, random_state: int, test_share: float
) -> dict[tuple[str, bool], np.ndarray]:
    """(digit, whether test) -> indices of handwritten digits, in random order."""
    random = np.random.default_rng(random_state)
    order = {}
    for digit in range(10):
        indices = random.permutation(np.flatnonzero(targets == digit))
        n_test = round(test_share * len(indices))
        order[str(digit), True], order[str(digit), False] = indices[:n_test], indices[n_test:]
    return order
