"""Embeddings that a user brings (CLIP, ResNet, BERT ...), read from files of arrays or tables and paired by id.

A file (.npy, .npz, .mat, .csv, .parquet) holds one matrix, or one per modality, called ``image`` or
``image_embeddings``, and ids of its rows in an array ``ids`` (or ``image_ids`` beside
``image``), failing that ``names``, ``id``, ``filenames`` or ``keys``, or in ``NAME.ids.txt`` beside ``NAME.npy``, one
a line. An array of texts that is as long as the matrix and not called so is refused. Nothing read can run code.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from classicxm.datasets.column_names import MATRIX_NAMES
from classicxm.datasets.embedding_files import is_ids_name, read_arrays
from classicxm.datasets.stems import modality_of
from classicxm.errors import CollectionError, UnpairedViewsError
from classicxm.media import MODALITIES
from classicxm.sequences import listed

__all__ = ["embedded_modalities", "load_embeddings", "read_embeddings"]


def load_embeddings(
    path: str | PathLike[str], ids: Sequence[str | int] | None = None, modality: str | None = None
) -> np.ndarray:
    """Rows of an embedding file in the order of ``ids``.

    Parameters
    ----------
    path : path
        A .npy, .npz, .mat, .csv or .parquet file of numbers, (n_rows, n_features).
    ids : sequence of str or int, optional
        The items asked for, compared as text in composed form (NFC). Where the file has ids, each of these must be
        among them, or be the file name among them without its folder or extension; further rows are left out, since
        a file may cover more than one split, and an id asked for twice gets its row twice. Where it has none, row i
        is item i, there must be as many rows as ids, and rows in another order cannot be detected: store ids. None
        asks for all rows.
    modality : str, optional
        Which array to take from a file of several: the one of this name, or whose name begins with it
        (``image_embeddings``), else the only matrix that is not named after another modality.

    Returns
    -------
    float32 array (n, n_features)

    Raises
    ------
    CollectionError
        For a file that cannot be read, or holds no such matrix, other kinds of values than numbers, or NaN or
        infinity in a row that was asked for.
    UnpairedViewsError
        For an id that the file lacks or has twice, and where rows, ids of the file or items asked for differ in
        number.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> np.savez(folder + "/clip.npz", image=[[1, 0], [0, 2], [3, 3]], ids=["a", "b", "c"])
    >>> load_embeddings(folder + "/clip.npz", ids=["c", "a"])
    array([[3., 3.],
           [1., 0.]], dtype=float32)
    """
    path = Path(path)
    matrix, known = read_embeddings(path, modality)
    asked = None if ids is None else [_asked_name(name) for name in listed(ids, "ids")]
    if asked is not None and known is not None:
        matrix = matrix[rows_of(asked, known, path)]
    elif asked is not None and len(asked) != len(matrix):
        raise UnpairedViewsError(
            f"{path} has {len(matrix)} rows and no ids, but {len(asked)} items were asked for; "
            f"store an array 'ids' (or {path.stem}.ids.txt) so that rows can be found"
        )
    names = known if asked is None else asked
    with np.errstate(over="ignore"):
        rows = np.array(matrix, dtype=np.float32, order="C")  # a copy: the file may change
    if not (finite := np.isfinite(rows).all(axis=1)).all():
        row = int(finite.argmin())
        raise CollectionError(
            f"{path}: {int((~finite).sum())} of {len(rows)} rows have NaN or infinity, first the row of "
            f"{repr(names[row]) if names else f'item {row}'}; compute them again or leave these items out"
        )
    return rows


def _asked_name(name: Any) -> str:
    if isinstance(name, bool) or not isinstance(name, (str, int, np.integer, PathLike)):
        raise TypeError(f"ids must be texts or whole numbers, got {name!r:.60}")
    return unicodedata.normalize("NFC", str(name))


def read_embeddings(
    path: str | PathLike[str], modality: str | None = None
) -> tuple[np.ndarray, list[str] | None]:
    """The matrix of an embedding file as stored, and the ids of its rows.

    Parameters
    ----------
    path, modality
        As for `load_embeddings`.

    Returns
    -------
    matrix : array (n_rows, n_features) of numbers
        Not checked for NaN.
    ids : list of str, unique, or None where the file names none
    """
    path = Path(path)
    arrays, beside = read_arrays(path)
    arrays = by_modality(arrays)
    name = _chosen(arrays, modality, path)
    matrix = arrays[name]
    if matrix.dtype.kind not in "fiub":
        raise CollectionError(
            f"{path}: {name} must hold numbers, got dtype {matrix.dtype}; save it as float32"
        )
    if matrix.ndim != 2 or not matrix.shape[1]:
        raise CollectionError(
            f"{path}: {name} must be 2-D (n_items, n_features), got shape {matrix.shape}; reshape it"
        )
    ids = _ids_within(arrays, name, path, beside)
    if ids is not None and len(ids) != len(matrix):
        raise UnpairedViewsError(
            f"{path}: {name} has {len(matrix)} rows, but there are {len(ids)} ids; each row needs one"
        )
    twice = [key for key, count in Counter(ids or ()).items() if count > 1]
    if twice:
        raise UnpairedViewsError(
            f"{path}: id {twice[0]!r} names more than one row ({len(twice)} ids do); keep one row per id"
        )
    return matrix, ids


def embedded_modalities(path: str | PathLike[str], modalities: Iterable[str]) -> list[str]:
    """Those of some modalities that a matrix of a file is named after."""
    held = by_modality(read_arrays(Path(path))[0])
    return [modality for modality in modalities if modality in held]


def by_modality(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays under the names of their modalities, where one matrix alone is called after it.

    >>> sorted(by_modality({"img_embeddings": np.eye(2), "texts": np.eye(2), "image_ids": np.arange(2)}))
    ['image', 'image_ids', 'text']
    """
    renamed: dict[str, str] = {}
    for modality, names in MATRIX_NAMES.items():
        called = [
            name
            for name, array in arrays.items()
            if name.partition("_")[0] in names and array.ndim == 2 and not is_ids_name(name)
        ]
        if modality not in arrays and len(called) == 1:
            renamed[called[0]] = modality
    return {renamed.get(name, name): array for name, array in arrays.items()}


def names_of(item: str) -> Iterator[str]:
    """What an item may be called, most particular first.

    >>> list(names_of("photos/dog/1.jpg"))
    ['photos/dog/1.jpg', 'photos/dog/1', 'dog/1.jpg', 'dog/1', '1.jpg', '1']
    """
    yield item
    parts = PurePath(item).parts
    for start in range(len(parts)):
        tail = PurePath(*parts[start:])
        for name in (tail.as_posix(), tail.with_suffix("").as_posix()) if tail.name else ():
            if name != item:
                yield name


def file_names(known: Sequence[str]) -> dict[str, int]:
    """What rows whose ids are file names may be called too, where that names one row alone, and which row.

    >>> file_names(["a/1.jpg", "b/1.jpg", "b/2.jpg"])
    {'a/1': 0, 'b/1': 1, 'b/2': 2, '2.jpg': 2, '2': 2}
    """
    held = set(known)
    places: dict[str, list[int]] = {}
    files = [(row, key) for row, key in enumerate(known) if modality_of(key)]
    for row, key in files:
        for name in names_of(key):
            if name not in held:
                places.setdefault(name, []).append(row)
    return {name: rows[0] for name, rows in places.items() if len(rows) == 1}


def rows_of(asked: Sequence[str], known: Sequence[str], path: Path) -> np.ndarray:
    """The row of each id asked for, which may be a file name without its folder or extension.

    Raises
    ------
    UnpairedViewsError
        Where one is not known.
    """
    position = {key: row for row, key in enumerate(known)}
    if not all(key in position for key in asked):
        position |= file_names(known)
    missing = [key for key in dict.fromkeys(asked) if key not in position]
    if missing:
        shown, seen = (", ".join(map(repr, some[:3])) for some in (missing, known))
        raise UnpairedViewsError(
            f"{path} has no row for {len(missing)} of {len(asked)} items, first {shown}; "
            f"its {len(known)} ids begin with {seen}"
        )
    return np.array([position[key] for key in asked], dtype=np.intp)


def _chosen(arrays: Mapping[str, np.ndarray], modality: str | None, path: Path) -> str:
    """The name of the array to take."""
    if modality is not None and modality not in MODALITIES:
        raise ValueError(f"modality must be one of {', '.join(MODALITIES)}, got {modality!r}")
    if modality is not None and modality in arrays:
        return modality
    names = [name for name in arrays if not is_ids_name(name) or _is_table(name, arrays[name])]
    matrices = [name for name in names if arrays[name].ndim == 2 and min(arrays[name].shape) != 1]
    # MATLAB stores vectors as matrices of one row or column; they count where there is nothing else.
    matrices = matrices or [name for name in names if arrays[name].ndim == 2] or names
    others = [name for name in matrices if name in MODALITIES] if modality is not None else []
    if len(matrices) == 1 and not others:
        return matrices[0]
    held = ", ".join(f"{name} {arrays[name].shape}" for name in arrays) or "nothing"
    wanted = (
        "one matrix" if modality is None else f"an array named {modality!r} or one matrix of another name"
    )
    raise CollectionError(f"{path} must hold {wanted}, it holds {held}; name the array after its modality")


def _is_table(name: str, array: np.ndarray) -> bool:
    """Whether an array that is not called ids is a matrix of numbers with several rows and columns."""
    if name.rpartition("_")[2] == "ids":
        return False
    return array.ndim == 2 and min(array.shape) > 1 and array.dtype.kind in "fiub"


def _ids_within(
    arrays: Mapping[str, np.ndarray], name: str, path: Path, beside: list[str] | None
) -> list[str] | None:
    """The ids of the rows of an array of this name, as text, or None."""
    n = len(arrays[name])
    for key in (f"{name}_ids", "ids"):
        if key in arrays and key != name and beside is None:
            return _ids_of(arrays[key], key, path)
    others = {key: array for key, array in arrays.items() if key != name and array.size == n}
    own = [key for key in others if is_ids_name(key) and key.startswith(f"{name}_")]
    shared = [key for key in others if is_ids_name(key) and "_" not in key]
    named = {key: _ids_of(arrays[key], key, path) for key in own or shared}
    texts = [key for key, array in others.items() if array.dtype.kind in "USOV" and key not in named]
    if beside is not None:
        named = {"the file of ids beside it": [_id_text(key, "ids", path) for key in beside], **named}
    if not named:
        if texts:
            raise CollectionError(
                f"{path}: {texts[0]!r} has a text for each of the {n} rows of {name} and is not used; call it 'ids' "
                "if it holds their ids, or take it out"
            )
        return None
    first, *rest = named
    differing = next((key for key in rest if named[key] != named[first]), None)
    if differing is not None:
        raise CollectionError(f"{path} has ids in {first} and others in {differing}; keep one, as 'ids'")
    return named[first]


def _ids_of(stored: np.ndarray, key: str, path: Path) -> list[str]:
    if stored.ndim > 1 and max(stored.shape) != stored.size:
        raise CollectionError(f"{path}: {key} must be one id per row, got shape {stored.shape}")
    if stored.dtype.kind == "V":
        raise CollectionError(
            f"{path}: {key} must be text or whole numbers, got structures or cells of several"
        )
    if (
        stored.dtype.kind == "f"
        and (beyond := abs(stored) >= 2.0 ** (np.finfo(stored.dtype).nmant + 1)).any()
    ):
        raise CollectionError(
            f"{path}: {key} has {stored[beyond].ravel()[0]:.0f} as {stored.dtype}, which cannot tell it from its "
            "neighbours; save ids as whole numbers or text"
        )
    return [_id_text(value, key, path) for value in stored.ravel().tolist()]


def _id_text(value: Any, key: str, path: Path) -> str:
    if isinstance(value, bytes):
        try:
            value = value.decode("utf-8")
        except UnicodeDecodeError:
            raise CollectionError(f"{path}: {key} has the id {value!r:.60}, which is not UTF-8") from None
    if isinstance(value, float) and value.is_integer():  # MATLAB's numbers are doubles
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
        raise CollectionError(f"{path}: {key} must be text or whole numbers, got {value!r:.60}")
    return unicodedata.normalize("NFC", str(value))
