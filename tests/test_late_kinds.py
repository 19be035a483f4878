"""Kinds that are asked for without importing them, and commands that import no more than they need."""

import subprocess
import sys

import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline

from classicxm.alignment import CCA
from classicxm.datasets import make_scenes
from classicxm.image import ColorHistogram
from classicxm.late_kinds import is_of_kind
from classicxm.retrieval import CrossModalRetriever
from classicxm.text import TfidfText

#: What a search by text in a model without sounds, words learned on the spot or pages has no need of.
HEAVY = [
    "gensim",
    "jinja2",
    "skops",
    "soundfile",
    "scipy.signal",
    "sklearn.cluster",
    "sklearn.decomposition",
    "sklearn.kernel_approximation",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.pipeline",
    "classicxm.media.preview",
]


class NarrowPCA(PCA):
    """A subclass of another module."""


def test_answers_are_those_of_isinstance():
    assert is_of_kind(Pipeline([("pca", PCA())]), "sklearn.pipeline", "Pipeline")
    assert is_of_kind(NarrowPCA(), "sklearn.decomposition", "TruncatedSVD", "PCA")
    assert not is_of_kind(NarrowPCA(), "sklearn.decomposition", "TruncatedSVD")
    assert not is_of_kind(None, "sklearn.decomposition", "PCA", "Vanished")


def test_nothing_is_imported_to_ask():
    code = (
        "import sys; from classicxm.late_kinds import is_of_kind; "
        "print(is_of_kind(1, 'wave', 'Error'), 'wave' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    scenes = make_scenes(40, modalities=("text", "image"))
    views = {"text": TfidfText(), "image": ColorHistogram()}
    folder = tmp_path_factory.mktemp("late") / "model"
    CrossModalRetriever(views, CCA(n_components=4), n_jobs=1).fit_collection(scenes).save(folder)
    return folder


@pytest.mark.slow
def test_a_search_from_the_shell_imports_nothing_that_it_does_not_need(model):
    code = (
        "import sys; from classicxm.cli import main; "
        f"main(['search', {str(model)!r}, '--text', 'a red circle', '--target', 'image'], standalone_mode=False); "
        f"print('HEAVY', sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "HEAVY []"
    assert "scene-" in done.stdout
