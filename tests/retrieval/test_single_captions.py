"""Captions indexed one by one: an item is answered once, by its best caption, whatever happens to the index."""

import json
import re

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from classicxm.alignment import CCA
from classicxm.cli import main
from classicxm.comparison import assess
from classicxm.datasets import Collection, load_collection, make_scenes
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.additions import summary
from classicxm.retrieval.explanation import explain_found
from classicxm.retrieval.exported import exported_items
from classicxm.retrieval.single_captions import caption_rows, stored_caption
from classicxm.search import ExactIndex, FaissIndex, HammingIndex, LSHIndex, ShardedIndex
from classicxm.text import TfidfText

WORDS = ["red", "blue", "green", "circle", "square", "triangle", "star", "big", "small"]


def scenes(n=60):
    """Pictures with one to four captions; the first is the scene's own."""
    random = np.random.default_rng(0)
    records = []
    for record in make_scenes(n, modalities=("text", "image")):
        others = [" ".join(random.choice(WORDS, 3)) for _ in range(random.integers(0, 4))]
        records.append({**record, "text": [record["text"], *others]})
    return Collection(records, name="scenes")


def fitted(collection, index=None, captions="single"):
    extractors = {"text": TfidfText(), "image": ColorHistogram()}
    retriever = CrossModalRetriever(extractors, CCA(4), index, captions=captions)
    return retriever.fit_collection(collection)


@pytest.fixture(scope="module")
def collection():
    return scenes()


@pytest.fixture(scope="module")
def retriever(collection):
    return fitted(collection)


def expected(retriever, collection, query, k, keep=lambda record: True):
    """Ids with the scores and words of their best captions, worked out caption by caption."""
    (q,) = retriever.project("image", [query])
    projected = iter(retriever.project("text", [text for record in collection for text in record["text"]]))
    found = []
    for place, record in enumerate(collection):
        vectors = np.array([next(projected) for _ in record["text"]])
        if keep(record):
            scores = vectors @ q / np.linalg.norm(vectors, axis=1) / np.linalg.norm(q)
            best = int(np.argmax(scores.round(6)))
            found.append((-scores[best].round(5), place, record["id"], record["text"][best]))
    return [(key, caption) for _, _, key, caption in sorted(found)[:k]]


def answers(hits):
    return [(hit.id, hit.payload["best_caption"]) for hit in hits]


INDEXES = {
    "exact": lambda: None,
    "lsh": lambda: LSHIndex(n_tables=2, n_bits=2, n_probes=8),
    "hamming": lambda: HammingIndex(n_bits=8, n_reranked=10_000),
    "faiss": lambda: FaissIndex(),
    "sharded": lambda: ShardedIndex([ExactIndex(), ExactIndex()]),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "exact" else pytest.mark.slow) for name in INDEXES]
)
def test_items_are_answered_once_by_their_best_caption_through_every_change(name, collection, tmp_path):
    retriever, query = fitted(collection, INDEXES[name]()), collection[7]["image"]
    asked = {"image": query}
    assert answers(retriever.search(asked, "text", k=8)) == expected(retriever, collection, query, 8)
    test = retriever.search(asked, "text", k=5, where="split=test")
    assert answers(test) == expected(retriever, collection, query, 5, lambda r: r["split"] == "test")

    loaded = CrossModalRetriever.load(retriever.save(tmp_path / "m"))
    gone = [hit.id for hit in loaded.search(asked, "text", k=3)]
    loaded.remove(gone)
    left = expected(retriever, collection, query, 6, lambda r: r["id"] not in gone)
    assert answers(loaded.search(asked, "text", k=6)) == left

    changed = {**collection[20], "text": ["a small star", collection[7]["text"][0], "zzzz"]}
    loaded.add_collection(Collection([changed]), replace=True)
    loaded.add("text", [["red circle", "blue square"]], ["new"], [{"text": ["red circle", "blue square"]}])
    kept = [r for r in collection if r["id"] not in (*gone, changed["id"])]
    new = {"id": "new", "text": ["red circle", "blue square"]}
    now = Collection([*kept, {**changed, "text": changed["text"][:2]}, new])
    again = CrossModalRetriever.load(loaded.save(tmp_path / "again"))
    assert answers(again.search(asked, "text", k=6)) == expected(retriever, now, query, 6)
    n = sum(len(record["text"]) for record in now)
    assert (len(again.indexes_["text"]), summary(again)["captions"]) == (len(now), n)


def test_a_query_of_texts_finds_pictures_as_ever(collection, retriever):
    together = fitted(collection, captions="together")
    asked = {"text": "a red circle"}
    assert retriever.search(asked, "image", k=5) == together.search(asked, "image", k=5)
    assert "best_caption" not in together.search(asked, "text", k=1)[0].payload
    assert "captions" not in summary(together)
    assert len(retriever.search({"id": collection[0]["id"]}, "any", k=60)) == 60


def test_recommendations_name_captions_too(collection, retriever):
    hits = retriever.recommend([collection[0]["id"]], "text", k=4)
    assert all(hit.payload["best_caption"] in hit.payload["text"] for hit in hits)


def test_an_explanation_is_that_of_the_caption_that_was_found(collection, retriever):
    asked = {"image": collection[3]["image"]}
    for hit in retriever.search(asked, "text", k=5):
        why = retriever.explain(asked, hit, "text")
        assert why.score == pytest.approx(hit.score, abs=1e-5)
        words = sum(word.contribution for word in why.target.words) + why.target.baseline
        assert words == pytest.approx(why.score, abs=1e-5)
        assert {word.term for word in why.target.words} <= set(
            re.findall(r"\w+", hit.payload["best_caption"].lower())
        )


def test_a_whole_item_is_explained_by_each_of_its_captions(tmp_path):
    items = make_scenes(30, folder=tmp_path, modalities=("text", "image"))
    items = Collection(
        [{**record, "text": [record["text"], "a big star"]} for record in items], root=items.root
    )
    retriever = fitted(items)
    asked = {"text": "a red circle"}
    (wanted,) = retriever.project("text", [asked["text"]])
    for hit in retriever.search(asked, "any", k=3):
        score, _, found = explain_found(retriever, wanted, hit.id, "any")
        assert score == pytest.approx(hit.score, abs=1e-6)
        assert [side.modality for side in found] == ["text", "text", "image"]
        assert [side.content for side in found[:2]] == hit.payload["text"]
        words = sum(word.contribution for side in found for word in side.words) + found[2].heat_map.sum()
        assert words + sum(side.baseline for side in found) == pytest.approx(score, abs=1e-6)


def test_exports_have_a_row_for_every_caption(collection, retriever):
    (raw,) = exported_items(retriever, ["text"], raw=True)
    assert raw.vectors == pytest.approx(
        retriever.extractors_["text"].transform([p["text"] for p in raw.payloads])
    )
    (texts,) = exported_items(retriever, ["text"])
    captions = [(record["id"], caption) for record in collection for caption in record["text"]]
    assert [
        (key, payload["text"]) for key, payload in zip(texts.ids, texts.payloads, strict=True)
    ] == captions
    projected = retriever.project("text", [caption for _, caption in captions])
    projected /= np.linalg.norm(projected, axis=1, keepdims=True)
    lengths = np.linalg.norm(texts.vectors, axis=1, keepdims=True)
    assert texts.vectors / lengths == pytest.approx(projected, abs=1e-5)


def test_figures_are_those_of_the_index(collection, retriever):
    test = collection.split("test")
    figures = {(f.direction, f.measure): f.value for f in assess(retriever, test).figures}
    ranks = []
    for record in test:
        found = retriever.search({"image": record["image"]}, "text", k=len(test), where="split=test")
        ranks.append([hit.id for hit in found].index(record["id"]) + 1)
    assert figures["image->text", "Success@1"] == pytest.approx(np.mean([rank <= 1 for rank in ranks]))
    assert figures["image->text", "MedianRank"] == pytest.approx(np.median(ranks))
    captions = assess(retriever, test, "captions").figures
    assert {f.n_items for f in captions} == {len(test), sum(len(record["text"]) for record in test)}


def test_random_pairs_are_those_of_best_captions(collection, retriever):
    together = fitted(collection, captions="together").match_bounds_
    bounds = retriever.match_bounds_
    assert bounds["image"]["text"] > together["image"]["text"]
    assert bounds["text"]["image"] == pytest.approx(together["text"]["image"])


def test_captions_of_unknown_words_are_left_out_beside_others():
    extractor = TfidfText().fit(["red disc", "blue ball"])
    rows = caption_rows(extractor, [["zzz", "red", "qqq"], ["zzz", "qqq"], "blue"], ["a", "b", "c"])
    assert (rows.items.tolist(), rows.numbers) == ([0, 1, 2], [1, 0, 0])
    assert [note.id for note in rows.empty] == ["b"]


def test_lines_of_a_file_are_captions(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("red disc\n\nblue ball\n")
    extractor = TfidfText().fit(["red disc", "blue ball"])
    assert caption_rows(extractor, [path], ["a"]).numbers == [0, 1]
    assert stored_caption(path.read_text().strip(), 1) == "blue ball"
    extractor.set_params(on_error="skip")
    rows = caption_rows(extractor, [tmp_path / "none.txt", ["red", "blue"]], ["x", "y"])
    assert (rows.items.tolist(), rows.numbers, rows.skipped[0].id) == ([1, 1], [0, 1], "x")
    extractor.set_params(on_error="raise")
    with pytest.raises(ValueError, match="item 'x': text"):
        caption_rows(extractor, [["red"], tmp_path / "none.txt"], ["w", "x"])


def test_captions_of_a_file_are_named_line_by_line(tmp_path):
    for n in range(12):
        Image.new("RGB", (16, 16), (20 * n, 90, 200 - 10 * n)).save(tmp_path / f"{n}.png")
        (tmp_path / f"{n}.txt").write_text(f"a {WORDS[n % 3]} thing\n\nnumber {n % 4} {WORDS[n % 5]}\n")
    retriever = fitted(load_collection(tmp_path))
    Image.new("RGB", (16, 16), (0, 200, 0)).save(tmp_path / "new.png")
    (tmp_path / "new.txt").write_text("a red thing\nnumber 2 green\n")
    retriever.add_collection(load_collection(tmp_path).subset([12]))
    assert retriever.payload_["new"]["text"] == ["a red thing", "number 2 green"]
    found = [
        hit.payload
        for query in ("thing", "number")
        for hit in retriever.search({"text": query}, "text", k=13)
    ]
    assert all(payload["best_caption"] in payload["text"] for payload in found)
    assert {payload["text"].index(payload["best_caption"]) for payload in found} == {0, 1}


@pytest.mark.slow
def test_from_the_command_line(tmp_path):
    lines = [
        {"id": f"i{n}", "image": f"{n}.png", "text": [f"a {WORDS[n % 3]} thing", f"number {n % 4} here"]}
        for n in range(24)
    ]
    for n in range(24):
        colour = [0, 0, 0]
        colour[n % 3] = 150 + n
        Image.new("RGB", (32, 32), tuple(colour)).save(tmp_path / f"{n}.png")
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, lines)))
    model = str(tmp_path / "m")
    options = [
        "--quick",
        "--captions",
        "single",
        "--extractor",
        "image=ColorHistogram",
        "--recipe",
        "baseline",
    ]
    done = CliRunner().invoke(main, ["fit", str(tmp_path), "-o", model, *options])
    assert done.exit_code == 0, done.output
    assert "24 text" in done.output
    done = CliRunner().invoke(
        main, ["search", model, "--image", str(tmp_path / "1.png"), "--target", "text", "--json"]
    )
    best = json.loads(done.stdout)["hits"][0]["payload"]["best_caption"]
    assert best in lines[1]["text"]
    done = CliRunner().invoke(main, ["info", model, "--json"])
    assert json.loads(done.stdout)["captions"] == 48
    done = CliRunner().invoke(main, ["fit", "--shards", str(tmp_path), "-o", model, "--captions", "single"])
    assert done.exit_code == 2 and "--captions" in done.output
