import numpy as np
import pytest

from classicxm.evaluation import (
    AP_PRESETS,
    INSTANCE_MEASURES,
    Measure,
    average_precision,
    evaluate,
    measure,
    run_matrices,
)

SCORES = [[4, 3, 2, 1], [4, 3, 2, 1]]
RELEVANT = [[0, 1, 0, 1], [1, 0, 0, 0]]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AP", [1 / 2, 1]),
        ("AP@2", [1 / 2, 1]),
        ("AP@2(all)", [1 / 4, 1]),
        ("11pt", [1 / 2, 1]),
        ("P@2", [1 / 2, 1 / 2]),
        ("Recall@2", [1 / 2, 1]),
        ("Success@1", [0, 1]),
        ("RR", [1 / 2, 1]),
        ("nDCG@1", [0, 1]),
        ("MedianRank", [2, 1]),
        ("MeanRank", [2, 1]),
    ],
)
def test_named_measures_by_hand(name, expected):
    np.testing.assert_allclose(measure(name)(SCORES, RELEVANT), expected)


@pytest.mark.parametrize(
    "name", ["AP", "AP@50", "AP@50(all)", "AP(all,trec)", "nDCG@10", "RR(average)", "11pt"]
)
def test_names_parse_back(name):
    value = measure(name)
    assert value.name == str(value) == name
    assert measure(value.name) == value
    assert measure(value) is value
    assert hash(value) == hash(measure(name))


def test_presets_are_the_published_definitions():
    assert set(AP_PRESETS) == {"wiki", "at50", "11pt", "hashing", "trec"}
    assert AP_PRESETS["wiki"] == Measure("AP", None, "found", "gallery_order")
    assert AP_PRESETS["at50"] == Measure("AP", 50, "found", "gallery_order")
    assert AP_PRESETS["11pt"] == Measure("11pt")
    assert AP_PRESETS["hashing"] == Measure("AP", None, "all", "gallery_order")
    assert AP_PRESETS["trec"] == Measure("AP", None, "all", "trec")
    for name, value in AP_PRESETS.items():
        assert measure(name) == value


def test_at50_divides_by_what_it_found():
    # 60 items, relevant at ranks 50, 51 and 52: one found, at precision 1/50.
    relevant = np.isin(np.arange(60), [49, 50, 51])[None]
    scores = -np.arange(60.0)[None]
    np.testing.assert_allclose(AP_PRESETS["at50"](scores, relevant), [1 / 50])
    np.testing.assert_allclose(measure("AP@50(all)")(scores, relevant), [1 / 150])
    np.testing.assert_allclose(AP_PRESETS["at50"](scores, relevant & (np.arange(60) > 50)), [0])


def test_median_rank_is_a_median_and_the_others_are_means():
    values = np.array([1.0, 2.0, 30.0])
    assert measure("MedianRank").mean(values) == 2
    assert measure("MeanRank").mean(values) == 11
    assert measure("MedianRank").mean([1, 2, np.inf]) == 2
    assert measure("AP").mean([0, 1]) == 0.5


def test_direction_of_better():
    assert measure("AP").higher_is_better
    assert not measure("MedianRank").higher_is_better


def test_ties_argument_replaces_the_policy():
    tied, relevant = [[1, 1]], [[0, 1]]
    assert measure("AP")(tied, relevant) == 0.5
    assert measure("AP", ties="optimistic")(tied, relevant) == 1
    assert measure("trec", ties="average")(tied, relevant) == 0.75
    assert measure("trec")(tied, relevant, ids=["b", "a"]) == average_precision(tied, relevant)


def test_instance_measures_are_all_known():
    assert [measure(name).name for name in INSTANCE_MEASURES] == list(INSTANCE_MEASURES)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("MAP", "no measure 'MAP'; give one of AP, 11pt, P@K, .* preset of wiki, at50"),
        ("AP@", "no measure 'AP@'"),
        ("ap", "no measure 'ap'"),
        ("P", "P needs a cutoff; write P@10"),
        ("P@0", "at least 1, got 0"),
        ("11pt@5", "11pt takes no cutoff"),
        ("AP(best)", "variants are 'all' or one of .* got 'best'"),
        ("RR(all)", "only AP has the denominator 'all'"),
    ],
)
def test_bad_names(name, message):
    with pytest.raises(ValueError, match=message):
        measure(name)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "F1"}, "kind must be one of 'AP'"),
        ({"kind": "AP", "cutoff": 2.5}, "got 2.5"),
        ({"kind": "AP", "denominator": "R"}, "denominator must be"),
        ({"kind": "AP", "ties": "random"}, "ties must be one of"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        Measure(**settings)


def test_wrong_type_and_no_queries():
    with pytest.raises(TypeError, match="a name or a Measure, got int"):
        measure(3)
    with pytest.raises(ValueError, match="AP of no queries"):
        measure("AP").mean([])


@pytest.mark.parametrize("ties", ["average", "optimistic", "pessimistic", "trec"])
def test_a_run_without_items_earns_nothing(ties):
    scores, relevant, queries, items = run_matrices(
        {"q1": {}, "q2": {"b": 1.0}}, {"q1": {"a": 1}, "q2": {"a": 1, "c": 2}}
    )
    assert queries == ["q1", "q2"]
    names = ["Success@1", "Success@5", "AP", "P@5", "Recall@5", "nDCG@5", "RR"]
    for name, values in evaluate(scores, relevant, names, ties=ties, ids=items).items():
        assert values.tolist() == [0, 0], name
    for name, values in evaluate(np.zeros((2, 0)), np.zeros((2, 0), bool), names, ties=ties, ids=[]).items():
        assert values.tolist() == [0, 0], name
    assert np.isinf(evaluate(scores, relevant, ["MedianRank"], ties=ties, ids=items)["MedianRank"]).all()


def test_names_are_of_plain_digits_and_measures_a_sequence():
    with pytest.raises(ValueError, match="no measure 'AP@\uff11'"):
        measure("AP@\uff11")
    for measures in (None, 7):
        with pytest.raises(TypeError, match=f"measures must be names or Measures, got {measures}"):
            evaluate([[1, 2]], [[1, 0]], measures)
