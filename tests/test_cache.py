"""A damaged, foreign or unusable cache means computing anew with one warning, and never a wrong vector."""

import os
import shutil
import warnings

import numpy as np
import pytest

from classicxm.cache import cached_fit, state_digest
from classicxm.errors import CacheWarning
from classicxm.image import ColorHistogram
from classicxm.media import fingerprint
from classicxm.text import TfidfText

IMAGES = [
    np.full((8, 8, 3), 20 * n, np.uint8) + np.arange(8, dtype=np.uint8)[:, None, None] for n in range(6)
]


def described(cache, n_jobs=None):
    return ColorHistogram(cache=cache, n_jobs=n_jobs).fit().transform(IMAGES)


def flip_a_bit(paths):
    data = bytearray(paths[0].read_bytes())
    data[-3] ^= 4
    paths[0].write_bytes(data)


def swap_two(paths):
    one, other = paths[0].read_bytes(), paths[1].read_bytes()
    paths[0].write_bytes(other)
    paths[1].write_bytes(one)


def shorten(paths):
    paths[0].write_bytes(paths[0].read_bytes()[:-1])


def empty(paths):
    paths[0].write_bytes(b"")


def plain_array(paths):
    with open(paths[0], "wb") as file:
        np.save(file, np.ones(3))


def fifo(paths):
    paths[0].unlink()
    os.mkfifo(paths[0])


def folder(paths):
    paths[0].unlink()
    paths[0].mkdir()


def device(paths):
    paths[0].unlink()
    paths[0].symlink_to("/dev/zero")


def file_for_a_folder(paths):
    shutil.rmtree(paths[0].parent)
    paths[0].parent.write_text("")


@pytest.mark.parametrize(
    "damage", [flip_a_bit, swap_two, shorten, empty, plain_array, fifo, folder, device, file_for_a_folder]
)
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_whatever_is_wrong_is_computed_anew_with_one_warning(tmp_path, damage, n_jobs):
    right = described(None)
    described(tmp_path)
    damage(sorted(tmp_path.rglob("*.entry")))
    with pytest.warns(CacheWarning) as caught:
        found = described(tmp_path, n_jobs)
    np.testing.assert_array_equal(found, right)
    assert len(caught) == 1 and "computed anew" in str(caught[0].message)


def test_a_full_disk_is_no_error(tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("classicxm.atomic.os.replace", full)
    with pytest.warns(CacheWarning, match="No space left on device") as caught:
        np.testing.assert_array_equal(described(tmp_path), described(None))
    assert len(caught) == 1
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("damage", [flip_a_bit, shorten, empty, fifo, device])
def test_a_damaged_estimator_is_fitted_anew(tmp_path, damage):
    texts = ["a red dog", "a blue cat"]

    def fit():
        return cached_fit(tmp_path, "digest", "text", texts, lambda: TfidfText().fit(texts))

    right = fit().transform(texts)
    damage(sorted(tmp_path.rglob("*.state")))
    with pytest.warns(CacheWarning, match="computed anew"):
        np.testing.assert_array_equal(fit().transform(texts), right)
    if damage not in (fifo, device):  # which were replaced by a whole entry
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            fit()


def test_an_entry_that_grew_is_not_read(tmp_path):
    """40 GB of nothing behind an entry would be read to the last."""
    right = described(None)
    described(tmp_path)
    os.truncate(sorted(tmp_path.rglob("*.entry"))[0], 40 << 30)
    with pytest.warns(CacheWarning, match="was altered since it was written"):
        np.testing.assert_array_equal(described(tmp_path), right)


OWN = """
from classicxm.base import Extractor
import numpy as np

def cut(text):
    return text.split({separator!r})

class Mean(Extractor):
    modality = "image"

    def __init__(self, n_jobs=None, on_error="raise", cache=None):
        self.n_jobs, self.on_error, self.cache = n_jobs, on_error, cache

    def describe(self, item):
        return {factor} * np.asarray(item, np.float32).mean(axis=(0, 1))
"""


def test_what_an_earlier_form_of_own_code_computed_is_not_found_again(tmp_path):
    """As in a notebook whose cell is run again after an edit."""

    def form(factor, separator):
        made = {"__name__": "notebook"}
        exec(OWN.format(factor=factor, separator=separator), made)
        return made["Mean"], made["cut"]

    for factor in (1, 2, 1):
        mean, _ = form(factor, " ")
        for cache in (None, tmp_path):
            found = mean(cache=cache).fit().transform(IMAGES)
            np.testing.assert_allclose(found, factor * np.mean(IMAGES, axis=(1, 2)), rtol=1e-6)
    digests = {state_digest(form(*one)[0](), "1") for one in ((1, " "), (2, " "), (1, "-"), (1, " "))}
    assert len(digests) == 2
    assert state_digest(TfidfText(tokenizer=form(1, " ")[1]), "1") != state_digest(
        TfidfText(tokenizer=form(1, "-")[1]), "1"
    )


def test_parts_of_an_item_do_not_run_into_one_another(tmp_path):
    for name, content in (("1", "ab"), ("2", "c"), ("3", "a"), ("4", "bc")):
        (tmp_path / name).write_text(content)
    one, two = [tmp_path / "1", tmp_path / "2"], [tmp_path / "3", tmp_path / "4"]
    assert fingerprint("text", one) != fingerprint("text", two)
    assert fingerprint("text", [b"ab", b"c"]) != fingerprint("text", [b"a", b"bc"])
    assert fingerprint("text", ["ab", ["c"]]) != fingerprint("text", [["ab"], "c"])
