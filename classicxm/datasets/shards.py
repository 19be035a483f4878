"""Data sets in parquet tables with pictures and sounds in them, and in tar files as img2dataset writes them.

One file, or a folder of several, is a collection.
Nothing is unpacked to the disk, so that no name in an archive can lead anywhere.
"""

import contextlib
import json
import re
import tarfile
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from classicxm.datasets.collection import Collection, Problem
from classicxm.datasets.rows import MOST_BYTES, SPLITS, collection_of_rows
from classicxm.datasets.stems import modality_of
from classicxm.errors import CollectionError, MediaDecodeError, MissingExtraError
from classicxm.json_lines import unique_keys
from classicxm.media.contents import open_regular
from classicxm.media.text import decoded

__all__ = ["load_parquet", "load_shards", "load_tar", "open_parquet", "shard_files"]

MOST_MEMBERS = 2_000_000
LARGEST_MEMBER = 1 << 28
BATCH = 256  # rows of a parquet file at once


def shard_files(folder: Path) -> list[Path]:
    """The tar files of a folder and those below it, failing that its parquet files, in the order of their names.

    Beside its tar files img2dataset writes parquet files that only say where everything was found.
    """
    if not folder.is_dir():
        raise CollectionError(f"{folder} is no folder; give the one that the tar or parquet files lie in")
    files = [
        path
        for path in sorted(folder.rglob("*"))
        if not any(part.startswith(".") for part in path.relative_to(folder).parts) and path.is_file()
    ]
    for suffix in (".tar", ".parquet"):
        if found := [path for path in files if path.suffix.lower() == suffix]:
            return found
    return []


def load_shards(folder: Path, files: Sequence[Path]) -> Collection:
    """The items of several such files; an id that two files have is told apart by the name of its file.

    Where all names begin with a split, as ``train-00000-of-00002.parquet`` does, they say it.

    Raises
    ------
    CollectionError
        As for one file; 4 GB of media bound all files together.
    """
    parts, total = [], 0
    for path in files:
        part = (load_tar if path.suffix.lower() == ".tar" else load_parquet)(path)
        total += sum(len(value) for record in part for value in record.values() if isinstance(value, bytes))
        if total > MOST_BYTES:
            raise CollectionError(
                f"{folder} holds over {MOST_BYTES >> 30} GB of media; take fewer of its files"
            )
        parts.append(part)
    counts = Counter(key for part in parts for key in part.ids)
    splits = [SPLITS.get(re.split(r"[-_.]", path.name)[0].lower()) for path in files]
    records: list[dict[str, Any]] = []
    for path, part, split in zip(files, parts, splits, strict=True):
        place = path.relative_to(folder).with_suffix("").as_posix()
        for record in part:
            key = record["id"] if counts[record["id"]] == 1 else f"{place}/{record['id']}"
            named = {"split": split} if all(splits) and split else {}
            records.append({**named, **record, "id": key})
    problems = [problem for part in parts for problem in part.problems]
    return Collection(records, name=folder.name, problems=problems)


def load_parquet(path: Path) -> Collection:
    """The rows of a parquet file, such as the Hugging Face hub keeps; the extra ``frames`` reads it.

    Raises
    ------
    MissingExtraError, CollectionError
    """
    with open_parquet(path) as table:
        names = _class_names(table.schema_arrow.metadata or {})
        rows = (row for batch in table.iter_batches(BATCH) for row in batch.to_pylist())
        return collection_of_rows((_named(row, names) for row in rows), path.stem, path.absolute().parent)


@contextlib.contextmanager
def open_parquet(path: Path) -> Iterator[Any]:
    """A parquet file (``pyarrow.parquet.ParquetFile``) while the context lasts.

    Raises
    ------
    MissingExtraError
    CollectionError
        For what is no parquet file, also where that shows only when its rows are read.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError("frames", "pyarrow") from None
    try:
        with open_regular(path) as file, pyarrow.parquet.ParquetFile(file) as table:
            yield table
    except (pyarrow.ArrowException, OSError) as error:
        raise CollectionError(
            f"{path} is no readable parquet file ({str(error).splitlines()[0][:120]})"
        ) from None


def _class_names(metadata: dict[bytes, bytes]) -> dict[str, list[str]]:
    """Names of the classes of each column, from what the Hugging Face library writes into a file."""
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
        return {
            key: feature["names"]
            for key, feature in features.items()
            if isinstance(feature.get("names"), list)
        }
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}


def _named(row: dict[str, Any], names: dict[str, list[str]]) -> dict[str, Any]:
    return {
        key: names[key][value] if isinstance(value, int) and 0 <= value < len(names.get(key, ())) else value
        for key, value in row.items()
    }


def load_tar(path: Path) -> Collection:
    """The samples of a WebDataset: files of one stem, ``00001.jpg``, ``00001.txt`` and ``00001.json``, are one item.

    A caption comes from the text file, failing that from "caption" of the JSON file. Links and devices are left out
    and listed.

    Raises
    ------
    CollectionError
        For what is no whole tar file, or holds over 2 million files, one of over 256 MB or 4 GB of media.
    """
    problems: list[Problem] = []
    samples: dict[str, dict[str, Any]] = {}
    try:
        with open_regular(path) as file, tarfile.open(fileobj=file) as archive:
            total = 0
            for name, data in _files(path, archive, problems):
                total += len(data)
                if total > MOST_BYTES:
                    raise CollectionError(f"{path} holds over {MOST_BYTES >> 30} GB of media; divide it")
                _put(samples, name, data, problems)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise CollectionError(f"{path} is no whole tar file ({' '.join(str(error).split())[:120]})") from None
    rows = [{"id": key, **{k: v for k, v in one.items() if k != "caption" or "text" not in one}}
            for key, one in samples.items()]  # fmt: skip
    found = collection_of_rows(rows, path.stem)
    return Collection(found.records, name=found.name, problems=[*problems, *found.problems])


def _files(path: Path, archive: tarfile.TarFile, problems: list[Problem]) -> Iterator[tuple[str, bytes]]:
    for number, member in enumerate(archive):
        if number == MOST_MEMBERS:
            raise CollectionError(f"{path} has over {MOST_MEMBERS:,} files; divide it")
        if member.isdir():
            continue
        source = archive.extractfile(member) if member.isreg() and member.size <= LARGEST_MEMBER else None
        if source is None:
            what = f"is over {LARGEST_MEMBER >> 20} MB" if member.isreg() else "is a link or a device"
            problems.append(Problem(member.name[:200], f"{what}; left out"))
            continue
        yield member.name, source.read(LARGEST_MEMBER + 1)


def _put(samples: dict[str, dict[str, Any]], name: str, data: bytes, problems: list[Problem]) -> None:
    name = unicodedata.normalize("NFC", name)  # file systems keep accents composed or not
    file = PurePosixPath(name).name
    stem, _, suffix = name.rpartition("/")[2].partition(".")
    key = str(PurePosixPath(name).with_name(stem)) if stem else name
    sample = samples.setdefault(key, {})
    suffix, modality = suffix.lower(), modality_of(file)
    if suffix in ("txt", "text", "caption", "cls"):
        try:
            words = decoded(data, name[:200]).strip()
        except MediaDecodeError as error:
            problems.append(Problem(name[:200], f"{error.reason}; left out"))
        else:
            sample["label" if suffix == "cls" else "text"] = words or None
    elif suffix == "json":
        try:
            told = json.loads(data, object_pairs_hook=unique_keys)
            sample["caption"] = told.get("caption")
        except (ValueError, AttributeError, RecursionError):
            problems.append(Problem(name[:200], "is no JSON object with a value per key; left out"))
    elif modality in ("image", "audio", "video"):
        sample[modality] = data
    else:
        problems.append(Problem(name[:200], "is not a known text, image or audio file; left out"))
