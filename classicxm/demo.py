"""The demo: a data set that needs no download, from pictures to figures and a page of example answers."""

import tempfile
import time
import warnings
from collections.abc import Callable
from os import PathLike
from pathlib import Path

import numpy as np

from classicxm.comparison import Assessment, assess
from classicxm.datasets import Collection, load_openmoji, load_stamps, make_scenes
from classicxm.errors import EmptyDescriptionWarning, UnknownWordsWarning
from classicxm.persistence import check_place
from classicxm.reports import Answer, score_meaning
from classicxm.reports.demo_page import Section, write_demo_page
from classicxm.reports.meanings import figure_meanings
from classicxm.reports.tables import aligned
from classicxm.retrieval import CrossModalRetriever, make_retriever

__all__ = ["run_demo"]

N_EXAMPLES = 6
N_SHOWN = 6
#: Under which key the name of an item stands, and of how many words a name is that somebody would type.
NAMES = {"openmoji": ("name", 3), "stamps": ("text", 3), "scenes": ("text", 14)}
NEXT = (
    ("classicxm serve", "the same in a browser: type, drop a picture, ask why"),
    ("classicxm fit PHOTOS -o my-model", "learn from a folder of your own, with dog.jpg beside dog.txt"),
    ('classicxm search my-model --text "a dog" --target image --html answers.html', "and search it"),
)


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
        table, verdict = assessment.table(), found_of_hundred(assessment)
        say(verdict)
        say(aligned(table))
        for name, words in figure_meanings([*dict.fromkeys(row[1] for row in table[1:]), *table[0]]):
            say(f"{name}: {words}")
        key, most_words = NAMES[dataset]
        with warnings.catch_warnings():  # words that only held-out names have are part of what is measured
            for category in (EmptyDescriptionWarning, UnknownWordsWarning):
                warnings.simplefilter("ignore", category)
            best = _best_names(retriever, test, key, most_words)
            examples = _examples(retriever, test, modalities, key)
        rule = (
            f"{N_EXAMPLES} held-out items, spread evenly over all {len(test)}, whatever is found. A green frame marks "
            "the query's class."
        )
        sections = [best, Section("As it is", rule, examples)]
        note = (
            f"Learned from {len(training)} items; answers come from the {len(test)} held-out ones. "
            f"{collection.attribution}"
        )
        title = f"classicxm demo: {collection.name}, recipe {recipe}"
        meaning = score_meaning(retriever.aligner_.score_metric)
        written = write_demo_page(
            page, title, verdict, sections, table, note, meaning, opened=retriever.stored_media
        )
    say(f"{time.perf_counter() - started:.0f} s; page of example answers: {written}")
    say("to try next:")
    width = max(len(command) for command, _ in NEXT)
    for command, words in NEXT:
        say(f"  {command:{width}}  # {words}")


def found_of_hundred(assessment: Assessment) -> str:
    """What an assessment comes to, in one sentence.

    >>> from classicxm.comparison.assessment import Figure
    >>> figure = Figure("text->image", "Success@10", 0.62, 0.6, 0.7, 0.0272, None, 368, 368)
    >>> found_of_hundred(Assessment([figure], [], "wiki"))
    'Given a text, it finds the right picture among the first ten of 368 in 62 of 100 cases; guessing would in 3.'
    """
    figure = next(f for f in assessment.figures if (f.direction, f.measure) == ("text->image", "Success@10"))
    return (
        f"Given a text, it finds the right picture among the first ten of {figure.n_items} in "
        f"{100 * figure.value:.0f} of 100 cases; guessing would in {100 * figure.random:.0f}."
    )


def _collection(dataset: str, language: str, folder: str) -> Collection:
    if dataset == "openmoji":
        return load_openmoji(language)
    if dataset == "stamps":
        return load_stamps(language)
    return make_scenes(400, folder=Path(folder), modalities=("text", "image"))


def _best_names(retriever: CrossModalRetriever, test: Collection, key: str, most_words: int) -> Section:
    """Names of held-out items that are found first, one per class."""
    named = [_name(record, key) for record in test]
    rows = [row for row, name in enumerate(named) if name and len(name.split()) <= most_words]
    allowed = set(test.ids)
    found: list[int] = []
    if rows:
        ids, _ = retriever.search_batch({"text": [named[row] for row in rows]}, "image", 1, allowed)
        found = [row for row, first in zip(rows, ids[:, 0], strict=True) if first == test.ids[row]]
    first_of: dict[str, int] = {}
    for row in found:
        first_of.setdefault(str(test.labels[row]), row)
    answers = []
    for row in list(first_of.values())[:N_EXAMPLES]:
        hits = retriever.search({"text": named[row]}, "image", N_SHOWN, allowed)
        query = {"text": named[row], "label": test.labels[row]}
        answers.append(Answer("text -> image", query, "image", hits, named=key))
    rule = (
        f"Names of held-out items, of at most {most_words} words, typed as they are: {len(found)} of {len(rows)} find "
        "their own picture first. Of each class the first of these in the order of the set is shown, up to "
        f"{N_EXAMPLES} classes. So this is the search at its best; what it does on any item is further below."
    )
    return Section("At its best", rule, answers)


def _name(record: dict, key: str) -> str:
    """The name of an item; of several captions the first."""
    name = record.get(key) or ""
    return str(name[0] if isinstance(name, (list, tuple)) else name)


def _examples(
    retriever: CrossModalRetriever, test: Collection, modalities: tuple[str, str], key: str
) -> list[Answer]:
    """Answers to held-out items, spread evenly over the split, alternating in direction."""
    rows = np.linspace(0, len(test) - 1, min(N_EXAMPLES, len(test))).astype(int)
    answers = []
    for number, row in enumerate(rows.tolist()):
        source, target = modalities if number % 2 else modalities[::-1]
        record = test[row]
        hits = retriever.search({source: record[source]}, target, N_SHOWN, set(test.ids))
        query = {source: record[source], "label": record.get("label")}
        answers.append(Answer(f"{source} -> {target}", query, target, hits, named=key))
    return answers
