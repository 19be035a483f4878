"""Embeddings as an extractor: how items are found, what is refused, and its place among other extractors."""

import cv2
import numpy as np
import pytest
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from classicxm.alignment import CCA
from classicxm.comparison import assess
from classicxm.datasets import Collection, make_scenes
from classicxm.encoding import FeatureBlocks, PrecomputedFeatures
from classicxm.errors import CollectionError, ItemError, UnpairedViewsError
from classicxm.image import ColorHistogram
from classicxm.media.named_file import NamedFile
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.exported import exported_items
from classicxm.text import TfidfText

IDS = ["dog/1", "dog/2.jpg", "3", "7"]
ROWS = np.arange(8.0).reshape(4, 2) + 1


@pytest.fixture
def clip(tmp_path):
    np.savez(tmp_path / "clip.npz", image=ROWS, ids=IDS)
    return PrecomputedFeatures(tmp_path / "clip.npz", "image")


@pytest.mark.parametrize(
    ("item", "row"),
    [
        ("3", 2),
        ("/data/dog/1.jpg", 0),
        ("dog/2.jpg", 1),
        ("/data/dog/2.jpg", 1),
        ("there/3.png", 2),
        ("dog/1", 0),
        (7, 3),
        (np.int64(3), 2),
    ],
)
def test_items_are_found_by_id_file_name_and_stem(clip, item, row):
    np.testing.assert_array_equal(clip.fit().transform([item]), ROWS[[row]])


def test_an_item_with_a_name_is_found_by_its_id_first_and_then_by_its_file(clip):
    fitted = clip.fit()
    items = [NamedFile("there/3.png", 7), NamedFile("there/3.png", "nobody"), NamedFile("no.png", "3")]
    assert [fitted.decode(item) for item in items] == [3, 2, 2]
    assert len({fitted.fingerprint(item) for item in items}) == 3


@pytest.mark.parametrize("folder", [None, "scenes"])
def test_pictures_of_a_collection_are_found_by_the_ids_of_their_items(folder, tmp_path):
    scenes = make_scenes(20, folder=folder and tmp_path / folder, modalities=("text", "image"))
    ids = [f"item {n}" for n in range(20)]
    named = Collection(
        [{**record, "id": key} for record, key in zip(scenes, ids, strict=True)], root=scenes.root
    )
    vectors = np.random.default_rng(0).random((20, 4)).astype(np.float32)
    np.savez(tmp_path / "clip.npz", image=vectors[::-1], ids=ids[::-1])
    extractors = {"text": TfidfText(), "image": PrecomputedFeatures(tmp_path / "clip.npz", "image")}
    retriever = CrossModalRetriever(extractors, CCA(2)).fit_collection(named, split=None)
    (raw,) = exported_items(retriever, ["image"], raw=True)
    assert raw.ids == ids and np.array_equal(raw.vectors, vectors)
    assert {figure.n_items for figure in assess(retriever, named).figures} == {20}
    again = Collection([{**named[3], "id": "item 7"}], root=scenes.root)
    assert retriever.add_collection(again, replace=True) == ["item 7"]


def test_an_unknown_item_is_named_and_obeys_the_error_policy(clip):
    with pytest.raises(
        ItemError, match=r"item 'cat/1.jpg': no row of .*clip.npz is named 'cat/1.jpg'; its ids"
    ):
        clip.fit().transform(["3", "cat/1.jpg"])
    with pytest.raises(ItemError, match="is no id or path but ndarray; embeddings are found by id or path"):
        clip.transform([np.zeros((2, 2, 3), np.uint8)])
    skipping = PrecomputedFeatures(clip.path, "image", on_error="skip").fit()
    np.testing.assert_array_equal(skipping.transform(["3", "cat", "7"]), ROWS[[2, 3]])
    assert [failure.item for failure in skipping.error_report_.failures] == ["cat"]
    zero = PrecomputedFeatures(clip.path, "image", on_error="zero").fit()
    np.testing.assert_array_equal(zero.transform(["cat", "3"]), [[0, 0], ROWS[2]])


def test_nan_in_a_row_is_told_of_the_item_that_asks_for_it(tmp_path):
    np.savez(tmp_path / "clip.npz", image=[[1, 2], [np.nan, 1]], ids=["a", "b"])
    clip = PrecomputedFeatures(tmp_path / "clip.npz", "image").fit()
    assert clip.transform(["a"]).tolist() == [[1, 2]]
    with pytest.raises(ItemError, match="item 'b': its description has NaN or infinity"):
        clip.transform(["a", "b"])


def test_two_items_of_one_row_are_refused_and_one_item_twice_is_not(clip):
    with pytest.raises(
        ItemError, match=r"item 'b/3.jpg': shares a row of .*clip.npz with item 'a/3.jpg'; use ids"
    ):
        clip.fit(["a/3.jpg", "7", "b/3.jpg"])
    clip.fit()
    with pytest.raises(ItemError, match="shares a row"):
        clip.transform(["a/3.jpg", "b/3.jpg"])
    assert clip.transform(["a/3.jpg", "a/3.jpg"]).shape == (2, 2)


def test_rows_are_named_by_a_parameter_where_the_file_has_no_ids(tmp_path):
    np.save(tmp_path / "vgg.npy", ROWS)
    path = tmp_path / "vgg.npy"
    np.testing.assert_array_equal(
        PrecomputedFeatures(path, "image", ids=[4, 3, 2, 1]).fit().transform(["2"]), ROWS[[2]]
    )
    for ids, message in (
        (None, "has no ids to find items by; store an array 'ids' in it"),
        (["a"], "has 4 rows, got 1 ids"),
        (list("abca"), "ids must be unique, 'a' is not"),
    ):
        with pytest.raises(UnpairedViewsError, match=message):
            PrecomputedFeatures(path, "image", ids=ids).fit()
    np.savez(tmp_path / "vgg.npz", ROWS, ids=IDS)
    with pytest.raises(UnpairedViewsError, match="names its rows itself; leave ids out"):
        PrecomputedFeatures(tmp_path / "vgg.npz", "image", ids=IDS).fit()
    with pytest.raises(CollectionError, match="does not exist"):
        PrecomputedFeatures(tmp_path / "none.npy", "image").fit()


def test_names_of_other_scripts_and_an_empty_file(tmp_path):
    np.savez(tmp_path / "clip.npz", image=ROWS[:2], ids=["日本", "é"])
    clip = PrecomputedFeatures(tmp_path / "clip.npz", "image").fit()
    np.testing.assert_array_equal(clip.transform(["é.png", "x/日本.png"]), ROWS[[1, 0]])
    np.savez(tmp_path / "none.npz", image=ROWS[:0], ids=np.array([], dtype=str))
    with pytest.raises(ItemError, match="begin with nothing"):
        PrecomputedFeatures(tmp_path / "none.npz", "image").fit().transform(["a"])


@pytest.fixture
def photos(tmp_path):
    """Eight noisy pictures, and embeddings of pictures and captions in one file, in another order."""
    rng = np.random.default_rng(0)
    names = [f"p{i}" for i in range(8)]
    for i, name in enumerate(names):
        cv2.imwrite(str(tmp_path / f"{name}.png"), rng.integers(0, 20 * i + 60, (16, 16, 3), dtype=np.uint8))
    shared = rng.normal(size=(8, 2))
    np.savez(
        tmp_path / "clip.npz",
        image=(shared @ rng.normal(size=(2, 5)))[::-1],
        text=(shared @ rng.normal(size=(2, 4)))[::-1],
        ids=names[::-1],
    )
    return tmp_path, names, [tmp_path / f"{name}.png" for name in names]


def test_a_retriever_of_embeddings_finds_each_partner_and_survives_saving(photos, tmp_path):
    folder, names, paths = photos
    extractors = {
        "image": Pipeline(
            [("clip", PrecomputedFeatures(folder / "clip.npz", "image")), ("scale", StandardScaler())]
        ),
        "text": PrecomputedFeatures(folder / "clip.npz", "text"),
    }
    retriever = CrossModalRetriever(extractors, CCA(n_components=2)).fit({"image": paths, "text": names})
    retriever.add("image", paths, names)
    (folder / "clip.npz").unlink()
    again = CrossModalRetriever.load(retriever.save(tmp_path / "model"))
    for name in names:
        assert again.search({"text": name}, "image", k=1)[0].id == name
    with pytest.raises(ItemError, match=r"item 'query': text no row of .* is named 'p9'"):
        again.search({"text": "p9"}, "image")


@pytest.mark.parametrize("cache", [False, True])
def test_blocks_of_embeddings_and_handcrafted_features(photos, tmp_path, cache):
    folder, _, paths = photos
    clip = PrecomputedFeatures(folder / "clip.npz", "image")
    blocks = FeatureBlocks(
        [("clip", clip), ("color", ColorHistogram())], norm=None, cache=tmp_path / "cache" if cache else None
    ).fit(paths)
    expected = np.hstack([clip.fit().transform(paths), ColorHistogram().fit().transform(paths)])
    for _ in range(1 + cache):
        np.testing.assert_array_equal(blocks.transform(paths), expected)
    with pytest.raises(ItemError, match="p9"):
        blocks.transform([folder / "p9.png"])
    alone = FeatureBlocks([("clip", clip), ("again", clip)], norm=None).fit(["p1", "p2"])
    np.testing.assert_array_equal(alone.transform(["p1"]), np.hstack([clip.transform(["p1"])] * 2))


def test_equal_pictures_of_different_rows_are_not_mixed_up_by_a_cache(photos, tmp_path):
    folder, _, paths = photos
    paths[1].write_bytes(paths[0].read_bytes())
    clip = PrecomputedFeatures(folder / "clip.npz", "image")
    blocks = FeatureBlocks([("clip", clip), ("color", ColorHistogram())], norm=None, cache=tmp_path / "cache")
    for _ in range(2):
        np.testing.assert_array_equal(blocks.fit(paths).transform(paths)[:, :5], clip.fit().transform(paths))


def test_rows_called_by_file_names_are_found_by_the_ids_of_items(tmp_path):
    np.savez(
        tmp_path / "clip.npz", text=np.eye(3), filenames=["images/b.jpg", "images/c.v2.jpg", "more/b.jpg"]
    )
    features = PrecomputedFeatures(tmp_path / "clip.npz", "text").fit()
    found = features.transform(["c.v2", "more/b", "/elsewhere/images/b.jpg"])
    assert found.tolist() == np.eye(3)[[1, 2, 0]].tolist()
    with pytest.raises(ItemError, match="'b'"):
        features.transform(["b"])  # of two rows
