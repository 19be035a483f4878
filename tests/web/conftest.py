"""A collection with all four modalities on disk, a model of it, and an application that serves it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra web is not installed")

from fastapi.testclient import TestClient

from classicxm.alignment import CCA
from classicxm.audio import MFCC
from classicxm.base import Aligner
from classicxm.datasets import Collection, load_collection, make_scenes
from classicxm.encoding import Encoded, Statistics
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.text import TfidfText
from classicxm.video import FrameFeatures
from classicxm.web import Settings, create_app

N_ITEMS = 48


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    folder = tmp_path_factory.mktemp("scenes")
    make_scenes(N_ITEMS, folder=folder, modalities=("text", "image", "audio", "video"))
    return load_collection(folder)


def retriever_of(
    scenes: Collection, n_components: int = 6, aligner: Aligner | None = None
) -> CrossModalRetriever:
    extractors = {
        "text": TfidfText(),
        "image": ColorHistogram(),
        "audio": Encoded(MFCC(), Statistics(("mean", "std"))),
        "video": FrameFeatures(ColorHistogram(), n_frames=3),
    }
    return CrossModalRetriever(extractors, aligner or CCA(n_components)).fit_collection(scenes)


@pytest.fixture(scope="session")
def retriever(scenes: Collection) -> CrossModalRetriever:
    return retriever_of(scenes)


@pytest.fixture(scope="session")
def saved(retriever: CrossModalRetriever, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return retriever.save(tmp_path_factory.mktemp("saved") / "scenes-model")


@pytest.fixture(scope="session")
def client(retriever: CrossModalRetriever) -> Iterator[TestClient]:
    with TestClient(create_app(retriever, Settings()), base_url="http://127.0.0.1:8000") as client:
        yield client
