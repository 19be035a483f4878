"""A collection on disk, a model of it, and commands run as a person runs them."""

import pytest
from click.testing import CliRunner

from classicxm.alignment import CCA
from classicxm.cli import main
from classicxm.datasets import load_collection, make_scenes
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.text import TfidfText


@pytest.fixture(scope="session")
def cli_scenes(tmp_path_factory):
    """The folder of 40 scenes with texts and pictures."""
    folder = tmp_path_factory.mktemp("cli") / "scenes"
    make_scenes(40, folder=folder, modalities=("text", "image"))
    return folder


@pytest.fixture(scope="session")
def cli_model(cli_scenes, tmp_path_factory):
    """The folder of a model of them."""
    parts = {"text": TfidfText(), "image": ColorHistogram()}
    retriever = CrossModalRetriever(parts, CCA(4)).fit_collection(load_collection(cli_scenes))
    return retriever.save(tmp_path_factory.mktemp("cli-model") / "model")


@pytest.fixture
def command():
    """``command("search", model, ...)`` gives what click's runner does."""

    def run(*arguments, stdin=None):
        return CliRunner().invoke(main, [str(one) for one in arguments], catch_exceptions=False, input=stdin)

    return run
