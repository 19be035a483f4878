import numpy as np
import pytest
from scipy import stats

from classicxm.evaluation import (
    bootstrap_interval,
    holm,
    macro_interval,
    paired_randomisation_test,
    significance_marks,
)


def covered(shape, method, n, n_resamples=500, n_cases=1000):
    """Share of simulated cases whose interval holds the true mean of a beta distribution."""
    random = np.random.default_rng(7)
    truth = shape[0] / sum(shape)
    hits = 0
    for case in range(n_cases):
        values = random.beta(*shape, n)
        low, high = bootstrap_interval(values, n_resamples=n_resamples, random_state=case, method=method)
        hits += low <= truth <= high
    return hits / n_cases


@pytest.mark.parametrize(
    ("shape", "method", "n", "n_resamples"),
    [
        ((2, 5), "percentile", 100, 500),
        ((2, 5), "bca", 100, 500),
        ((0.6, 2.4), "percentile", 50, 500),  # as skewed and as near zero as average precisions of a hard set
        ((0.6, 2.4), "percentile", 700, 150),
    ],
)
def test_intervals_cover_the_true_mean(shape, method, n, n_resamples):
    assert 0.93 <= covered(shape, method, n, n_resamples) <= 0.97


def test_intervals_of_few_queries_cover_as_well():
    random = np.random.default_rng(9)
    intervals = [
        bootstrap_interval(random.normal(size=20), n_resamples=500, random_state=i) for i in range(1000)
    ]
    assert 0.93 <= np.mean([low <= 0 <= high for low, high in intervals]) <= 0.97


def test_interval_follows_the_normal_approximation():
    values = np.random.default_rng(0).normal(size=2000)
    half = 1.96 * values.std() / np.sqrt(len(values))
    np.testing.assert_allclose(
        bootstrap_interval(values), [values.mean() - half, values.mean() + half], atol=0.005
    )


def test_resampled_means_agree_with_scipy():
    # SciPy knows no expanded percentile interval, so that its plain one is set apart by the same levels
    values = np.random.default_rng(2).exponential(size=200)
    found = stats.bootstrap((values,), np.mean, n_resamples=20000, method="percentile", random_state=0)
    low, high = bootstrap_interval(values, n_resamples=20000)
    np.testing.assert_allclose((low, high), found.confidence_interval, atol=0.01)
    n = len(values)
    tail = stats.norm.cdf(np.sqrt(n / (n - 1)) * stats.t.ppf(0.025, n - 1))
    expected = np.quantile(found.bootstrap_distribution, [tail, 1 - tail])
    np.testing.assert_allclose((low, high), expected, atol=0.005)


def test_macro_intervals_agree_with_scipy():
    rng = np.random.default_rng(3)
    classes = [rng.normal(mean, 1.0, size) for mean, size in ((0.0, 60), (1.0, 30), (3.0, 90))]
    labels = np.repeat(["a", "b", "c"], [len(one) for one in classes])
    expected = stats.bootstrap(
        classes,
        lambda *parts, axis: np.mean([part.mean(axis=axis) for part in parts], axis=0),
        n_resamples=20000,
        method="percentile",
        random_state=0,
    ).confidence_interval
    found = macro_interval(np.concatenate(classes), labels, n_resamples=20000)
    np.testing.assert_allclose(found, expected, atol=0.01)


def test_bca_agrees_with_scipy_on_skewed_values():
    values = np.random.default_rng(1).exponential(size=40)
    expected = stats.bootstrap((values,), np.mean, n_resamples=20000, random_state=0).confidence_interval
    got = bootstrap_interval(values, n_resamples=20000, method="bca")
    np.testing.assert_allclose(got, expected, atol=0.02)
    assert got[0] > bootstrap_interval(values, n_resamples=20000)[0]


def test_wider_levels_are_wider_and_medians_are_covered():
    values = np.random.default_rng(2).integers(1, 50, 101)
    narrow, wide = bootstrap_interval(values, level=0.5), bootstrap_interval(values, level=0.99)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]
    low, high = bootstrap_interval(values, statistic="median")
    assert low <= np.median(values) <= high


@pytest.mark.parametrize("method", ["percentile", "bca"])
@pytest.mark.parametrize("values", [[0.3], [0.3] * 20, [0.0] * 5])
def test_constant_values_have_no_width(values, method):
    np.testing.assert_allclose(bootstrap_interval(values, method=method), [values[0]] * 2, atol=1e-12)


def test_intervals_are_seeded():
    values = np.random.default_rng(3).random(50)
    assert bootstrap_interval(values) == bootstrap_interval(values)
    assert bootstrap_interval(values) != bootstrap_interval(values, random_state=1)


def test_intervals_of_many_queries_are_chunked(monkeypatch):
    values = np.random.default_rng(4).random(100)
    monkeypatch.setattr("classicxm.evaluation.significance._CHUNK_VALUES", 700)
    low, high = bootstrap_interval(values, n_resamples=333)
    assert low < values.mean() < high


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"values": []}, "at least one"),
        ({"values": [[1]]}, "one value per query"),
        ({"values": [1, np.inf]}, "values must be finite, got inf for query 1"),
        ({"level": 1}, "level must lie between 0 and 1, got 1"),
        ({"level": "95"}, "got '95'"),
        ({"n_resamples": 0}, "n_resamples must be an integer of at least 1, got 0"),
        ({"method": "normal"}, "method must be 'percentile' or 'bca', got 'normal'"),
        ({"statistic": "mode"}, "statistic must be 'mean' or 'median', got 'mode'"),
        ({"statistic": "median", "method": "bca"}, "for the mean only"),
    ],
)
def test_bad_interval_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        bootstrap_interval(**{"values": [1, 2]} | settings)


def test_enumerated_swaps_by_hand():
    # Differences 1, 2, -1: sums of the 8 sign choices are +-4, +-2 twice, 0 twice; |sum| >= 2 in 6 of 8.
    assert paired_randomisation_test([1, 2, 0], [0, 0, 1]) == 6 / 8
    assert paired_randomisation_test([5], [3]) == 1
    assert paired_randomisation_test([1, 2], [1, 2]) == 1


def test_enumeration_agrees_with_scipy():
    random = np.random.default_rng(5)
    a, b = random.normal(0.5, 1, 10), random.normal(size=10)
    expected = stats.permutation_test(
        (a, b), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples", n_resamples=np.inf
    ).pvalue
    assert paired_randomisation_test(a, b) == pytest.approx(expected)
    assert paired_randomisation_test(a, b, n_resamples=1000) == pytest.approx(expected, abs=0.05)


def test_drawn_swaps_see_a_difference_and_are_never_zero(monkeypatch):
    a = np.random.default_rng(6).normal(size=200)
    assert paired_randomisation_test(a + 1, a, n_resamples=999) == 1 / 1000
    assert paired_randomisation_test(a, a + 1, n_resamples=999) == 1 / 1000
    monkeypatch.setattr("classicxm.evaluation.significance._CHUNK_VALUES", 2000)
    assert paired_randomisation_test(a + 1, a, n_resamples=999) == 1 / 1000


def test_false_positives_come_at_their_rate():
    random = np.random.default_rng(8)
    n_cases = 4000
    low = sum(
        paired_randomisation_test(*random.exponential(size=(2, 30)), n_resamples=499, random_state=case)
        <= 0.05
        for case in range(n_cases)
    )
    assert 0.04 <= low / n_cases <= 0.06


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([1, 2], [1], "same queries, got 2 and 1"),
        ([], [], "at least one"),
        ([1, np.nan], [1, 2], "a must be finite, got nan for query 1"),
    ],
)
def test_bad_pairs(a, b, message):
    with pytest.raises(ValueError, match=message):
        paired_randomisation_test(a, b)


def test_holm_by_hand():
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(holm([0.5, 0.9]), [1, 1])
    np.testing.assert_allclose(holm([0.2]), [0.2])
    assert holm([]).shape == (0,)


@pytest.mark.parametrize("bad", [[0.1, np.nan], [1.5], [-0.1]])
def test_holm_refuses_what_is_no_probability(bad):
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm(bad)


def test_holm_refuses_tables():
    with pytest.raises(ValueError, match="1-D"):
        holm([[0.1]])


def test_marks_follow_holm_over_all_comparisons():
    # Differences of one sign in all of n queries have p = 2 / 2**n: 7 queries give 1/64 = .0156, three comparisons
    # make that .047, four make it .0625.
    base = np.arange(7.0)
    better, worse = base + 1, base - 2
    assert significance_marks({"A": base, "B": better}, "A") == {"A": "", "B": "▲"}
    three = {"B": better, "A": base, "C": worse, "D": better}
    assert significance_marks(three, "A") == {"B": "▲", "A": "", "C": "▼", "D": "▲"}
    assert set(significance_marks(three | {"E": better}, "A").values()) == {""}
    assert significance_marks(three | {"E": better}, "A", alpha=0.07)["C"] == "▼"
    assert list(significance_marks(three, "C").values()) == ["▲", "▲", "", "▲"]


def test_marks_are_those_of_the_single_tests():
    random = np.random.default_rng(11)
    base = random.beta(2, 5, 60)
    table = {"base": base} | {f"S{i}": base + random.normal(0.012 * i, 0.1, 60) for i in range(6)}
    marks = significance_marks(table, "base", n_resamples=2000)
    adjusted = holm([paired_randomisation_test(table[f"S{i}"], base, n_resamples=2000) for i in range(6)])
    assert [marks[f"S{i}"] == "▲" for i in range(6)] == (adjusted <= 0.05).tolist()
    assert 0 < sum(mark != "" for mark in marks.values()) < 6


def test_marks_of_a_lone_or_equal_system_are_empty():
    assert significance_marks({"A": [1, 2]}, "A") == {"A": ""}
    assert significance_marks({"A": [1, 2], "B": [1, 2]}, "A") == {"A": "", "B": ""}


def test_a_table_without_differences_is_rarely_marked():
    random = np.random.default_rng(10)
    wrong = sum(
        any(
            significance_marks(
                dict(zip("ABCDE", random.normal(size=(5, 40)), strict=True)), "A", n_resamples=499
            ).values()
        )
        for _ in range(400)
    )
    assert wrong / 400 <= 0.07


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"baseline": "Z"}, "baseline must be one of 'A', 'B', got 'Z'"),
        ({"alpha": 0}, "alpha must lie between 0 and 1, got 0"),
        ({"per_query": {"A": [1, 2], "B": [1]}}, "same queries, 'B' has 1 values and 'A' 2"),
        ({"per_query": {"A": [1, 2], "B": [1, np.nan]}}, "B must be finite, got nan for query 1"),
    ],
)
def test_bad_tables(change, message):
    with pytest.raises(ValueError, match=message):
        significance_marks(**{"per_query": {"A": [1, 2], "B": [2, 3]}, "baseline": "A"} | change)


def test_macro_intervals_resample_within_classes():
    random = np.random.default_rng(3)
    labels = np.repeat(["a", "b"], [900, 9])
    values = np.where(labels == "a", 0.2, 0.6) + random.normal(0, 0.05, 909)
    low, high = macro_interval(values, labels)
    middle = (values[labels == "a"].mean() + values[labels == "b"].mean()) / 2
    assert low < middle < high
    # Two independent means: the standard error of their average, by hand.
    error = np.sqrt(values[labels == "a"].var() / 900 + values[labels == "b"].var() / 9) / 2
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.08)
    assert macro_interval(values, labels) == (low, high) != macro_interval(values, labels, random_state=1)
    with pytest.raises(ValueError, match="same queries, got 909 and 908"):
        macro_interval(values, labels[1:])


@pytest.mark.parametrize(
    "ask",
    [
        bootstrap_interval,
        holm,
        lambda values: macro_interval(values, list("aabb")),
        lambda values: paired_randomisation_test(values, np.zeros(4)),
        lambda values: significance_marks({"a": values, "b": np.zeros(4)}, "b"),
    ],
)
def test_masked_values_are_none(ask):
    with pytest.raises(ValueError, match="1 masked entries, which are no values"):
        ask(np.ma.array([0.1, 0.2, 0.3, 0.4], mask=[0, 1, 0, 0]))
    ask(np.ma.array([0.1, 0.2, 0.3, 0.4], mask=False))


def test_macro_intervals_take_what_macro_averages_take():
    values = [0.1, 0.9, 0.4, 0.5]
    plain = macro_interval(values, ["caf\xe9", "sea", "caf\xe9", "sea"])
    assert macro_interval(values, ["cafe\u0301", "sea", "caf\xe9", "sea"]) == plain
    assert macro_interval(values, [["sea"], "sky", ["sea"], ["sky"]]) == plain
    low, high = macro_interval(values, [["sea", "sky"], "sky", ["sea"], []])
    assert 0 <= low <= high <= 1
    for labels, message in (
        ([None] * 4, "missing label"),
        ([[]] * 4, "no query has a label"),
        (["a"], "same queries"),
    ):
        with pytest.raises(ValueError, match=message):
            macro_interval(values, labels)
    with pytest.raises(ValueError, match="level must lie between 0 and 1, got 95"):
        macro_interval(values, ["a"] * 4, level=95)
