"""The list of published results: complete entries, filters, and figures that a mean and its parts agree on."""

import pytest

from classicxm.evaluation import protocol_descriptions, published_results


def test_every_entry_is_whole_and_every_value_plausible():
    results = published_results()
    assert len(results) > 30
    for result in results:
        assert result.kind in ("classical", "deep")
        assert result.protocol in protocol_descriptions()
        assert result.system and result.features and " " in result.source and result.values
        for name, value in result.values.items():
            assert 0 < value <= 1 or name.startswith("median_rank"), (result, name)
    keys = [(r.system, r.dataset, r.features, r.protocol) for r in results]
    assert len(set(keys)) == len(keys)


def test_means_are_the_means_of_their_directions():
    for result in published_results():
        if {"i2t", "t2i", "mean"} <= set(result.values):
            half = (result.values["i2t"] + result.values["t2i"]) / 2
            assert result.values["mean"] == pytest.approx(half, abs=0.0011), result


def test_filters_keep_protocols_apart():
    wiki = published_results("wikipedia", "wiki")
    assert {r.dataset for r in wiki} == {"wikipedia"} and {r.protocol for r in wiki} == {"wiki"}
    assert not any(r.kind == "deep" for r in wiki)
    assert {r.kind for r in published_results("wikipedia")} == {"classical", "deep"}
    assert published_results("unheard of") == []
    with pytest.raises(ValueError, match=r"protocol must be one of 'wiki', .* got 'wikki'"):
        published_results(protocol="wikki")


def test_what_was_only_remembered_says_so():
    unchecked = {r.system for r in published_results("wikipedia") if not r.checked}
    assert unchecked == {"CM", "LabelCCA", "LCFS", "JFSSL"}


def test_results_cannot_be_changed():
    result = published_results()[0]
    with pytest.raises(AttributeError):
        result.system = "mine"
