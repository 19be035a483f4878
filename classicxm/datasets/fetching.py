"""Fetches one file of a data set: from several addresses in turn, going on where a cut connection stopped."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from classicxm.atomic import write_file
from classicxm.datasets.registry import RemoteFile
from classicxm.errors import DataSetError, MissingExtraError

__all__ = ["FullDiskError", "fetch", "readable_size"]

#: Attempts at one address, each going on where the one before was cut off.
ATTEMPTS = 3
CHUNK = 1 << 20
#: Seconds until a connection, and between two pieces of an answer.
TIMEOUT = (20, 60)
#: Bytes that stay free on the disk, for other programs.
RESERVE = 64 << 20


class FullDiskError(DataSetError):
    """A disk that has no room for a file."""


class _WrongFileError(Exception):
    """An address that answers with something else than the file."""


def fetch(file: RemoteFile, folder: Path, progress: bool = False) -> tuple[Path, str]:
    """Bring a file into a folder, and check it.

    What was fetched before a connection was cut lies beside it as ``NAME.part`` and is resumed: at the same
    address if it still has the same file, at another one if the checksum is known, which then decides.

    Parameters
    ----------
    file : RemoteFile
    folder : Path
        Made if it is not there.
    progress : bool, default=False
        Show a bar on stderr.

    Returns
    -------
    path, url : Path, str
        Where it lies, and the address that had it ("" where it was there already).

    Raises
    ------
    DataSetError
        Where no address has the right file; the message says of each what was wrong with it.
    FullDiskError
        Where it does not fit; what was fetched stays for the next time.
    """
    pooch = _pooch()
    path = folder / file.name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from None
    if path.is_file() and (file.checksum is None or pooch.hashes.hash_matches(str(path), file.checksum)):
        return path, ""
    reasons = []
    for url in file.urls:
        try:
            _fetch_from(pooch, url, file, folder, progress)
            return path, url
        except FullDiskError:
            raise
        except (_WrongFileError, OSError, ValueError) as error:  # requests raises subclasses of OSError
            if getattr(error, "errno", None) in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise _unwritable(folder, error) from None
            reasons.append(f"{url}: {_reason(error)}")
    raise DataSetError(f"{file.name} could not be fetched: {'; '.join(reasons)}; {_advice(file, path)}")


def readable_size(n_bytes: int | None) -> str:
    """A number of bytes for people.

    >>> readable_size(36745453), readable_size(812), readable_size(None)
    ('36.7 MB', '812 B', 'unknown')
    """
    if n_bytes is None:
        return "unknown"
    if n_bytes < 1000:
        return f"{n_bytes} B"
    power = min((len(str(n_bytes)) - 1) // 3, 4)
    value = n_bytes / 1000**power
    return f"{value:{'.3g' if value < 999.5 else ',.0f'}} {('B', 'kB', 'MB', 'GB', 'TB')[power]}"


def _pooch() -> Any:
    try:
        import pooch
        import requests  # noqa: F401 - pooch imports it only when it fetches
    except ImportError:
        raise MissingExtraError("data", "pooch") from None
    pooch.get_logger().setLevel("ERROR")
    return pooch


def _fetch_from(pooch: Any, url: str, file: RemoteFile, folder: Path, progress: bool) -> None:
    """One address: anew once more where the part that was resumed turns out to be of another file."""
    downloader = _Resuming(file, folder / f"{file.name}.part", progress)
    for last in (False, True):
        try:
            pooch.retrieve(url, file.checksum, fname=file.name, path=folder, downloader=downloader)
            return
        except ValueError as error:  # what pooch raises for a wrong checksum
            downloader.forget()
            if last or not downloader.resumed:
                raise _WrongFileError(f"wrong checksum ({error})") from None
            downloader.resumed = False


class _Resuming:
    """A downloader for pooch that keeps a part of a file and asks for the rest of it."""

    def __init__(self, file: RemoteFile, part: Path, progress: bool) -> None:
        self.file = file
        self.part = part
        self.origin = part.with_name(part.name + ".from")
        self.progress = progress
        self.resumed = False

    def __call__(self, url: str, output_file: str, pooch: Any) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._append(url)
                break
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                    raise self._full(0) from None
                if attempt == ATTEMPTS or not _may_pass(error):
                    raise
        self.origin.unlink(missing_ok=True)
        os.replace(self.part, output_file)

    def forget(self) -> None:
        """Drop what there is of the file."""
        self.part.unlink(missing_ok=True)
        self.origin.unlink(missing_ok=True)

    def _append(self, url: str) -> None:
        import requests

        start = self._start(url)
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
            if validator := self._known_origin().get("validator"):
                headers["If-Range"] = validator
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
            if start and answer.status_code == 416:  # nothing beyond what is there: whole, or of another file
                if start == self.file.bytes:
                    return
                self.forget()
                raise ConnectionError("the address has less than was fetched; it was begun anew")
            if answer.status_code not in (200, 206):
                raise _WrongFileError(f"answers {answer.status_code} {answer.reason}")
            if answer.status_code == 206 and not _begins_at(answer, start):
                raise _WrongFileError("answers with another range than was asked for")
            start = start if answer.status_code == 206 else 0
            self.resumed = self.resumed or start > 0
            self._write(url, answer, start)

    def _write(self, url: str, answer: Any, start: int) -> None:
        length = answer.headers.get("Content-Length", "")
        total = start + int(length) if length.isdigit() else None
        if total is not None and self.file.bytes not in (None, total):
            raise _WrongFileError(f"has {total} bytes, expected {self.file.bytes}")
        most = self.file.bytes if total is None else total
        self._check_room((most or 0) - start)
        tag = answer.headers.get("ETag", "")
        origin = {"url": url, "validator": tag if tag and not tag.startswith("W/") else None}
        write_file(self.origin, json.dumps(origin))
        bar = tqdm(
            total=most,
            initial=start,
            unit="B",
            unit_scale=True,
            desc=self.file.name,
            disable=not self.progress,
        )
        with bar, open(self.part, "ab" if start else "wb") as stream:
            while chunk := _read(answer):
                stream.write(chunk)
                bar.update(len(chunk))
                if most is not None and stream.tell() > most:
                    self.forget()
                    raise _WrongFileError(f"goes on beyond the {most} bytes that were announced")
                if most is None:
                    self._check_room(0)
        got = self.part.stat().st_size
        if most is not None and got < most:
            raise ConnectionError(f"the connection was cut after {got} of {most} bytes")

    def _start(self, url: str) -> int:
        """How many bytes there are to go on from."""
        if not self.part.is_file():
            return 0
        origin = self._known_origin()
        # without a checksum, only a strong validator of the same address shows that it is still the same file
        same = origin.get("url") == url and origin.get("validator")
        size = self.part.stat().st_size
        return size if (self.file.checksum or same) and size <= (self.file.bytes or size) else 0

    def _known_origin(self) -> dict[str, Any]:
        try:
            origin = json.loads(self.origin.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return origin if isinstance(origin, dict) else {}

    def _check_room(self, n_bytes: int) -> None:
        if n_bytes + RESERVE > shutil.disk_usage(self.part.parent).free:
            raise self._full(n_bytes)

    def _full(self, n_bytes: int) -> FullDiskError:
        folder = self.part.parent
        free = readable_size(shutil.disk_usage(folder).free)
        needs = f"needs {readable_size(n_bytes)} more in" if n_bytes > 0 else "has no more room in"
        return FullDiskError(
            f"{self.file.name} {needs} {folder}, whose disk has {free} free; make room or choose another folder with "
            "--folder, and start again: what was fetched is resumed"
        )


def _read(answer: Any) -> bytes:
    """What has come meanwhile, so that a cut loses nothing of it; empty at the end."""
    import urllib3

    try:
        return answer.raw.read1(CHUNK)
    except urllib3.exceptions.ReadTimeoutError:
        raise ConnectionError(f"no more of the answer within {TIMEOUT[1]} s") from None
    except urllib3.exceptions.HTTPError:
        raise ConnectionError("the connection was cut before the end") from None


def _begins_at(answer: Any, start: int) -> bool:
    return str(answer.headers.get("Content-Range", "")).replace("=", " ").startswith(f"bytes {start}-")


def _may_pass(error: OSError) -> bool:
    """Whether an error is of the connection, so that another attempt may go on."""
    import requests

    refused = isinstance(error, requests.ConnectionError) and "refused" in str(error).lower()
    return isinstance(error, (ConnectionError, requests.RequestException)) and not refused


def _reason(error: Exception) -> str:
    import requests

    if isinstance(error, requests.Timeout):
        return f"no answer within {TIMEOUT[1]} s"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return " ".join(str(error).split())[:200] or type(error).__name__


def _advice(file: RemoteFile, path: Path) -> str:
    return f"check the network, or fetch {file.name} by other means, put it at {path} and start again"


def _unwritable(folder: Path, error: Exception) -> DataSetError:
    return DataSetError(
        f"{folder} cannot be written to ({getattr(error, 'strerror', None) or error}); choose another folder with "
        "--folder or $CLASSICXM_DATA"
    )
