"""A file that knows whose it is, opened as any other."""

import pickle

import numpy as np
from PIL import Image

from classicxm import media
from classicxm.media.named_file import NamedFile


def test_it_is_opened_as_its_path_is(tmp_path):
    Image.new("RGB", (3, 2), (9, 8, 7)).save(tmp_path / "a.png")
    file = NamedFile(tmp_path / "a.png", "an item")
    assert np.array_equal(media.decode("image", file), media.decode("image", tmp_path / "a.png"))
    assert media.fingerprint("image", file) == media.fingerprint("image", tmp_path / "a.png")
    assert media.describe_source(file) == str(tmp_path / "a.png")
    assert pickle.loads(pickle.dumps(file)) == file
