"""Scores divided among words, regions and frames: sums, the right parts, and what cannot be explained."""

import json
import shutil

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, PowerTransformer, StandardScaler

from benchmarks.explanation import color_and_sift_words, judged, planted_scenes
from classicxm.alignment import CCA, PLSSVD, KernelCCA, KernelRidgeMatching, SemanticMatching
from classicxm.audio import MFCC
from classicxm.datasets import make_scenes
from classicxm.encoding import (
    BagOfWords,
    Encoded,
    FeatureBlocks,
    FisherVector,
    PrecomputedFeatures,
    Statistics,
)
from classicxm.errors import ItemError
from classicxm.image import HOG, LBP, ColorHistogram, DenseColor
from classicxm.media.audio import as_audio
from classicxm.reports import explained_page, write_explanation
from classicxm.reports.explanation_page import heat_picture
from classicxm.retrieval import CrossModalRetriever, Evidence, Hit
from classicxm.retrieval.explanation import explain_found
from classicxm.retrieval.fusion import early_fusion
from classicxm.search import ExactIndex
from classicxm.text import TfidfText, TopicsText
from classicxm.video import FrameFeatures

MODALITIES = ("text", "image", "audio", "video")


def sums(side):
    """Every way in which a side's parts and its baseline add up."""
    parts = [[word.contribution for word in side.words], [frame.contribution for frame in side.frames]]
    if side.heat_map is not None:
        parts.append(side.heat_map.ravel())
        assert sum(region.contribution for region in side.regions) == pytest.approx(side.heat_map.sum())
    return [np.sum(part) + side.baseline for part in parts if len(part)]


def assert_sums(why):
    for side in (why.query, why.target):
        assert sums(side) and np.allclose(sums(side), why.score, atol=1e-6), side.modality


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("explained")


@pytest.fixture(scope="module")
def scenes(folder):
    return make_scenes(40, folder=folder / "scenes")


@pytest.fixture(scope="module")
def fitted(scenes, folder):
    small = {"sample_size": 2000}
    local = DenseColor(step=8, bin_sizes=(6, 8))
    extractors = {
        "text": TopicsText("lsa", n_topics="auto"),
        "image": FeatureBlocks(
            [("fisher", Encoded(local, FisherVector(n_components=4), **small)), ("lbp", LBP())]
        ),
        "audio": Encoded(MFCC(deltas=1), Statistics(("mean", "std", "skewness", 5, 50)), **small),
        "video": FrameFeatures(ColorHistogram(), n_frames=4),
    }
    retriever = CrossModalRetriever(extractors, CCA("auto", ridge=1.0)).fit_collection(scenes, split=None)
    return CrossModalRetriever.load(retriever.save(folder / "model"))


@pytest.mark.parametrize("source", MODALITIES)
@pytest.mark.parametrize("target", MODALITIES)
def test_parts_sum_to_the_score_in_every_direction(fitted, scenes, source, target):
    query = {source: scenes[1][source]}
    hit = fitted.search(query, target, k=1)[0]
    why = fitted.explain(query, hit, target)
    assert why.score == pytest.approx(hit.score, abs=1e-6) and why.id == hit.id and why.metric == "cosine"
    assert (why.query.modality, why.target.modality) == (source, target)
    assert_sums(why)


def test_evidence_tells_where(fitted, scenes):
    why = fitted.explain({"text": scenes[1]["text"]}, scenes.ids[1], "video")
    assert why.target.heat_map.shape == (32, 32) and len(why.target.frames) == 48
    assert why.target.frames[0].start == 0 and why.target.frames[-1].end == pytest.approx(
        1.0
    )  # 12 frames at 12 a second
    assert all(a.end == b.start for a, b in zip(why.target.frames, why.target.frames[1:], strict=False))
    boxes = np.array([region.box for region in why.target.regions])
    assert boxes.shape == (32 * 32, 4) and boxes.min() == 0 and boxes.max() == 1
    contributions = [region.contribution for region in why.target.regions]
    assert contributions == sorted(contributions, reverse=True)
    told = json.loads(json.dumps(why.to_dict()))
    assert told["id"] == scenes.ids[1] and np.sum(told["target"]["heat_map"]) == pytest.approx(
        why.target.heat_map.sum()
    )
    assert {word["term"] for word in told["query"]["words"]} == {word.term for word in why.query.words}


def test_visual_words_tell_where_they_occur(fitted, scenes):
    why = fitted.explain({"text": scenes[1]["text"]}, scenes.ids[1], "image")
    words = why.target.visual_words
    assert len(words) == 4 and {word.block for word in words} == {"fisher"}  # all Gaussians; LBP has no words
    assert sorted(word.number for word in words) == [0, 1, 2, 3]
    contributions = [word.contribution for word in words]
    assert contributions == sorted(contributions, reverse=True)
    boxes = np.array([box for word in words for box in word.boxes])
    assert all(1 <= len(word.boxes) <= 3 for word in words) and (boxes[:, :2] < boxes[:, 2:]).all()
    assert boxes.min() >= 0 and boxes.max() <= 1
    told = json.loads(json.dumps(why.to_dict()))["target"]["visual_words"]
    assert [word["contribution"] for word in told] == contributions and len(told[0]["boxes"][0]) == 4
    page = explained_page(why)
    assert "strongest visual words" in page and page.count("data:image/jpeg") == 2 + len(boxes)
    assert "visual_words" not in fitted.explain({"text": "red"}, scenes.ids[1], "video").to_dict()["target"]


def test_words_of_one_vocabulary_add_up_to_the_regions():
    image = Encoded(DenseColor(step=8, bin_sizes=(6, 8)), BagOfWords(n_words=4), sample_size=2000)
    retriever, scenes = pictures_and_texts(make_pipeline(image, StandardScaler()))
    why = retriever.explain({"text": scenes[0]["text"]}, scenes.ids[0], "image", item=scenes[0]["image"])
    total = sum(word.contribution for word in why.target.visual_words)
    assert total == pytest.approx(why.target.heat_map.sum(), abs=1e-9)
    assert_sums(why)


def test_items_may_be_given(fitted, scenes):
    stored = fitted.explain({"text": "red"}, scenes.ids[3], "image")
    given = fitted.explain(
        {"text": "red"},
        Hit(scenes.ids[3], 0.0),
        "image",
        item=fitted.extractors_["image"].decode(scenes[3]["image"]),
    )
    assert stored.score == given.score and (stored.target.heat_map == given.target.heat_map).all()


def test_nothing_to_describe_still_sums(fitted, scenes):
    flat, silence = np.full((8, 40, 3), 90, np.uint8), as_audio(np.zeros(4000), 16000)
    for query in ({"text": ""}, {"text": "zebra"}, {"audio": silence}, {"image": flat}):
        why = fitted.explain(query, scenes.ids[0], "text")
        assert np.allclose(sums(why.target), why.score, atol=1e-6)
        assert why.query.baseline + sum(f.contribution for f in why.query.frames) + (
            0 if why.query.heat_map is None else why.query.heat_map.sum()
        ) == pytest.approx(why.score, abs=1e-6)
        assert "<section" in explained_page(why)


def pictures_and_texts(image, aligner=None, index=None):
    scenes = make_scenes(40, modalities=("text", "image"))
    aligner = CCA(4, ridge=0.5) if aligner is None else aligner
    retriever = CrossModalRetriever({"text": TfidfText(), "image": image}, aligner, index)
    return retriever.fit_collection(scenes, split=None), scenes


@pytest.mark.parametrize(
    "image",
    [
        make_pipeline(ColorHistogram(), StandardScaler()),
        make_pipeline(HOG(image_size=(32, 32)), Normalizer(), StandardScaler()),
        make_pipeline(ColorHistogram(bins=(2, 2, 2)), PowerTransformer(), StandardScaler()),
        FeatureBlocks(
            [("a", ColorHistogram()), ("b", HOG(image_size=(32, 32)))], weights={"b": 0.3}, norm="l1"
        ),
    ],
    ids=["scaled", "normalised", "not linear", "weighted blocks"],
)
def test_pipelines_and_blocks(image, request):
    retriever, scenes = pictures_and_texts(image)
    why = retriever.explain({"text": scenes[0]["text"]}, scenes.ids[0], "image", item=scenes[0]["image"])
    assert_sums(why)
    even = np.ptp(why.target.heat_map) < 1e-9
    assert even == ("not linear" in request.node.name)  # features only: the whole picture has it all


def test_dot_products_are_explained(fitted):
    retriever, scenes = pictures_and_texts(ColorHistogram(), PLSSVD(3), ExactIndex("dot"))
    hit = retriever.search({"text": scenes[0]["text"]}, "image", k=1)[0]
    number = scenes.ids.index(hit.id)
    why = retriever.explain({"text": scenes[0]["text"]}, hit, "image", item=scenes[number]["image"])
    assert why.metric == "dot" and why.score == pytest.approx(hit.score, abs=1e-6)
    assert_sums(why)


@pytest.mark.slow
def test_the_planted_word_and_region_carry_the_score():
    train, cases = make_scenes(400, modalities=("text", "image")), planted_scenes(20, seed=3)
    retriever = color_and_sift_words()
    for _, block in retriever.extractors["image"].blocks:
        block.set_params(local__step=6, encoder__n_words=128, sample_size=8000)
    retriever.fit_collection(train, split=None).add("image", cases.column("image"), cases.ids)
    seen = [
        judged(retriever.explain({"text": "a red circle"}, scene["id"], "image", item=scene["image"]), scene)
        for scene in cases
    ]
    # Of 20 cases right 95 times in 100, 18 or more are right with a probability of .92. Both at once are right by
    # chance in fewer than half of all cases, since the word alone is in half.
    assert sum(case["word"] for case in seen) >= 18
    assert sum(case["region"] for case in seen) >= 18
    both = sum(case["word and region"] for case in seen)
    assert binomtest(both, len(seen), 0.5, "greater").pvalue < 0.01
    assert max(case["distance"] for case in seen) < 1e-6


def test_pages_show_words_pictures_and_time(fitted, scenes, folder):
    page = write_explanation(
        folder / "new" / "why.html", fitted.explain({"text": "<b> red & circle"}, scenes.ids[2], "video")
    )
    text = page.read_text()
    assert text.count("data:image/jpeg;base64,") == 2 and text.count("<rect") == 48 and "<mark" in text
    assert "&lt;b&gt;" in text and "<b> red" not in text and "http" not in text and "<script" not in text
    assert ">baseline<" in text and "+0." in text


def test_heat_of_nothing_is_the_grey_picture():
    picture = heat_picture(np.full((4, 6, 3), 100, np.uint8), np.zeros((2, 3)))
    assert picture.shape == (4, 6, 3) and np.ptp(picture) == 0


def test_a_picture_alone_has_regions_and_words_have_none():
    assert Evidence("text", 0.0).regions == () and Evidence("text", 0.0).to_dict() == {
        "modality": "text",
        "baseline": 0.0,
    }


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda r: r.explain({"text": "a"}, "nobody", "image"),
            KeyError,
            "id 'nobody' is not in the image index",
        ),
        (
            lambda r: r.explain({"text": "a"}, ["scene-0000"], "image"),
            TypeError,
            r"one hit or id is explained at a time, got \['scene-0000'\]",
        ),
        (
            lambda r: r.explain({"sound": "a"}, "scene-0000", "image"),
            ValueError,
            "knows text, image, .*, not 'sound'",
        ),
        (
            lambda r: r.explain({"text": "a"}, "scene-0000", "any"),
            ValueError,
            "knows text, image, .*, not 'any'",
        ),
        (lambda r: r.explain({}, "scene-0000", "image"), ValueError, "one modality is explained at a time"),
        (
            lambda r: r.explain("red", "scene-0000", "image"),
            ValueError,
            "one modality is explained .* got red|got 'red'",
        ),
        (
            lambda r: r.explain({"image": "none.jpg"}, "scene-0000", "text"),
            ItemError,
            "item 'query': image cannot be described: none.jpg",
        ),
    ],
)
def test_wrong_calls_say_what_was_expected(fitted, call, error, words):
    with pytest.raises(error, match=words):
        call(fitted)


def test_lost_files_and_items_never_stored_are_asked_for(fitted, scenes, folder):
    path = folder / "scenes" / "passing.png"
    shutil.copy(scenes[0]["image"], path)
    fitted.add("image", [path, path], ["passing", "bare"], [{"image": path.name}, {}])
    path.unlink()
    with pytest.raises(
        ItemError, match=r"item 'passing': image cannot be described: .*passing.png.*give its content as item"
    ):
        fitted.explain({"text": "red"}, "passing", "image")
    with pytest.raises(ValueError, match="item 'bare' was indexed without its image; give that as item"):
        fitted.explain({"text": "red"}, "bare", "image")
    assert_sums(fitted.explain({"text": "red circle"}, "bare", "image", item=scenes[0]["image"]))


def test_texts_stored_as_files_are_read(fitted, folder):
    path = folder / "scenes" / "caption.txt"
    path.write_text("a red circle")
    fitted.add("text", [path], ["file"], [{"text": path.name}])
    words = fitted.explain({"text": "red"}, "file", "text").target.words
    assert {word.term for word in words} == {"red", "circle"}


def test_models_that_cannot_be_explained_say_why():
    with pytest.raises(NotFittedError):
        CrossModalRetriever({"text": TfidfText()}, CCA()).explain({"text": "a"}, "x", "image")
    retriever, scenes = pictures_and_texts(
        ColorHistogram(), KernelCCA(2, kernel="rbf", approximation="nystroem")
    )
    with pytest.raises(TypeError, match="explanations need a linear aligner such as CCA; KernelCCA is not"):
        retriever.explain({"text": "red"}, scenes.ids[0], "image", item=scenes[0]["image"])
    retriever, scenes = pictures_and_texts(ColorHistogram(), CCA(2), ExactIndex("euclidean"))
    with pytest.raises(
        ValueError, match=r"need scores by 'cosine' or 'dot', .* the model scores by 'euclidean'"
    ):
        retriever.explain({"text": "red"}, scenes.ids[0], "image", item=scenes[0]["image"])


def test_a_notebook_shows_the_parts(fitted, scenes):
    text = fitted.explain({"text": "red circle"}, scenes.ids[2], "video")._repr_html_()
    assert "<mark" in text and "<video" in text and "<rect" in text and "<html" not in text


@pytest.mark.parametrize("target", ["any", "image"])
@pytest.mark.parametrize(
    "aligner",
    [
        SemanticMatching(),
        KernelRidgeMatching(kernel="chi2"),
        KernelRidgeMatching(kernel="rbf", score_metric="cosine"),
    ],
    ids=["posteriors", "chi2", "rbf"],
)
def test_alignments_that_are_not_linear_divide_what_several_parts_found(aligner, target, tmp_path):
    scenes = make_scenes(40, folder=tmp_path, modalities=("text", "image"))
    extractors = {"text": TfidfText(), "image": ColorHistogram(bins=(2, 2, 2))}
    retriever = CrossModalRetriever(extractors, aligner).fit_collection(scenes, split=None)
    text, image = scenes[0]["text"], scenes[3]["image"]
    hit = retriever.search({"text": text, "image": image}, target, k=1)[0]
    parts = [retriever.project("text", [text]), retriever.project("image", [image])]
    wanted = early_fusion(parts, [1, 1], retriever.metric_of(target))[0]
    score, _, found = explain_found(retriever, wanted, hit.id, target)
    assert score == pytest.approx(hit.score, abs=1e-6) and len(found) == (2 if target == "any" else 1)
    total = sum(sums(side)[0] for side in found)
    assert total == pytest.approx(score, abs=1e-6) and any(
        abs(sums(side)[0] - side.baseline) > 1e-3 for side in found
    )


@pytest.fixture(params=["file", "blocks"])
def looked_up(request, tmp_path):
    """A retriever whose pictures are looked up by their names, alone or beside another description."""
    scenes = make_scenes(30, folder=tmp_path / "scenes", modalities=("text", "image"))
    vectors = np.random.default_rng(0).random((30, 5))
    np.savez(tmp_path / "clip.npz", image=vectors, ids=[path.stem for path in scenes.column("image")])
    clip = PrecomputedFeatures(tmp_path / "clip.npz", "image")
    image = clip if request.param == "file" else FeatureBlocks([("clip", clip), ("colour", ColorHistogram())])
    retriever = CrossModalRetriever({"text": TfidfText(), "image": image}, CCA(3, ridge=0.5))
    return retriever.fit_collection(scenes, split=None), scenes


def test_what_is_looked_up_is_one_part_and_shown_where_there_is_a_file(looked_up, tmp_path):
    retriever, scenes = looked_up
    why = retriever.explain({"text": scenes[0]["text"]}, scenes.ids[0], "image")
    assert_sums(why)
    assert why.target.content.ndim == 3
    page = write_explanation(tmp_path / "why.html", why)
    assert "heat map of the picture" in page.read_text() and "<mark" in page.read_text()


def test_a_name_of_no_file_is_looked_up_all_the_same(tmp_path):
    vectors = np.random.default_rng(0).random((30, 5))
    ids = [f"scene {n}" for n in range(30)]
    np.savez(tmp_path / "clip.npz", image=vectors, text=vectors, ids=ids)
    extractors = {name: PrecomputedFeatures(tmp_path / "clip.npz", name) for name in ("text", "image")}
    retriever = CrossModalRetriever(extractors, CCA(3)).fit({"text": ids, "image": ids})
    retriever.add("text", ids, ids, [{"text": "a red circle"}] * 30)
    why = retriever.explain({"image": ids[0]}, ids[1], "text")
    assert_sums(why)
    assert why.query.content is None and why.query.heat_map.shape == (1, 1)
    assert [word.term for word in why.target.words] == ["(whole text)"]
    assert "<svg" not in write_explanation(tmp_path / "why.html", why).read_text()
