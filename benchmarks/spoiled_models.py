"""A saved model of which one file is spoiled."""

import os
import subprocess
import sys

from benchmarks.spoiled_files import SPECIAL, SPOILED, Case

__all__ = ["spoiled_models"]

MODEL_SPECIAL = ("pipe", "folder", "missing", "device zero", "sparse")
MODEL = """
import sys
from classicxm import CCA, CrossModalRetriever, make_scenes
from classicxm.image import ColorHistogram
from classicxm.search import LSHIndex
from classicxm.text import TfidfText
scenes = make_scenes(12, modalities=("text", "image"))
extractors = {"text": TfidfText(), "image": ColorHistogram()}
CrossModalRetriever(extractors, CCA(2), index=LSHIndex()).fit_collection(scenes).save(sys.argv[1])
"""


def spoiled_models(scratch):
    """A saved model of which one file is spoiled."""
    good = scratch / "good model"
    subprocess.run([sys.executable, "-W", "ignore", "-c", MODEL, str(good)], check=True)
    names = [path.relative_to(good) for path in sorted(good.rglob("*")) if path.is_file()]
    for name in names:
        content, told = (good / name).read_bytes(), name.as_posix().replace("/", " ")
        for kind in ("empty", "half", "zeros", "one byte flipped", "large trailer", "twice", *MODEL_SPECIAL):
            yield Case(f"model, {kind} {told}", "model", _model(good, name, content, kind), True)


def _model(good, name, content, kind):
    def make(path):
        for source in good.rglob("*"):
            copy = path / source.relative_to(good)
            if source.is_dir():
                copy.mkdir(parents=True, exist_ok=True)
            elif source.relative_to(good) != name:
                copy.parent.mkdir(parents=True, exist_ok=True)
                os.link(source, copy)
        if kind in SPECIAL:
            SPECIAL[kind](path / name)
        else:
            (path / name).write_bytes(SPOILED[kind](content))

    return make
