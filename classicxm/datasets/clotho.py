"""Clotho 2.1 (Drossos, Lipping and Virtanen 2020): sounds of 15 to 30 seconds with five captions each."""

from __future__ import annotations

from pathlib import Path

from classicxm.datasets.collection import Collection
from classicxm.datasets.record_files import Records, read_csv, require

__all__ = ["load_clotho"]

#: Split -> what the files call it.
SPLITS = {"train": "development", "val": "validation", "test": "evaluation"}
CAPTIONS = tuple(f"caption_{number}" for number in range(1, 6))


def load_clotho(folder: str | Path, on_error: str = "raise") -> Collection:
    """Sounds and captions in the official splits.

    Parameters
    ----------
    folder : path
        The official layout: ``clotho_captions_development.csv`` and ``development/NAME.wav``, the same of
        ``validation`` and ``evaluation``, and, if they are there, ``clotho_metadata_development.csv`` and the like.
        The sounds may also lie in ``clotho_audio_development`` or in ``clotho_audio_files/development``.
    on_error : {"raise", "skip"}
        Whether a sound that is missing or has no caption stops, or is left out and listed in ``problems``.

    Returns
    -------
    Collection
        Per item: "id" ("development/Distorted AM Radio noise", since names recur), "audio", "text" (list of five
        captions), "split" ("train" 3839, "val" 1045, "test" 1045) and, from the metadata, the columns "keywords",
        "sound_link" and "license".

    Raises
    ------
    CollectionError
        For files that are missing or not of that form.
    """
    folder = Path(folder).absolute()
    found = Records(on_error, folder)
    for split, called in SPLITS.items():
        listed = require(
            folder, f"clotho_captions_{called}.csv", f"clotho_csv_files/clotho_captions_{called}.csv"
        )
        sounds = require(folder, called, f"clotho_audio_{called}", f"clotho_audio_files/{called}")
        metadata = _metadata(listed.with_name(f"clotho_metadata_{called}.csv"))
        for line, row in read_csv(listed, ("file_name", *CAPTIONS)):
            name = row["file_name"]
            captions = [row[caption].strip() for caption in CAPTIONS if row[caption].strip()]
            item = f"{called}/{Path(name).stem}"
            if not captions:
                found.refuse(item, f"{listed}: line {line}: {name!r} has no caption")
                continue
            record = {"id": item, "audio": sounds / name, "text": captions, "split": split}
            found.add(record | metadata.get(name, {}), "audio", f"{listed}: line {line}")
    return found.collection("clotho", "clotho_captions_development.csv and development/NAME.wav")


def _metadata(path: Path) -> dict[str, dict[str, str]]:
    """File name -> columns; the published files are Latin-1."""
    if not path.is_file():
        return {}
    wanted = ("keywords", "sound_link", "license")
    return {
        row["file_name"]: {column: row[column] for column in wanted}
        for _, row in read_csv(path, ("file_name", *wanted), "latin-1")
    }
