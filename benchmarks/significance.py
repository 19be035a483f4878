"""Do intervals hold the truth, and do tests err as often as they say? Simulated queries whose true mean is known.

Values a query are shaped as average precisions are: skewed and near zero (`hard`), spread with a long tail (`usual`),
or reciprocal ranks (`reciprocal`). Coverage of 95 % intervals, false positives of paired tests at .05 and of whole
tables, and power, each beside the peer that textbooks offer. The interval of a row is the one of its simulation.
"""

import numpy as np
from scipy import stats

from benchmarks.environment import SEED
from benchmarks.rows import row
from benchmarks.timing import best_seconds
from classicxm.evaluation import bootstrap_interval, paired_randomisation_test, significance_marks

SIZES, QUICK_SIZES = (50, 100, 300, 700), (50,)
N_CASES, QUICK_CASES = 1000, 100
ALPHA = 0.05
N_SYSTEMS = 9
#: Gain of a system over another, in standard deviations of the difference, times the root of the number of queries.
EFFECT = 2.8
_P = 0.3


def _hard(random, n):
    return random.beta(0.6, 2.4, n)


def _usual(random, n):
    return random.beta(2, 5, n)


def _reciprocal(random, n):
    return 1 / random.geometric(_P, n)


#: Name -> (draws n values, their true mean).
SHAPES = {
    "hard": (_hard, 0.2),
    "usual": (_usual, 2 / 7),
    "reciprocal": (_reciprocal, -_P * np.log(_P) / (1 - _P)),
}


def run(data, quick):
    """Rows of coverage and width, false positives and power, whole tables, and time against SciPy; no data needed."""
    n_cases = QUICK_CASES if quick else N_CASES
    for n in QUICK_SIZES if quick else SIZES:
        for shape in SHAPES:
            yield from _interval_rows(shape, n, n_cases)
            yield from _test_rows(shape, n, n_cases)
        yield from _table_rows(n, n_cases // 4)
    yield from _time_rows(200 if quick else 700)


def _interval_rows(shape, n, n_cases):
    draw, truth = SHAPES[shape]
    random = np.random.default_rng(SEED)
    methods = {
        "bootstrap percentile": lambda x, seed: bootstrap_interval(x, n_resamples=1000, random_state=seed),
        "bootstrap bca": lambda x, seed: bootstrap_interval(
            x, n_resamples=1000, random_state=seed, method="bca"
        ),
        "Student's t": _student_interval,
    }
    cases = [draw(random, n) for _ in range(n_cases)]
    for system, interval in methods.items():
        ends = np.array([interval(values, seed) for seed, values in enumerate(cases)])
        held = (ends[:, 0] <= truth) & (truth <= ends[:, 1])
        yield _share_row(system, "coverage", held, shape=shape, n=n, cases=n_cases)
        width = (ends[:, 1] - ends[:, 0]).mean()
        yield row("significance", system, "width", width, "share", shape=shape, n=n, cases=n_cases)


def _student_interval(values, _):
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return values.mean() - half, values.mean() + half


def _test_rows(shape, n, n_cases):
    draw, _ = SHAPES[shape]
    tests = {
        "randomisation": lambda a, b, seed: paired_randomisation_test(
            a, b, n_resamples=999, random_state=seed
        ),
        "paired t": lambda a, b, _: stats.ttest_rel(a, b).pvalue,
        "Wilcoxon": lambda a, b, _: stats.wilcoxon(a, b).pvalue,
    }
    random = np.random.default_rng(SEED + 1)
    pairs = [(draw(random, n), draw(random, n)) for _ in range(n_cases)]
    scale = np.mean([np.std(a - b) for a, b in pairs])
    for measure, gain in (("false_positive_rate", 0.0), ("power", EFFECT * scale / np.sqrt(n))):
        for system, test in tests.items():
            found = np.array([test(a + gain, b, seed) <= ALPHA for seed, (a, b) in enumerate(pairs)])
            yield _share_row(system, measure, found, shape=shape, n=n, cases=n_cases)


def _table_rows(n, n_cases):
    """Tables of systems of which none is better: how often any is marked, with and without Holm's correction."""
    random = np.random.default_rng(SEED + 2)
    marked, uncorrected = [], []
    for seed in range(n_cases):
        common = random.beta(2, 5, n)
        table = {f"S{i}": common + random.normal(0, 0.1, n) for i in range(N_SYSTEMS)}
        marked.append(any(significance_marks(table, "S0", n_resamples=999, random_state=seed).values()))
        others = [stats.ttest_rel(table[name], table["S0"]).pvalue for name in table if name != "S0"]
        uncorrected.append(min(others) <= ALPHA)
    for system, found in (("significance_marks", marked), ("paired t, uncorrected", uncorrected)):
        yield _share_row(system, "family_wise_error", np.array(found), systems=N_SYSTEMS, n=n, cases=n_cases)


def _time_rows(n):
    random = np.random.default_rng(SEED)
    a, b = _hard(random, n), _hard(random, n)
    pairs = {
        "bootstrap percentile": (
            lambda: bootstrap_interval(a),
            lambda: stats.bootstrap((a,), np.mean, n_resamples=2000, method="percentile", vectorized=True),
        ),
        "randomisation": (
            lambda: paired_randomisation_test(a, b),
            lambda: stats.permutation_test(
                (a, b),
                lambda x, y, axis: np.mean(x - y, axis=axis),
                permutation_type="samples",
                n_resamples=10000,
                vectorized=True,
            ),
        ),
    }
    for system, (own, peer) in pairs.items():
        seconds, theirs = best_seconds(own, warm_up=True), best_seconds(peer)
        yield row("significance", system, "times_scipy", seconds / theirs, "x", n=n)


def _share_row(system, measure, found, **settings):
    """A share of cases with its exact binomial interval."""
    interval = stats.binomtest(int(found.sum()), len(found)).proportion_ci()
    return row(
        "significance", system, measure, found.mean(), "share", interval.low, interval.high, **settings
    )
