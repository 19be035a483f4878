"""What a comparison is made of: training and test items, and their features by recipe, as published or as brought."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classicxm.comparison.embedded import check_embeddings, with_embeddings
from classicxm.comparison.item_rows import ItemRows, caption_rows
from classicxm.comparison.material import Material, labels_of
from classicxm.comparison.trials import FeatureSet, Targets
from classicxm.datasets import Collection, load_collection, load_wikipedia, load_wikipedia_texts
from classicxm.datasets.partition import hold_out
from classicxm.media import MODALITIES
from classicxm.retrieval.description import describe_view, fit_extractor, set_execution
from classicxm.retrieval.recipes import RECIPES, extractor_of

__all__ = ["collection_material", "find_material", "wikipedia_material"]

PUBLISHED = "published"
WIKIPEDIA = "wikipedia:"


def find_material(
    source: Any,
    features: Any = None,
    modalities: Sequence[str] | None = None,
    embeddings: Sequence[str] = (),
    **settings: Any,
) -> Material:
    """The `Material` of a collection, or of ``wikipedia:DIR``.

    Parameters
    ----------
    source : str or path
    features, modalities
        See `collection_material`.
    embeddings : sequence of str
        See `with_embeddings`.
    **settings
        test, holdout, relevance, n_jobs, on_error, cache and allow_outside of `collection_material`.
    """
    source = str(source)
    check_embeddings(embeddings)
    if source.startswith(WIKIPEDIA):
        own_split = settings.get("test") is None and settings.get("holdout") is None
        if not own_split or (modalities is not None and sorted(modalities) != ["image", "text"]):
            raise ValueError(
                "wikipedia:DIR has images and texts and its own split; leave out --modalities, --test and --holdout"
            )
        material = wikipedia_material(source.removeprefix(WIKIPEDIA), features)
    else:
        material = collection_material(source, features, modalities, **settings)
    return with_embeddings(material, embeddings) if embeddings else material


def wikipedia_material(folder: str | Path, features: Any = None) -> Material:
    """The set of Rasiwasia et al. (2010) with its published features."""
    for name in features or ():
        if name != PUBLISHED:
            raise ValueError(
                f"unknown features {name!r}; wikipedia:DIR has {PUBLISHED}, others come with --embeddings"
            )
    matrices = load_wikipedia(folder)
    modalities = ["image", "text"]
    texts = {}
    if (Path(folder) / "texts").is_dir():
        texts = {record["id"]: record["text"] for record in load_wikipedia_texts(folder)}
    records = {}
    for split in ("train", "test"):
        part = matrices[split]
        records[split] = [
            {
                "id": text_id,
                "image_id": image_id,
                "text": texts.get(text_id, text_id),
                "label": matrices.categories[label - 1],
            }
            for text_id, image_id, label in zip(part.text_ids, part.image_ids, part.labels, strict=True)
        ]
    published = FeatureSet(
        {m: matrices["train"][m] for m in modalities},
        {m: matrices["test"][m] for m in modalities},
        "images: 128 words of SIFT; texts: 10 topics of LDA, as published with the set",
    )
    everything = records["train"] + records["test"]
    return Material(
        "wikipedia",
        records["train"],
        records["test"],
        modalities,
        {PUBLISHED: published},
        "official",
        everything,
    )


def collection_material(
    source: Any,
    features: Any = None,
    modalities: Sequence[str] | None = None,
    test: str | None = None,
    relevance: str = "class",
    *,
    n_jobs: int | None = None,
    on_error: str = "raise",
    cache: str | Path | None = None,
    allow_outside: bool = False,
    holdout: float | None = None,
) -> Material:
    """A collection described by recipes.

    Parameters
    ----------
    source : path
        A folder or manifest; see `classicxm.datasets.load_collection`.
    features : sequence of str, default=("baseline",)
        Keys of `classicxm.retrieval.RECIPES`, learned on the training items.
    modalities : sequence of str, optional
        By default the two that most items have, in the order of `MODALITIES`; items that lack one are left out.
    test : str, optional
        COLUMN=VALUE of the test items, all others being for training. By default the splits "train" and "test", or
        the last of a column "fold".
    relevance : {"class", "instance"}, default="class"
        Whether labels are needed, which is better said before anything is described. For instances every caption of
        a held-out text is a row of its own, as papers on captions rank them; what is learned from has them joined.
    n_jobs, on_error, cache
        As for `CrossModalRetriever`.
    allow_outside : bool, default=False
        As for `load_collection`.
    holdout : float, optional
        Share of a collection without splits that becomes the test items, the same that ``classicxm fit --holdout``
        keeps aside; see `classicxm.datasets.partition.hold_out`.

    Returns
    -------
    Material
    """
    features = ("baseline",) if features is None else features
    for name in features:
        if name not in RECIPES:
            raise ValueError(f"unknown features {name!r}; choose one of {', '.join(RECIPES)}")
    collection = load_collection(source, "skip" if on_error == "skip" else "raise", allow_outside)
    if holdout is not None:
        if test is not None:
            raise ValueError("--test and --holdout both say which items are held out; give one of the two")
        collection = hold_out(collection, holdout)
    modalities = _modalities(collection, modalities)
    complete = collection.with_modalities(*modalities)
    lacking = len(collection) - len(complete)
    skipped: list[Any] = list(collection.problems)
    if lacking:
        skipped.append(
            f"{lacking} of {len(collection)} items of {collection.name} lack {' or '.join(modalities)}"
        )
    learned, held, split = _parts(collection, complete, test)
    split = split if holdout is None else f"no splits, so {holdout:g} of the items were drawn for the test"
    if relevance == "class":
        targets = Targets(labels_of(collection.name, learned), labels_of(collection.name, held))
        targets.check(len(learned), len(held))
    settings = {"n_jobs": n_jobs, "on_error": on_error, "cache": cache}
    captions = caption_rows(learned, held) if relevance == "instance" and "text" in modalities else None
    single = {} if captions is None else {"text": captions}
    described, kept, left_out = _described(features, modalities, learned, held, single, settings)
    # rows that are learned from, and rows that are measured
    taken = np.array([kept, kept])
    taken[0, len(learned) :], taken[1, : len(learned)] = False, False
    sets = {
        name: _parted({m: described[name, m] for m in modalities}, taken, single, _note(name, modalities))
        for name in features
    }
    everything = learned + held
    train, held_out = ([everything[row] for row in np.flatnonzero(part)] for part in taken)
    return Material(
        collection.name, train, held_out, modalities, sets, split, list(collection), skipped + left_out
    )


def _described(
    features: Sequence[str],
    modalities: Sequence[str],
    learned: list[Any],
    held: list[Any],
    single: Mapping[str, ItemRows],
    settings: Mapping[str, Any],
) -> tuple[dict[tuple[str, str], tuple[ItemRows, np.ndarray]], np.ndarray, list[Any]]:
    """Rows and features by (recipe, modality); which items all could describe; and notes on the others."""
    described: dict[tuple[str, str], tuple[ItemRows, np.ndarray]] = {}
    kept, skipped = np.ones(len(learned) + len(held), bool), []
    for name in features:
        for modality in modalities:
            rows = single.get(modality) or ItemRows.of_items(modality, learned + held)
            view = _describe(name, modality, rows, len(learned), settings)
            found = described[name, modality] = rows.of(view.kept), view.features
            kept[np.setdiff1d(np.arange(len(kept)), found[0].owners)] = False
            skipped += view.skipped
    return described, kept, skipped


def _parted(
    described: Mapping[str, tuple[ItemRows, np.ndarray]],
    taken: np.ndarray,
    single: Mapping[str, ItemRows],
    note: str,
) -> FeatureSet:
    """Training and test rows, of the items that (2, n) marks for each; items of the test are numbered anew."""
    parts = [{m: X[part[rows.owners]] for m, (rows, X) in described.items()} for part in taken]
    numbers = np.cumsum(taken[1]) - 1
    owners = {
        m: numbers[rows.owners[taken[1, rows.owners]]] for m, (rows, _) in described.items() if m in single
    }
    return FeatureSet(parts[0], parts[1], note, owners)


def _describe(name: str, modality: str, rows: ItemRows, n_learned: int, settings: Mapping[str, Any]) -> Any:
    extractor = extractor_of(name, modality)
    set_execution(extractor, **settings)
    fit_extractor(extractor, modality, rows.contents[:n_learned], rows.names[:n_learned])
    return describe_view(extractor, modality, rows.contents, rows.names)


def _modalities(collection: Collection, asked: Sequence[str] | None) -> list[str]:
    if asked is None:
        counts = {m: sum(m in record for record in collection) for m in collection.modalities}
        asked = sorted(sorted(counts, key=lambda one: counts[one], reverse=True)[:2], key=MODALITIES.index)
    asked = list(asked)
    if len(set(asked)) < 2 or len(set(asked)) < len(asked):
        raise ValueError(
            f"a comparison needs at least two different modalities, got {', '.join(asked) or 'none'}"
        )
    for modality in asked:
        if modality not in collection.modalities:
            raise ValueError(f"{collection.name} has {', '.join(collection.modalities)}, not {modality!r}")
    return asked


def _parts(
    collection: Collection, complete: Collection, test: str | None
) -> tuple[list[Any], list[Any], str]:
    """Training and test records of the complete items, and the rule in words; ValueError where one part is empty."""
    is_test, split = _is_test(collection, test)
    learned = [record for record in complete if is_test(record) is False]
    held = [record for record in complete if is_test(record) is True]
    for name, part in (("training", learned), ("test", held)):
        if not part:
            raise ValueError(
                f"{collection.name} has no {name} items with {' and '.join(complete.modalities)} ({split})"
            )
    return learned, held, split


def _is_test(
    collection: Collection, test: str | None
) -> tuple[Callable[[Mapping[str, Any]], bool | None], str]:
    """A function of records (True test, False training, None neither), and the rule in words."""
    if test is not None:
        column, equals, value = test.partition("=")
        if not equals or not any(str(v) == value for v in collection.column(column)):
            raise ValueError(f"--test must be COLUMN=VALUE of some items of {collection.name}, got {test!r}")
        return lambda record: str(record.get(column)) == value, f"test items have {test}"
    if not collection.split_names and all(fold is not None for fold in collection.column("fold")):
        last = max(collection.column("fold"), key=lambda fold: (isinstance(fold, str), fold))
        return (
            lambda record: record["fold"] == last,
            f"no splits, so fold {last} is test and the others training",
        )
    for name in ("train", "test"):
        if name not in collection.split_names:
            raise ValueError(
                f"{collection.name} has no items in split {name!r} (it has "
                f'{", ".join(map(repr, collection.split_names)) or "no splits at all"}); mark items with "split", or '
                f"give {'--holdout 0.2 or ' if not collection.split_names else ''}--test COLUMN=VALUE"
            )
    return lambda record: {"train": False, "test": True}.get(record.get("split")), "splits train and test"


def _note(name: str, modalities: Sequence[str]) -> str:
    parts = [f"{modality}: {' '.join(repr(extractor_of(name, modality)).split())}" for modality in modalities]
    return "; ".join(parts)
