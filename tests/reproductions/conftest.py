"""A small data set in Wikipedia's layout, and a reproduction of what a small program says of it."""

import hashlib
import textwrap

import numpy as np
import pytest
from scipy.io import savemat

from classicxm.reproductions.catalogue import Statistic
from classicxm.reproductions.data_checks import features_of, measured

N_TRAIN, N_TEST = 20, 6

PROGRAM = """
import json, sys
from pathlib import Path
data, result = Path(sys.argv[1]), Path(sys.argv[2])
(data.parent / "runs").open("a").write("run\\n")
value = float((data / "value.txt").read_text())
settings = [{"bits": bits, "seconds": 3.0} for bits in (1, 2)]
rows = [{"system": "A", "measure": "map_mean", "value": value, "settings": one} for one in settings]
result.write_text(json.dumps({"rows": rows}))
"""


class Small:
    """Where the pieces lie, and how to write them."""

    def __init__(self, root):
        self.root = root / "data"
        self.data = self.root / "wikipedia"
        self.folder = root / "files"
        self.output = root / "out"
        self.data.mkdir(parents=True)
        self.folder.mkdir()
        rng = np.random.default_rng(0)
        shapes = {"I_tr": (N_TRAIN, 4), "T_tr": (N_TRAIN, 3), "I_te": (N_TEST, 4), "T_te": (N_TEST, 3)}
        self.matrices = {name: rng.random(shape) for name, shape in shapes.items()}
        (self.data / "categories.list").write_text("art\nbiology\n")
        for split, n in (("train", N_TRAIN), ("test", N_TEST)):
            lines = "".join(f"{split}{i} {split}i{i} {i % 2 + 1}\n" for i in range(n))
            (self.data / f"{split}set_txt_img_cat.list").write_text(lines)
        self.save()
        (self.data / "score.py").write_text(PROGRAM)
        self.value = 0.2235
        (self.data / "value.txt").write_text("0.2235")
        self.write()

    def save(self):
        savemat(self.data / "raw_features.mat", self.matrices)

    def runs(self):
        path = self.root / "runs"
        return path.read_text().count("run") if path.exists() else 0

    def write(self, value=None, checksum=True, statistic=True, extra=""):
        value = self.value if value is None else value
        text = f"""
            title = "Small"
            dataset = "small"
            protocol = "wiki"
            data = ["wikipedia"]
            commands = ["python {{data}}/score.py {{data}} {{result}}"]
            seconds = 1
            selection = "nothing is chosen"
            compared = "wikipedia:{{data}}"
            headline = {{ measure = "map_mean", plain = "A" }}
            {extra}
        """
        if checksum:
            digest = hashlib.sha256((self.data / "raw_features.mat").read_bytes()).hexdigest()
            text += f'\n[checksums]\n"wikipedia/raw_features.mat" = "{digest}"\n'
        if statistic:
            one = Statistic("wikipedia", "image", "test", (), 0, 0)
            found = measured(features_of(one, self.root))
            text += f"""
                [[statistics]]
                data = "wikipedia"
                view = "image"
                split = "test"
                shape = {list(found["shape"])}
                total = {found["total"]!r}
                squares = {found["squares"]!r}
            """
        row = 'system = "A", measure = "map_mean"'
        rows = ", ".join(f"{{ {row}, setting = {{ bits = {bits} }}, value = {value} }}" for bits in (1, 2))
        text += f"\n[expected]\nrows = [{rows}]\n"
        (self.folder / "small.toml").write_text("\n".join(map(textwrap.dedent, text.splitlines())))


@pytest.fixture
def small(tmp_path):
    return Small(tmp_path)
