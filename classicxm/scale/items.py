"""The items of a part, checked and opened: files below the collection's folder, and URLs where they are allowed.

URLs are read through fsspec, of the schemes that were asked for alone; what is fetched lies in a temporary folder
while it is described.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from classicxm.datasets.collection import Problem
from classicxm.datasets.manifest_rows import Row
from classicxm.datasets.schema import check_record
from classicxm.errors import CollectionError, MissingExtraError
from classicxm.media import MODALITIES
from classicxm.scale.plan import Plan

__all__ = ["fetched", "opened_records"]

URL = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
#: Bytes of one remote file.
LARGEST = 2 << 30
BLOCK = 1 << 20


@contextlib.contextmanager
def opened_records(
    plan: Plan, rows: Sequence[Row], modalities: Sequence[str], on_error: str
) -> Iterator[tuple[list[dict], list[Problem]]]:
    """Records of a part's rows, whose media can be read while the context lasts, and what was left out.

    Of remote media those of ``modalities`` are fetched; others stay URLs. A record keeps where its media came from
    under ``"urls"``.

    Raises
    ------
    CollectionError
        For an item that cannot be had, unless ``on_error`` is "skip".
    """
    records, problems = [], []
    with tempfile.TemporaryDirectory(prefix="classicxm-") as folder:
        for row in rows:
            try:
                records.append(_record(plan, row, modalities, Path(folder)))
            except (ValueError, OSError) as error:
                key, reason = str(row.fields.get("id")), " ".join(str(error).split())
                if on_error != "skip":
                    raise CollectionError(
                        f"{plan.collection}: line {row.line}, item {key!r}: {reason}"
                    ) from None
                problems.append(Problem(key, f"line {row.line}: {reason}"))
        yield records, problems


def _record(plan: Plan, row: Row, modalities: Sequence[str], folder: Path) -> dict[str, Any]:
    root, fields = Path(plan.root), dict(row.fields)
    urls = {
        m: fields.pop(m) for m in MODALITIES[1:] if isinstance(fields.get(m), str) and URL.match(fields[m])
    }
    remote = {}
    for modality, url in urls.items():
        if url.lower().startswith("file://"):
            fields[modality] = unquote(urlsplit(url).path)  # a path like any other, and checked like one
        else:
            remote[modality] = url
    placed = fields if not remote or "text" in fields else fields | {"text": "-"}
    record = check_record(placed, root, set(plan.own_columns), plan.allow_outside)
    if "text" not in fields:
        record.pop("text", None)
    for modality, url in remote.items():
        record[modality] = fetched(url, folder, plan.remote) if modality in modalities else Path(url)
    return record | ({"urls": remote} if remote else {})


def fetched(url: str, folder: Path, schemes: Sequence[str], most: int = LARGEST) -> Path:
    """The file of a URL, copied into a folder.

    Raises
    ------
    ValueError
        For a scheme that is not among those allowed, a file over ``most`` bytes, and one that cannot be had.
    MissingExtraError
        Without fsspec.
    """
    scheme = URL.match(url)[1].lower() if URL.match(url) else ""  # type: ignore[index]
    if scheme not in schemes:
        raise ValueError(
            f"{url!r:.200} is a URL, and {scheme}:// is not allowed; give --remote {scheme} to fetch it"
        )
    try:
        import fsspec
    except ImportError:
        raise MissingExtraError("remote", "fsspec") from None
    suffix = Path(urlsplit(url).path).suffix[:10]
    number = sum(1 for _ in folder.iterdir())
    target = folder / f"{number}{suffix}"
    size = 0
    try:
        with fsspec.open(url, "rb") as source, open(target, "wb") as file:
            while size <= most and (block := source.read(BLOCK)):
                size += file.write(block)
    except ImportError as error:
        raise ValueError(f"{url!r:.200} cannot be fetched: {error}") from None
    except Exception as error:  # every file system raises kinds of its own
        raise ValueError(f"{url!r:.200} cannot be fetched: {type(error).__name__} {error}") from None
    if size > most:
        raise ValueError(f"{url!r:.200} is over {most >> 20} MB")
    return target
