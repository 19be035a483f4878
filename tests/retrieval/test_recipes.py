"""Every recipe describes every modality it names, and sounds are searched as images are."""

from itertools import permutations

import pytest

from classicxm.alignment import CCA
from classicxm.comparison import assess
from classicxm.datasets import make_scenes
from classicxm.retrieval import RECIPES, extractor_of, make_retriever


@pytest.fixture(scope="module")
def scenes():
    return make_scenes(60, modalities=("text", "image", "audio"))


def with_small_samples(extractor):
    """Vocabularies and mixtures from few descriptors: quick, and as good for checking that the parts fit."""
    names = [name for name in extractor.get_params() if name.endswith("sample_size")]
    return extractor.set_params(**dict.fromkeys(names, 3000))


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("modality", ["text", "image", "audio"])
def test_recipes_describe_their_modalities(scenes, recipe, modality):
    extractor = with_small_samples(extractor_of(recipe, modality))
    items = scenes.column(modality)[:40]
    assert extractor.modality == modality
    features = extractor.fit(items).transform(items[:5])
    assert features.shape == (5, extractor.n_features_out_) and features.any(axis=1).all()


@pytest.mark.slow
def test_three_modalities_are_searched_in_all_six_directions():
    scenes = make_scenes(150, modalities=("text", "image", "audio"))
    retriever = make_retriever("baseline", ("text", "image", "audio"), CCA("auto", ridge=1.0))
    retriever.fit_collection(scenes)
    figures = [f for f in assess(retriever, scenes.split("test")).figures if f.measure == "mAP"]
    assert {f.direction for f in figures} == {
        f"{a}->{b}" for a, b in permutations(("text", "image", "audio"), 2)
    }
    assert all(f.value > 1.3 * f.random for f in figures)
    record = scenes.split("test")[0]
    hits = retriever.search({"audio": record["audio"]}, "image", k=5)
    assert len(hits) == 5 and hits[0].score >= hits[-1].score


def test_small_collections_fit_with_the_default_alignment():
    scenes = make_scenes(8, modalities=("text", "image"))
    retriever = make_retriever("standard")
    with_small_samples(retriever.extractors["image"])
    for _, block in retriever.extractors["image"].blocks[:2]:
        block.encoder.set_params(n_components=4)
    retriever.fit_collection(scenes, split=None)
    assert len(retriever.search({"text": "red"}, "image", k=8)) == 8


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"recipe": "x"}, "unknown recipe 'x'; choose one of baseline, standard, strong"),
        ({"modalities": ()}, "at least one modality, got none"),
        ({"modalities": ("text", "smell")}, "describes text, image, audio.*, not smell"),
    ],
)
def test_wrong_requests(arguments, words):
    with pytest.raises(ValueError, match=words):
        make_retriever(**arguments)


def test_what_one_modality_alone_has_no_use_for_is_refused():
    with pytest.raises(
        ValueError, match="aim 'class' is what selection is for, and one modality alone has nothing"
    ):
        make_retriever("baseline", ["image"], select=True, aim="class")
    with pytest.raises(
        ValueError, match="captions='single' is of texts, and the modalities are image, audio"
    ):
        make_retriever("baseline", ["image", "audio"], captions="single")
