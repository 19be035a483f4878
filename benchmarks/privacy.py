"""What differential privacy costs on the Wikipedia set of Rasiwasia et al. (2010): mAP against epsilon.

CCA of the published features as square roots of histograms, rows of length 1 whatever the data; delta is 1 / n**1.1
for the n = 2173 training pairs, of which one may be replaced. Ridge, components and the clip of centred rows are
chosen by mAP on folds of the training pairs, for each epsilon anew; that choice looks at the pairs too and is not
accounted for in epsilon. Values are means over draws of the noise, and intervals resample draws and queries alike.
"""

import numpy as np
from sklearn.base import clone
from sklearn.preprocessing import FunctionTransformer
from threadpoolctl import threadpool_limits

from benchmarks.environment import SEED
from benchmarks.map_rows import floor_rows
from benchmarks.rows import row
from classicxm.alignment import CCA, AlignerSearch, Preprocessed, PrivateCCA
from classicxm.datasets import load_wikipedia
from classicxm.distances import get_metric
from classicxm.evaluation import average_precision, class_relevance

DATA = "wikipedia"
SEEDS = 5
MODALITIES = ("image", "text")
EPSILONS = (0.5, 1.0, 2.0, 4.0, 8.0, np.inf)
SUBSPACE = {"aligner__n_components": [3, 5, 9], "aligner__ridge": [0.1, 1.0, 10.0, 100.0]}
#: Longest centred rows, the same share of length 1 for both views.
CLIPS = [0.18, 0.25, 0.35, 0.5, 0.7]
N_DRAWS = 10
N_FOLDS = 3


def run(data, quick):
    """Rows of the floors and of every epsilon; infinity is CCA without noise or clip."""
    wikipedia = load_wikipedia(data)
    train = {modality: wikipedia.train[modality] for modality in MODALITIES}
    test = {modality: wikipedia.test[modality] for modality in MODALITIES}
    known, labels = wikipedia.train.labels, wikipedia.test.labels
    relevant = class_relevance(labels, labels)
    delta = len(known) ** -1.1
    with threadpool_limits(1, user_api="blas"):
        floors = floor_rows("privacy", train, test, known, labels, relevant)
        yield from (one for one in floors if one["measure"] in ("map_i2t", "map_t2i", "map_mean"))
        for epsilon in (1.0, np.inf) if quick else EPSILONS:
            yield from at_epsilon(epsilon, delta, train, known, test, relevant, quick)


def at_epsilon(epsilon, delta, train, labels, test, relevant, quick):
    """Rows of one epsilon; infinity comes with those of a plain CCA of the same settings, which must be equal."""
    model, fold_map = choose(epsilon, delta, train, labels, quick)
    cca, endless = model.aligner, np.isinf(epsilon)
    draws = 1 if endless else 3 if quick else N_DRAWS
    precisions = []
    for draw in range(draws):
        if not endless:
            model.set_params(aligner__random_state=SEED + draw)
        precisions.append(held_out_precisions(model, train, test, relevant))
    settings = {"n_components": cca.n_components, "ridge": cca.ridge}
    if not endless:
        settings |= {"clip": cca.clip, "mean_clip": cca.mean_clip, "delta": delta, "draws": draws}
    settings |= {"chosen_by": f"{N_FOLDS}-fold mAP on train", "fold_map": fold_map}
    yield from precision_rows(f"epsilon={epsilon:g}", precisions, **settings)
    if endless:
        plain = Preprocessed(CCA(cca.n_components, ridge=cca.ridge), FunctionTransformer(np.sqrt))
        yield from precision_rows("CCA", [held_out_precisions(plain, train, test, relevant)], **settings)


def private_cca(epsilon, delta):
    """CCA of the square roots of histograms; an infinite epsilon leaves it as it is."""
    if np.isinf(epsilon):
        cca = CCA()
    else:
        cca = PrivateCCA(epsilon=epsilon, delta=delta, mean_clip=1.0, random_state=SEED)
    return Preprocessed(cca, FunctionTransformer(np.sqrt))


def choose(epsilon, delta, train, labels, quick):
    """The setting that is best on folds of the training pairs, unfitted, and its mAP there."""
    grid = {**SUBSPACE} if np.isinf(epsilon) else {**SUBSPACE, "aligner__clip": CLIPS}
    if quick:
        grid = {name: values[:2] for name, values in grid.items()}
    search = AlignerSearch(
        private_cca(epsilon, delta), grid, average_precision, n_folds=N_FOLDS, random_state=SEED
    )
    search.fit(train, labels)
    return clone(search.aligner).set_params(**search.best_params_), search.best_score_


def held_out_precisions(model, train, test, relevant):
    """Average precision of every test query, as an image and as a text: (2, n)."""
    fitted = clone(model).fit(train)
    projected, score = fitted.transform(test), get_metric(fitted.score_metric)
    scores = score(projected["image"], projected["text"])
    return np.stack([average_precision(scores, relevant), average_precision(scores.T, relevant.T)])


def precision_rows(system, precisions, **settings):
    """Rows of both directions and their mean, from average precisions: a list of (2, n), one a draw."""
    image_to_text, text_to_image = np.stack(precisions, axis=1)
    values = {
        "map_i2t": image_to_text,
        "map_t2i": text_to_image,
        "map_mean": (image_to_text + text_to_image) / 2,
    }
    for name, by_draw in values.items():
        low, high = draws_interval(by_draw)
        spread = float(by_draw.mean(axis=1).std())
        yield row("privacy", system, name, by_draw.mean(), "mAP", low, high, std_of_draws=spread, **settings)


def draws_interval(values, n_resamples=2000):
    """95 % interval of the mean of values (n_draws, n_queries), draws and queries being resampled."""
    rng = np.random.default_rng(SEED)
    n_draws, n_queries = values.shape
    draws = rng.multinomial(n_draws, np.full(n_draws, 1 / n_draws), n_resamples) / n_draws
    queries = rng.multinomial(n_queries, np.full(n_queries, 1 / n_queries), n_resamples) / n_queries
    return np.quantile(np.einsum("rd,dq,rq->r", draws, values, queries, optimize=True), [0.025, 0.975])
