"""What the options of ``fit`` build."""

import pytest

from classicxm.cli.fit_options import Parts
from classicxm.comparison import NamedAligner
from classicxm.datasets import Collection
from classicxm.image import GIST, LBP
from classicxm.search import FaissIndex, HammingIndex, LSHIndex, NearPyIndex
from tests.retrieval.plain_vectors import plain_retriever

PAIRS = Collection([{"id": str(n), "text": "x", "image": b"y", "label": "z"} for n in range(3)], name="pairs")
APART = Collection([{"id": "a", "text": "x"}, {"id": "b", "image": b"y"}], name="apart")


def test_modalities():
    assert Parts().chosen_modalities(PAIRS) == ["text", "image"]
    assert Parts(modalities=("image", "image")).chosen_modalities(PAIRS) == ["image"]
    with pytest.raises(ValueError, match="pairs has text, image, not 'imag'; did you mean 'image'"):
        Parts(modalities=("imag",)).chosen_modalities(PAIRS)


def test_items_that_share_no_modality_are_learned_by_the_commonest(capsys):
    assert Parts().chosen_modalities(APART) == ["text"]
    assert "no item has a second modality, so only the text items are learned" in capsys.readouterr().err


def test_three_modalities_that_no_item_has_all_of(capsys):
    items = [
        {"id": "a", "text": "x", "image": b"y"},
        {"id": "b", "audio": b"z"},
        {"id": "c", "text": "w", "audio": b"v"},
    ]
    some = Collection([*items, {"id": "d", "text": "u", "audio": b"t"}], name="some")
    assert Parts().chosen_modalities(some) == ["text", "audio"]
    assert "text and audio are learned, which 2 items share; left out: image" in capsys.readouterr().err
    assert Parts(modalities=("text", "image")).chosen_modalities(some) == ["text", "image"]


def test_few_items_that_have_all_modalities_are_told_of(capsys):
    pair, whole = {"text": "x", "image": b"y"}, {"text": "x", "image": b"y", "audio": b"z"}
    some = Collection([{"id": f"{n}", **(whole if n == 0 else pair)} for n in range(9)], name="some")
    assert Parts().chosen_modalities(some) == ["text", "image", "audio"]
    told = capsys.readouterr().err
    assert "only 1 of 9 items have all of text, image, audio; --modalities text,image learns from 9" in told
    more = Collection([{"id": f"{n}", **(whole if n < 6 else pair)} for n in range(9)], name="more")
    assert Parts().chosen_modalities(more) == ["text", "image", "audio"] and not capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "kind"),
    [("lsh", LSHIndex), ("hamming", HammingIndex), ("nearpy", NearPyIndex), ("faiss", FaissIndex)],
)
def test_indexes(name, kind):
    assert isinstance(Parts(index=name).unfitted_index("model"), kind)


def test_more_of_indexes():
    assert (
        Parts().unfitted_index("model") is None
        and Parts(index="faiss:hnsw").unfitted_index("model").kind == "hnsw"
    )
    for parts, message in (
        (Parts(index="lhs"), "unknown index 'lhs'; did you mean 'lsh'"),
        (Parts(index="lsh:flat"), "only faiss has kinds"),
        (Parts(recall=0.9), "--recall sets up --index lsh"),
    ):
        with pytest.raises(ValueError, match=message):
            parts.unfitted_index("model")


def test_extractors():
    found = Parts(extractors=("image=LBP:grid=(2,2),hellinger=False",)).named_extractors(["image"])
    assert isinstance(found["image"], LBP) and (found["image"].grid, found["image"].hellinger) == (
        (2, 2),
        False,
    )
    assert isinstance(Parts(extractors=("image=GIST",)).named_extractors(["image"])["image"], GIST)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("GIST", "--extractor must be MODALITY=NAME"),
        ("text=TfidfText", "of image, such as image=GIST"),
        ("image=GISTS", "unknown image extractor 'GISTS'; did you mean 'GIST'"),
        ("image=LBP:grids=3", "LBP has no parameter 'grids'; did you mean 'grid'"),
        ("image=LBP:grid=", "parameters of an extractor are name=value"),
        ("image=LBP:grid=__import__('os')", "parameters of an extractor are name=value"),
        ("image=LBP:grid=(0,0)", "grid"),
    ],
)
def test_extractors_that_are_wrong(text, message):
    with pytest.raises(ValueError, match=message):
        Parts(extractors=(text,)).named_extractors(["image"])


def test_aligners_by_name():
    aligner = Parts(aligner="cca").named_aligner(PAIRS, ["text", "image"])
    assert isinstance(aligner, NamedAligner) and (aligner.name, aligner.relevance) == ("CCA", "class")
    with pytest.raises(ValueError, match="one modality alone is not aligned"):
        Parts(aligner="cca").named_aligner(PAIRS, ["text"])
    with pytest.raises(ValueError, match="learns from labels"):
        Parts(aligner="SM").named_aligner(
            Collection([{"id": "a", "text": "x", "image": b"y"}]), ["text", "image"]
        )


IMAGES = {"a": [3.0, 0.0], "b": [0.6, 0.8], "c": [-1.0, 2.0]}


@pytest.mark.parametrize("name", ["faiss", "nearpy"])
def test_an_index_ranks_by_the_metric_of_the_alignment(name):
    retriever = plain_retriever(images=IMAGES, metric="dot")
    expected = retriever.search({"text": [1.0, 0.0]}, "image", k=3)
    Parts(index=name).settle(retriever, "m")
    assert retriever.metric_of("image") == retriever.metric_of("any") == "dot"
    found = retriever.search({"text": [1.0, 0.0]}, "image", k=3)
    assert [hit.id for hit in expected] == ["a", "b", "c"]
    assert found and all(
        expected[hit.id == "b"].score == pytest.approx(hit.score) for hit in found if hit.id != "c"
    )


def test_an_index_that_does_not_know_the_metric_says_so(capsys):
    retriever = plain_retriever(images=IMAGES, metric="dot")
    Parts(index="lsh").settle(retriever, "m")
    assert retriever.metric_of("image") == "cosine" and retriever.match_bounds_ is None
    told = "the alignment scores by dot, which --index lsh does not know; it ranks by cosine"
    assert told in capsys.readouterr().err
    Parts(index="lsh").settle(plain_retriever(images=IMAGES), "m")
    assert capsys.readouterr().err == ""


def test_codes_that_are_all_one_are_told_of(capsys):
    posteriors = {"a": [0.9, 0.1], "b": [0.2, 0.8], "c": [0.5, 0.5]}
    Parts(index="hamming").settle(plain_retriever(images=posteriors, metric="dot", index=HammingIndex()), "m")
    assert (
        "all image items have one code, so --index hamming cannot tell them apart" in capsys.readouterr().err
    )
    Parts(index="hamming").settle(plain_retriever(images=IMAGES, index=HammingIndex()), "m")
    assert capsys.readouterr().err == ""
