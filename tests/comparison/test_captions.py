"""The caption protocol against an oracle that counts ranks one pair at a time."""

import json
import statistics
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from classicxm.alignment import CCA
from classicxm.cli import main
from classicxm.comparison import assess, captions_of, single_captions
from classicxm.datasets import Collection, load_collection, make_scenes
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.text import TfidfText


class Table:
    """Describes an item by a table of small whole numbers, so that scores tie exactly."""

    def __init__(self, table):
        self.table = table

    def transform(self, items):
        return np.array([self.table[item] for item in items], float)

    def get_params(self, deep=True):
        return {}


def retriever_of(texts, images):
    return SimpleNamespace(
        extractors_={"text": Table(texts), "image": Table(images)},
        aligner_=SimpleNamespace(transform_view=lambda modality, X: X, score_metric="dot"),
        indexes_={"text": None, "image": None},
        learned_ids_=[],
    )


def drawn(seed, n_items=14, largest=2):
    """Items of 0 to 5 captions, and vectors that tie often."""
    random = np.random.default_rng(seed)
    texts, images, records = {}, {}, []
    for n in range(n_items):
        count = int(random.integers(0, 6))
        captions = [f"caption {n} {k}" for k in range(count)]
        texts |= {caption: random.integers(0, largest + 1, 3) for caption in captions}
        images[f"{n}.png"] = random.integers(0, largest + 1, 3)
        record = {"id": f"i{n}", "image": f"{n}.png", "text": captions}
        records.append(record if count else {"id": f"i{n}", "image": f"{n}.png"})
    return Collection(records), texts, images


def ranks(queries, gallery, ties):
    """The rank of the best own item of every query that has one, counted; both are lists of (owner, vector)."""
    found = []
    for owner, vector in queries:
        scores = [sum(a * b for a, b in zip(vector, other, strict=True)) for _, other in gallery]
        own = [place for place, (other, _) in enumerate(gallery) if other == owner]
        if not own:
            continue
        best = max(scores[place] for place in own)
        above = sum(score > best for score in scores)
        level = [place for place, score in enumerate(scores) if score == best]
        before = {
            "gallery_order": next(i for i, place in enumerate(level) if place in own),
            "optimistic": 0,
            "pessimistic": sum(place not in own for place in level),
        }
        found.append(1 + above + before[ties])
    return found


@pytest.mark.parametrize("ties", [None, "optimistic", "pessimistic"])
@pytest.mark.parametrize("seed", range(6))
def test_figures_are_those_of_the_oracle(seed, ties):
    collection, texts, images = drawn(seed)
    captions = [(r["id"], texts[c]) for r in collection for c in captions_of(r.get("text"))]
    photos = [(r["id"], images[r["image"]]) for r in collection]
    assessment = assess(retriever_of(texts, images), collection, "captions", ties=ties)
    got = {(f.direction, f.measure): f.value for f in assessment.figures}
    for direction, sides in {"text->image": (captions, photos), "image->text": (photos, captions)}.items():
        found = ranks(*sides, ties or "gallery_order")
        expected = {f"Success@{k}": statistics.fmean(rank <= k for rank in found) for k in (1, 5, 10)}
        expected |= {"MedianRank": statistics.median(found), "MeanRank": statistics.fmean(found)}
        for name, value in expected.items():
            assert got.pop((direction, name)) == pytest.approx(value, abs=1e-12), (direction, name)
    assert not got
    without = [r["id"] for r in collection if r.get("text") is None]
    assert [note.id for note in assessment.skipped] == without


def test_by_hand():
    # a's captions score 3 and 0 for its photo, b's one caption 2 and for a's photo 5.
    texts = {"a0": (3, 0), "a1": (0, 1), "b0": (5, 2)}
    images = {"a.png": (1, 0), "b.png": (0, 1)}
    collection = Collection(
        [{"id": "a", "image": "a.png", "text": ["a0", "a1"]}, {"id": "b", "image": "b.png", "text": "b0"}]
    )
    figures = assess(retriever_of(texts, images), collection, "captions").figures
    got = {(f.direction, f.measure): f for f in figures}
    assert got["image->text", "Success@1"].value == 0.5  # a: b0 is first, a0 second; b: b0 first
    assert got["image->text", "MeanRank"].value == 1.5
    assert got["text->image", "Success@1"].value == pytest.approx(1 / 3)  # a0 alone finds its photo first
    assert got["text->image", "MedianRank"].value == 2
    one = got["image->text", "Success@1"]
    assert (one.n_queries, one.n_items) == (2, 3)
    assert one.random == pytest.approx((2 / 3 + 1 / 3) / 2)
    assert got["text->image", "Success@1"].random == 0.5


def test_all_tied_is_chance_under_average():
    collection, texts, images = drawn(3)
    texts = dict.fromkeys(texts, (0, 0, 0))
    for figure in assess(retriever_of(texts, images), collection, "captions", ties="average").figures:
        if figure.measure != "MedianRank":
            assert figure.value == pytest.approx(figure.random)


def test_trec_ties_name_every_caption():
    texts = {"x": (1,), "y": (1,), "z": (0,)}
    collection = Collection(
        [{"id": "a", "image": "a.png", "text": ["x", "z"]}, {"id": "b", "image": "b.png", "text": "y"}]
    )
    retriever = retriever_of(texts, {"a.png": (1,), "b.png": (1,)})
    got = {
        (f.direction, f.measure): f.value
        for f in assess(retriever, collection, "captions", ties="trec").figures
    }
    assert got["image->text", "MeanRank"] == 1.5  # b#0 stands before a#0
    with pytest.raises(ValueError, match="ties must be one of"):
        assess(retriever, collection, "captions", ties="none")
    with pytest.raises(ValueError, match=r"unknown protocol 'caption'; choose one of wiki, .*, captions"):
        assess(retriever, collection, "caption")


def test_captions_of_files_and_lists(tmp_path):
    several = tmp_path / "a.txt"
    several.write_text("a dog\n\n  a brown dog \n", encoding="utf-8")
    assert captions_of(several) == ["a dog", "a brown dog"]
    assert captions_of(["one", several, ""]) == ["one", "a dog", "a brown dog"]
    records = [{"id": 1, "text": several, "label": "x"}, {"id": 2, "image": "b.png"}, {"id": 3, "text": " "}]
    captions, names = single_captions(records)
    assert names == ["1#0", "1#1"] and [c["label"] for c in captions] == ["x", "x"]
    assert records[0]["text"] == several


def fitted(scenes):
    return CrossModalRetriever({"text": TfidfText(), "image": ColorHistogram()}, CCA(4)).fit_collection(
        scenes
    )


def test_real_parts_agree_with_single_searches():
    scenes = make_scenes(60, modalities=("text", "image"), random_state=1)
    words = [{**r, "text": [r["text"], *r["text"].split()[: n % 3]]} for n, r in enumerate(scenes)]
    retriever = fitted(scenes)
    held = Collection(words).split("test")
    figures = {(f.direction, f.measure): f.value for f in assess(retriever, held, "captions").figures}
    images = retriever.aligner_.transform_view(
        "image", retriever.extractors_["image"].transform(held.column("image"))
    )
    hits = []
    for row, record in enumerate(held):
        for caption in record["text"]:
            text = retriever.aligner_.transform_view(
                "text", retriever.extractors_["text"].transform([caption])
            )[0]
            cosines = [text @ X / (np.linalg.norm(text) * np.linalg.norm(X) or 1) for X in images]
            hits.append(sum(c > cosines[row] + 1e-9 for c in cosines) < 5)
    assert figures["text->image", "Success@5"] == pytest.approx(np.mean(hits), abs=2.1 / len(hits))


@pytest.mark.parametrize("kind", ["manifest", "folder"])
def test_command_on_manifests_and_folders(kind, tmp_path):
    scenes = make_scenes(50, folder=tmp_path / "scenes", modalities=("text", "image"))
    CliRunner().invoke(main, [], catch_exceptions=False)
    model = tmp_path / "m"
    fitted(scenes).save(model)
    if kind == "manifest":
        lists = [{**r, "text": [r["text"], r["text"].upper()]} for r in scenes if r["split"] == "test"]
        source = tmp_path / "scenes" / "captions.jsonl"
        Collection(lists).write_manifest(source)
        n_items = len(lists)
    else:
        source, n_items = tmp_path / "own", 6
        source.mkdir()
        for n, record in enumerate(scenes.split("test")[i] for i in range(n_items)):
            (source / f"{n}.png").write_bytes(Path(record["image"]).read_bytes())
            (source / f"{n}.txt").write_text(f"{record['text']}\n{record['text'].split()[0]}\n")
        (source / "alone.png").write_bytes((source / "0.png").read_bytes())
        assert len(load_collection(source)) == n_items + 1
    json_file = tmp_path / "figures.json"
    arguments = ["evaluate", model, source, "--split", "all", "--protocol", "captions", "--n-jobs", 1]
    done = CliRunner().invoke(
        main, [str(a) for a in [*arguments, "--json", json_file]], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    figures = json.loads(json_file.read_text())
    assert figures["protocol"] == "captions"
    sizes = {(f["direction"], f["n_queries"], f["n_items"]) for f in figures["figures"]}
    extra = kind == "folder"
    assert sizes == {("image->text", n_items, 2 * n_items), ("text->image", 2 * n_items, n_items + extra)}
    assert len(figures["figures"]) == 10
    assert len(figures["skipped"]) == extra and all("no caption" in note for note in figures["skipped"])
