"""Multiple Features (Duin 1998): 2000 handwritten digits from Dutch maps, described in six ways."""

from __future__ import annotations

import tarfile
import tempfile
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from classicxm.datasets.number_files import read_matrix
from classicxm.errors import CollectionError

__all__ = ["VIEWS", "load_multiple_features"]

#: View -> numbers of it: profile correlations, Fourier coefficients, Karhunen-Loeve coefficients, morphology,
#: pixels of 2x3 windows, Zernike moments.
VIEWS = {"fac": 216, "fou": 76, "kar": 64, "mor": 6, "pix": 240, "zer": 47}
N_DIGITS, N_EACH = 10, 200


def load_multiple_features(folder: str | Path, n_test: int = 50) -> Bunch:
    """Six paired views of the same digits.

    Parameters
    ----------
    folder : path
        Has ``mfeat-fac``, ``mfeat-fou``, ``mfeat-kar``, ``mfeat-mor``, ``mfeat-pix`` and ``mfeat-zer``, in itself, in
        ``mfeat`` or in ``mfeat.tar``: 2000 rows each, 200 of every digit in their order.
    n_test : int, default=50
        Of every digit the last so many are for testing. There is no official split.

    Returns
    -------
    Bunch
        ``train`` and ``test``, each a Bunch of ``views`` (name of a view -> float64 (n, d)) and ``labels`` (n,) int
        from 0 to 9.

    Raises
    ------
    CollectionError
        For a file that is missing or has another shape.
    """
    if not 1 <= n_test < N_EACH:
        raise ValueError(f"n_test must be from 1 to {N_EACH - 1}, got {n_test!r}")
    folder = Path(folder).absolute()
    if (folder / "mfeat-fac").is_file():
        return _load(folder, n_test)
    if (folder / "mfeat" / "mfeat-fac").is_file():
        return _load(folder / "mfeat", n_test)
    if (folder / "mfeat.tar").is_file():
        with tempfile.TemporaryDirectory() as temporary:
            _unpack(folder / "mfeat.tar", Path(temporary))
            return _load(Path(temporary), n_test)
    raise CollectionError(
        f"{folder} has no mfeat-fac, mfeat/mfeat-fac or mfeat.tar; unpack multiple+features.zip there"
    )


def _load(folder: Path, n_test: int) -> Bunch:
    views = {}
    for name, width in VIEWS.items():
        path = folder / f"mfeat-{name}"
        views[name] = read_matrix(path, N_DIGITS * N_EACH, np.float64)
        if views[name].shape[1] != width:
            raise CollectionError(f"{path} has {views[name].shape[1]} numbers per row, expected {width}")
    labels, place = np.divmod(np.arange(N_DIGITS * N_EACH), N_EACH)
    is_test = place >= N_EACH - n_test
    return Bunch(
        **{
            split: Bunch(views={name: X[rows] for name, X in views.items()}, labels=labels[rows])
            for split, rows in (("train", ~is_test), ("test", is_test))
        }
    )


def _unpack(path: Path, folder: Path) -> None:
    """The six files of the archive, and nothing else of it."""
    wanted = {f"mfeat-{name}" for name in VIEWS}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                name = Path(member.name).name
                if name in wanted and member.isreg() and (stream := archive.extractfile(member)):
                    (folder / name).write_bytes(stream.read(64 << 20))
    except (tarfile.TarError, OSError, EOFError) as error:
        raise CollectionError(f"{path} is no whole archive ({error}); fetch it again") from None
