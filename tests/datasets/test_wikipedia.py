import numpy as np
import pytest
from scipy.io import savemat

from classicxm.datasets import load_wikipedia, load_wikipedia_texts
from classicxm.errors import CollectionError


@pytest.fixture
def layout(tmp_path):
    """Three training and two test articles of two classes in the official layout."""
    rng = np.random.default_rng(0)
    matrices = {"I_tr": (3, 128), "T_tr": (3, 10), "I_te": (2, 128), "T_te": (2, 10)}
    savemat(tmp_path / "raw_features.mat", {name: rng.random(shape) for name, shape in matrices.items()})
    (tmp_path / "categories.list").write_text("art\nbiology\n")
    (tmp_path / "trainset_txt_img_cat.list").write_text("t1\ti1\t1\nt2\ti2\t2\nt3\ti1\t1\n")
    (tmp_path / "testset_txt_img_cat.list").write_text("t4\ti4\t2\nt5\ti5\t1")
    (tmp_path / "texts").mkdir()
    for number in range(1, 6):
        body = f"<document>\n<text>\n\nArticle {number} & co. &eacute;\nend\n</text>\n<imageset/></document>"
        (tmp_path / "texts" / f"t{number}.xml").write_text(body, encoding="utf-8")
    return tmp_path


def test_features(layout):
    data = load_wikipedia(layout)
    assert data.categories == ["art", "biology"]
    assert (data.train.image.shape, data.train.text.shape) == ((3, 128), (3, 10))
    assert (data.test.image.shape, data.test.text.shape) == ((2, 128), (2, 10))
    assert data.train.image.dtype == data.test.text.dtype == np.float64
    assert data.train.labels.tolist() == [1, 2, 1]
    assert data.test.labels.dtype.kind == "i"
    assert data.train.text_ids == ["t1", "t2", "t3"]
    assert data.test.image_ids == ["i4", "i5"]


def test_texts_survive_xml_that_is_not_well_formed(layout):
    collection = load_wikipedia_texts(layout)
    assert collection.ids == ["t1", "t2", "t3", "t4", "t5"]
    assert collection[0]["text"] == "Article 1 & co. é\nend"
    assert collection.labels == ["art", "biology", "art", "biology", "art"]
    assert collection.column("split") == ["train"] * 3 + ["test"] * 2
    assert collection.column("image_id") == ["i1", "i2", "i1", "i4", "i5"]


def test_images_where_the_folder_has_them(layout):
    (layout / "images" / "art").mkdir(parents=True)
    (layout / "images" / "art" / "i1.jpg").write_bytes(b"photo")
    collection = load_wikipedia_texts(layout)
    assert collection.column("image") == [
        layout / "images/art/i1.jpg",
        None,
        layout / "images/art/i1.jpg",
        None,
        None,
    ]


@pytest.mark.parametrize("name", ["raw_features.mat", "categories.list", "testset_txt_img_cat.list"])
def test_missing_file(layout, name):
    (layout / name).unlink()
    with pytest.raises(CollectionError, match=rf"{name} is missing; expected the official layout"):
        load_wikipedia(layout)


def test_damaged_matrices(layout):
    (layout / "raw_features.mat").write_bytes(b"not a matrix")
    with pytest.raises(CollectionError, match=r"is not a readable \.mat file"):
        load_wikipedia(layout)
    savemat(layout / "raw_features.mat", {"I_tr": np.ones((3, 128))})
    with pytest.raises(CollectionError, match="has no matrix T_tr"):
        load_wikipedia(layout)


def test_rows_and_lines_must_match(layout):
    (layout / "testset_txt_img_cat.list").write_text("t4\ti4\t2\n")
    with pytest.raises(CollectionError, match=r"I_te has 2 rows, but testset_txt_img_cat\.list has 1 lines"):
        load_wikipedia(layout)


def test_nan_is_refused(layout):
    views = {"I_tr": (3, 128), "T_tr": (3, 10), "I_te": (2, 128), "T_te": (2, 10)}
    savemat(layout / "raw_features.mat", {name: np.full(shape, np.nan) for name, shape in views.items()})
    with pytest.raises(CollectionError, match="I_tr holds NaN or infinity"):
        load_wikipedia(layout)


@pytest.mark.parametrize("line", ["t4\ti4", "t4\ti4\t3", "t4\ti4\t0", "t4\ti4\tart"])
def test_bad_line(layout, line):
    (layout / "testset_txt_img_cat.list").write_text(f"t5\ti5\t1\n{line}\n")
    with pytest.raises(
        CollectionError, match="line 2: expected a text id, an image id and a class from 1 to 2"
    ):
        load_wikipedia(layout)


def test_bad_articles(layout):
    (layout / "texts" / "t4.xml").write_bytes(b"<text>\xe9t\xe9</text>")
    with pytest.raises(CollectionError, match=r"t4\.xml is not UTF-8"):
        load_wikipedia_texts(layout)
    (layout / "texts" / "t4.xml").write_text("<text>  </text>")
    with pytest.raises(CollectionError, match=r"t4\.xml holds no <text> element with words"):
        load_wikipedia_texts(layout)
    (layout / "texts" / "t4.xml").unlink()
    with pytest.raises(CollectionError, match=r"t4\.xml is missing"):
        load_wikipedia_texts(layout)


@pytest.mark.data
def test_the_published_set(shared_data):
    data = load_wikipedia(shared_data("wikipedia"))
    assert (data.train.image.shape, data.test.text.shape) == ((2173, 128), (693, 10))
    assert np.allclose(data.train.text.sum(axis=1), 1, atol=1e-6)
    assert set(data.train.labels) == set(data.test.labels) == set(range(1, 11))
    assert not set(data.train.text_ids) & set(data.test.text_ids)
    assert len(data.categories) == 10


@pytest.mark.data
def test_the_published_texts(shared_data):
    collection = load_wikipedia_texts(shared_data("wikipedia"))
    assert (len(collection.split("train")), len(collection.split("test"))) == (2173, 693)
    data = load_wikipedia(shared_data("wikipedia"))
    assert collection.split("test").ids == data.test.text_ids
    assert collection.split("test").labels == [data.categories[label - 1] for label in data.test.labels]
