"""The demo: a data set that needs no download, from pictures to figures and a page of example answers."""

import tempfile
import time
from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from classicxm.comparison import assess
from classicxm.datasets import Collection, load_openmoji, load_stamps, make_scenes
from classicxm.persistence import check_place
from classicxm.reports import Answer, score_meaning, write_page
from classicxm.reports.tables import aligned
from classicxm.retrieval import CrossModalRetriever, make_retriever

__all__ = ["run_demo"]

N_EXAMPLES = 6
ASKED = {
    "openmoji": ["a red car", "yellow fruit", "sleepy face", "green plant"],
    "stamps": ["a red flower", "a bird", "a truck", "green vegetable"],
    "scenes": ["a red circle", "a blue square on the left", "two green triangles", "yellow star"],
}


def run_demo(
    dataset: str,
    language: str,
    recipe: str,
    page: str | PathLike[str],
    n_jobs: int | None,
    on_error: str,
    cache: str | PathLike[str] | None,
    say: Callable[[str], object],
) -> None:
    """Fit on the training split, measure on the test split, write the page; ``say`` prints a line."""
    started = time.perf_counter()
    check_place(page)
    modalities = ("text", "image")
    # what somebody types means one picture, so own partners count, not the classes that pages mark
    retriever = make_retriever(
        recipe, modalities, n_jobs=n_jobs, on_error=on_error, cache=cache, select=True, aim="partner"
    )
    with tempfile.TemporaryDirectory() as folder:
        collection = _collection(dataset, language, folder)
        training, test = collection.split("train"), collection.split("test")
        say(f"{collection.name}: {len(training)} items to learn from, {len(test)} held out, recipe {recipe}")
        retriever.fit_collection(collection)
        assessment = assess(retriever, test, training=training)
        say(aligned(assessment.table()))
        answers = _asked(retriever, ASKED[dataset] if language == "en" else [], set(test.ids))
        answers += _examples(retriever, test, modalities)
        note = (
            f"Trained on {len(training)} items, answers come from the {len(test)} held-out ones. A green frame marks "
            f"the query's class. {collection.attribution}"
        )
        title = f"classicxm demo: {collection.name}, recipe {recipe}"
        meaning = score_meaning(retriever.aligner_.score_metric)
        written = write_page(
            page, title, note, answers, assessment.table(), meaning, opened=retriever.stored_media
        )
    say(f"{time.perf_counter() - started:.0f} s; page of example answers: {written}")


def _collection(dataset: str, language: str, folder: str) -> Collection:
    if dataset == "openmoji":
        return load_openmoji(language)
    if dataset == "stamps":
        return load_stamps(language)
    return make_scenes(400, folder=Path(folder), modalities=("text", "image"))


def _asked(retriever: CrossModalRetriever, texts: Sequence[str], allowed: set[str]) -> list[Answer]:
    """Answers to texts that somebody might type."""
    return [
        Answer(
            "text -> image", {"text": text}, "image", retriever.search({"text": text}, "image", 6, allowed)
        )
        for text in texts
    ]


def _examples(retriever: CrossModalRetriever, test: Collection, modalities: tuple[str, str]) -> list[Answer]:
    """Answers to held-out items, spread evenly over the split, alternating in direction."""
    rows = np.linspace(0, len(test) - 1, min(N_EXAMPLES, len(test))).astype(int)
    answers = []
    for number, row in enumerate(rows.tolist()):
        source, target = modalities if number % 2 else modalities[::-1]
        record = test[row]
        hits = retriever.search({source: record[source]}, target, 6, set(test.ids))
        query = {source: record[source], "label": record.get("label")}
        answers.append(Answer(f"{source} -> {target}", query, target, hits))
    return answers
