"""Reads a collection: a manifest of JSON lines or csv, or a folder whose files are paired by stem."""

import contextlib
import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from classicxm.datasets.caption_files import (
    Told,
    captions_of_csv,
    captions_of_json,
    in_one_form,
    one_or_more,
    records_of_captions,
)
from classicxm.datasets.collection import Collection, OnError, Problem
from classicxm.datasets.manifest_rows import Row, rows_of_csv, rows_of_jsonl
from classicxm.datasets.schema import (
    KNOWN_KEYS,
    check_record,
    check_split,
    read_id,
    shown,
    without_empty_text,
)
from classicxm.datasets.stems import alone, modality_of, read_stems
from classicxm.errors import CollectionError, MediaDecodeError
from classicxm.media.embedded_caption import embedded_caption

__all__ = ["load_collection", "read_folder"]

#: What reads captions of files, by the ending of the file that holds them.
CAPTION_READERS = {".json": captions_of_json, ".csv": captions_of_csv, ".tsv": captions_of_csv}
LARGEST = 512 << 20  # bytes of a manifest
MOST_ROWS = 1_500_000  # of a manifest: with their paths and captions they take about 1 GB
MOST_FAULTY = 1000  # rows; what follows is not read when the first is to be raised


def load_collection(
    path: str | PathLike[str],
    on_error: OnError = "raise",
    allow_outside: bool = False,
    folder_labels: bool = True,
) -> Collection:
    """Read a collection from a manifest or from a folder.

    Parameters
    ----------
    path : path
        A manifest (``.jsonl`` or ``.csv``), a folder that holds ``manifest.jsonl`` or, failing that,
        ``manifest.csv``, or a folder without a manifest: there, files that share a stem are one item
        (``dog.jpg``, ``dog.txt``, ``dog.wav``), and where all lie one level down the subfolder is the label.
        Also captions of files: JSON of COCO's layout, or a table (``.csv``, ``.tsv``) of a file and a caption per row,
        and of its label and split where there are such columns, by themselves or in a folder without manifest (or its
        ``annotations``); a parquet file, a tar file of a WebDataset, or a folder of these; one picture, sound or clip,
        with the text of its stem beside it.
    on_error : {"raise", "skip"}
        Stop at the first broken item, or leave broken items out and list them in ``problems``. Files
        without a partner in a folder read by stem are items of one modality, and one problem counts them.
    allow_outside : bool, default=False
        Whether a manifest's paths, and links in a folder, may lead out of the folder.
    folder_labels : bool, default=True
        Whether subfolders are labels, where all media of a folder without manifest lie one level down.

    Returns
    -------
    Collection

    Raises
    ------
    CollectionError
        Under "raise" for the first broken item; always for a path that holds no items.

    Notes
    -----
    A manifest row has "id" and any of "image", "text", "audio", "video", "label", "split"; paths are relative
    to the manifest. In csv an empty cell is absent and a cell holding a JSON list is several captions or
    labels. Other keys are columns of the collection's own if at least half of the items have them.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     manifest = Path(folder) / "pets.csv"
    ...     _ = manifest.write_text("id,text,label\\n1,a dog,dog\\n2,a cat,cat\\n")
    ...     load_collection(manifest).labels
    ['dog', 'cat']
    """
    if on_error not in ("raise", "skip"):
        raise ValueError(f"on_error must be 'raise' or 'skip', got {on_error!r}")
    path = Path(os.path.abspath(path))
    if path.is_dir():
        found = [path / name for name in ("manifest.jsonl", "manifest.csv") if (path / name).is_file()]
        if not found:
            return _load_folder(path, on_error, allow_outside, folder_labels)
        path = found[0]
    elif not path.exists():
        raise CollectionError(f"{path} does not exist; expected a manifest or a folder of media")
    elif modality_of(path.name) not in (None, "text") and path.is_file():
        return _load_file(path)
    return _load_manifest(path, on_error, allow_outside)


def _load_file(path: Path) -> Collection:
    """One item: a media file, and the text of its stem, or of its own metadata, where there is one."""
    modality, text = str(modality_of(path.name)), path.with_suffix(".txt")
    record: dict[str, Any] = {"id": unicodedata.normalize("NFC", path.stem), modality: path}
    if text.is_file():
        record["text"] = text
    elif modality == "image":
        with contextlib.suppress(MediaDecodeError):  # which is said where the photo is described
            if caption := embedded_caption(path):
                record["text"] = caption
    return Collection([record], root=path.parent, name=path.name)


def _load_manifest(path: Path, on_error: OnError, allow_outside: bool) -> Collection:
    if not path.is_file():
        raise CollectionError(f"{path} is no regular file; expected a manifest or a folder of media")
    if path.suffix.lower() in (".parquet", ".tar"):
        from classicxm.datasets.shards import load_parquet, load_tar

        return (load_tar if path.suffix.lower() == ".tar" else load_parquet)(path)
    if path.stat().st_size > LARGEST:
        raise CollectionError(f"{path} is over {LARGEST >> 20} MB; split the collection")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CollectionError(f"{path} cannot be read: {error.strerror}") from None
    captioned = _captioned(path, content)
    if captioned is not None:
        return _load_captions(captioned, path, on_error, allow_outside)
    readers = {".jsonl": rows_of_jsonl, ".csv": rows_of_csv}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise CollectionError(
            f"{path} must be a .jsonl or .csv manifest, a table of captions (.csv, .tsv), captions as COCO has them "
            "(.json), a parquet or tar file, a media file or a folder of media"
        )
    rows: list[Row] = []
    n_faulty = 0
    for row in reader(content, path):
        if len(rows) == MOST_ROWS:
            raise CollectionError(f"{path} has over {MOST_ROWS:,} items; split the collection")
        rows.append(row)
        n_faulty += bool(row.fault) or "id" not in row.fields
        if on_error == "raise" and n_faulty == MOST_FAULTY:
            break
    if not rows:
        raise CollectionError(f"{path} holds no items; write one item per line")
    records, problems = _check_rows(rows, path, on_error, allow_outside)
    name = path.parent.name if path.stem == "manifest" else path.stem
    return Collection(records, root=path.parent, name=name, problems=problems)


def _captioned(path: Path, content: bytes) -> dict[str, Told] | None:
    """What is told of files by their names, where the content is a list of captions."""
    reader = CAPTION_READERS.get(path.suffix.lower())
    try:
        return None if reader is None else reader(content)
    except CollectionError as error:
        raise CollectionError(f"{path}: {error}") from None


def _load_captions(
    captions: dict[str, Told], path: Path, on_error: OnError, allow_outside: bool
) -> Collection:
    base, records, problems = records_of_captions(captions, path, allow_outside)
    if problems and (on_error == "raise" or not records):
        raise CollectionError(f"{path}: {problems[0]}")
    return Collection(records, root=base, name=base.name, problems=problems)


def _caption_tables(folder: Path) -> dict[Path, dict[str, Told]]:
    """What every file of captions of a folder and its ``annotations`` tells of files by their names."""
    found = {}
    for path in sorted(one for place in (folder, folder / "annotations") for one in place.glob("*.*")):
        readable = path.suffix.lower() in CAPTION_READERS and path.is_file()
        captions = (
            _captioned(path, path.read_bytes()) if readable and path.stat().st_size <= LARGEST else None
        )
        if captions:
            found[path] = captions
    return found


def _add_captions(
    folder: Path, records: list[dict[str, Any]], tables: Mapping[Path, Mapping[str, Told]]
) -> tuple[list[Problem], list[Problem]]:
    """Give items what files of captions tell of them, and those without a text that of their own metadata.

    An item keeps its own text, and a label of a table comes before that of the folder. Items of a wrong split are taken
    out of the records.

    Returns
    -------
    broken : list of Problem
        Items of a wrong split.
    unpaired : list of Problem
        One per file of captions some of whose names are of no file, or of several.
    """
    captions = _joined(tables.values())
    files: dict[str, dict[str, Any]] = {}
    for record in records:
        if file := next((record[kind] for kind in ("image", "audio", "video") if kind in record), None):
            files[in_one_form(file.relative_to(folder).as_posix())] = record
    named = {name: name for name in captions if name in files}
    by_end = _by_end(set(captions) - set(named))
    for end, name in _by_end(set(files) - set(named)).items():
        if end in by_end:
            named[by_end[end]] = name
    broken = {}
    for name in filter(named.__contains__, captions):
        record, facts = files[named[name]], one_or_more(captions[name])
        record.update((key, value) for key, value in facts.items() if key != "text" or "text" not in record)
        try:
            check_split(facts.get("split", "train"))
        except ValueError as error:
            broken[record["id"]] = Problem(record["id"], f"{error}, in a table of captions")
    records[:] = [record for record in records if record["id"] not in broken]
    for record in records:
        if "text" not in record and "image" in record:
            with contextlib.suppress(MediaDecodeError):  # which is said where the photo is described
                if caption := embedded_caption(record["image"]):
                    record["text"] = caption
    unpaired = []
    for path, table in tables.items():
        if lost := [name for name, told in table.items() if told and name not in named]:
            which = f"{len(lost)} of {len(table)} names are of no file here, or of several, first {shown(lost[0])!r}"
            unpaired.append(Problem(path.relative_to(folder).as_posix(), f"captions of {which}; left out"))
    return list(broken.values()), unpaired


def _joined(tables: Iterable[Mapping[str, Told]]) -> dict[str, Told]:
    """What several tables tell of each file; what two of them tell counts once."""
    joined: dict[str, Told] = {}
    for table in tables:
        for name, told in table.items():
            own = joined.setdefault(name, {})
            for key, values in told.items():
                own[key] = own.get(key, []) + [value for value in values if value not in own.get(key, ())]
    return joined


def _by_end(names: Iterable[str]) -> dict[str, str]:
    """Names by the part behind their folders, where no two have the same."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(name.rpartition("/")[2], []).append(name)
    return {end: of_end[0] for end, of_end in found.items() if len(of_end) == 1}


def read_folder(
    path: Path, allow_outside: bool = False, folder_labels: bool = True
) -> tuple[list[dict[str, Any]], list[Problem], list[Problem]]:
    """The items of a folder without a manifest, by stem, with captions of tables and of the photos themselves.

    Returns
    -------
    records : list of dict
    broken : list of Problem
        Files that are no items.
    unpaired : list of Problem
        Files that belong to none, and captions of no file.
    """
    tables = _caption_tables(path)
    # photos that lie in folders of their own beside "annotations", as COCO's do, are of splits and not of classes
    folder_labels = folder_labels and all(table.parent == path for table in tables)
    records, broken, unpaired = read_stems(path, allow_outside, folder_labels)
    used = [table.relative_to(path).as_posix() for table in tables]
    unpaired = [problem for problem in unpaired if problem.item not in used]
    of_captions, lost = _add_captions(path, records, tables)
    return records, broken + of_captions, unpaired + lost


def _load_folder(path: Path, on_error: OnError, allow_outside: bool, folder_labels: bool) -> Collection:
    records, broken, unpaired = read_folder(path, allow_outside, folder_labels)
    if not records and not broken:
        from classicxm.datasets.shards import load_shards, shard_files

        if files := shard_files(path):
            return load_shards(path, files)
    if broken and on_error == "raise":
        raise CollectionError(f"{path}: {broken[0]}")
    problems = sorted([*broken, *unpaired, *alone(path.name, records)], key=lambda problem: problem.item)
    if not records and (on_error == "raise" or not problems):
        first = f"; first, {problems[0]}" if problems else ""
        raise CollectionError(
            f"{path} holds no manifest and no media files, such as dog.jpg beside dog.txt{first}"
        )
    return Collection(records, root=path, name=path.name, problems=problems)


def _check_rows(
    rows: Sequence[Row], path: Path, on_error: OnError, allow_outside: bool
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Records and Problems of the rows of a manifest."""
    sound = [row for row in rows if not row.fault]
    counts = Counter(key for row in sound for key, value in row.fields.items() if value is not None)
    own_columns = {key for key, n in counts.items() if key not in KNOWN_KEYS and 2 * n >= len(sound)}
    records, problems = [], []
    first_line: dict[str, int] = {}
    for row in rows:
        item = None
        try:
            if row.fault:
                item = _id_of_faulty(row)
                raise ValueError(row.fault)
            item = read_id(row.fields)
            if item in first_line:
                raise ValueError(
                    f"duplicate id, first used on line {first_line[item]}; give every item its own"
                )
            first_line[item] = row.line
            fields, note = without_empty_text(row.fields)
            records.append(check_record(fields, path.parent, own_columns, allow_outside))
            if note:
                problems.append(Problem(item, f"{path.name} line {row.line}: {note}"))
        except ValueError as error:
            if on_error == "raise":
                where = f"line {row.line}" if item is None else f"line {row.line}, item {shown(item)!r}"
                raise CollectionError(f"{path}: {where}: {error}") from None
            problems.append(
                Problem(shown(item or "") or f"line {row.line}", f"{path.name} line {row.line}: {error}")
            )
    return records, problems


def _id_of_faulty(row: Row) -> str | None:
    try:
        return read_id(row.fields)
    except ValueError:
        return None
