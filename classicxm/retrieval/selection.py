"""What a retriever chooses on folds of the items that it learns from: the description of texts, and the alignment."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from scipy.special import ndtr, stdtrit
from sklearn.base import BaseEstimator

from classicxm.alignment.cca import CCA
from classicxm.alignment.fold_candidates import AlignmentGrid, Candidate, softened
from classicxm.alignment.gram_folds import FoldView, fold_view, gram_of
from classicxm.base import Aligner, Extractor
from classicxm.evaluation.certain_ranks import measured_both_ways
from classicxm.labels import class_folds, class_indicators, group_numbers
from classicxm.parameters import Choice, Either, InstanceOf, Integer, check_parameters
from classicxm.retrieval.aims import MEASURES, NAMES, aim_of, known_labels
from classicxm.retrieval.description import describe_view
from classicxm.retrieval.text_candidates import PIECES, text_candidates
from classicxm.sequences import taken

__all__ = ["FoldSelection", "Selection", "choose_on_folds"]

logger = logging.getLogger(__name__)

#: Up to so many items 5 folds are taken.
FEW_ITEMS = 1000
#: Name of the text extractor that a retriever was given itself.
OWN = "own"
#: Standard errors by which pieces have to be better than words, which people read in annotations and explanations.
PIECES_ERRORS = 3.0
#: Standard errors by which a candidate has to be better than the recipe as it is: the best of a hundred is lucky too.
OWN_ERRORS = 2.0


class NothingToChooseError(ValueError):
    """What is learned from is too little to choose on."""


@dataclass(frozen=True)
class Selection:
    """What was chosen, and on what.

    Attributes
    ----------
    aim : {"class", "partner"}
    reason : str
        Why that is the aim.
    measure : str
        "mAP" or "mean reciprocal rank", the mean of all directions and folds.
    score, plain_score : float
        Of what was chosen, and of the recipe as it is.
    n_items, n_folds : int
    text : str or None
        Name of the chosen text features, "own" for the recipe's.
    alignment : str
    plain : bool
        Whether the recipe was kept as it is.
    tried : list of dict
        Every candidate's "text", "alignment" and "score", best first.
    n_groups : int or None
        Of the items, where items of one group were held out together.
    """

    aim: str
    reason: str
    measure: str
    score: float
    plain_score: float
    n_items: int
    n_folds: int
    text: str | None
    alignment: str
    plain: bool
    tried: list[dict[str, Any]] = field(default_factory=list, repr=False)
    n_groups: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)

    def __str__(self) -> str:
        aim = f"aim {self.aim} ({self.reason})"
        what = f"{self.text} texts, {self.alignment}" if self.text else self.alignment
        kept = "the recipe as it is" if self.plain else what
        items = f"{self.n_items} items" + (f" in {self.n_groups} groups" if self.n_groups else "")
        return (
            f"{aim}: chose {kept} among {len(self.tried)} on {self.n_folds} folds of {items}, "
            f"{self.measure} {self.score:.4f} (recipe as it is {self.plain_score:.4f})"
        )


class FoldSelection(BaseEstimator):
    """Chooses text features and an alignment on folds of the items that are learned from, and nothing else.

    Inner products of all items are computed once for each description; every setting of every alignment is tried on
    them, and a semantic matching that is the best so far once more with softer targets. The recipe as it is stays
    unless another candidate is better by more than two standard errors of the difference, its own text features unless
    others are by one, and words beside pieces of words unless these are by three.

    Parameters
    ----------
    aim : {"class", "partner"} or None, default=None
        Rank items of the query's class first, or its own partner; None decides by `aim_of`.
    texts : dict of str to Extractor, default=None
        Descriptions of texts that are tried beside the retriever's own.
    n_folds : int or None, default=None
        None takes 5, and 3 of more than 1000 items.
    max_items : int, default=3000
        Of more items that are learned from, so many are drawn at random to choose on.
    random_state : int, default=0

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> shared = rng.normal(size=(60, 4))
    >>> features = {"image": shared + 0.1 * rng.normal(size=(60, 4)), "audio": shared}
    >>> _, aligner, selection = FoldSelection().choose(features, CCA(2))
    >>> selection.aim, type(aligner).__name__, selection.score >= selection.plain_score
    ('partner', 'CCA', True)
    """

    parameter_ranges = {
        "aim": Choice(None, "class", "partner"),
        "texts": Either(None, InstanceOf(dict)),
        "n_folds": Either(None, Integer(2)),
        "max_items": Integer(10),
        "random_state": Integer(0),
    }

    def __init__(
        self,
        aim: str | None = None,
        texts: dict[str, Extractor] | None = None,
        n_folds: int | None = None,
        max_items: int = 3000,
        random_state: int = 0,
    ) -> None:
        self.aim = aim
        self.texts = texts
        self.n_folds = n_folds
        self.max_items = max_items
        self.random_state = random_state

    def choose(
        self,
        features: dict[str, Any],
        aligner: CCA,
        labels: Sequence[Any] | None = None,
        texts: Iterable[tuple[str, Any]] = (),
        groups: Sequence[Any] | None = None,
    ) -> tuple[str | None, Aligner, Selection]:
        """The text features and the unfitted alignment that rank held-out items best.

        Parameters
        ----------
        features : dict of str to array (n, d)
            Of the items that are learned from; row i of every view is one item.
        aligner : CCA
            The alignment as it is; its settings are among those tried.
        labels : sequence, optional
            One label or list of labels per item, None where it has none.
        texts : iterable of (name, array or sparse matrix (n, d))
            Other descriptions of the same texts.
        groups : sequence, optional
            What each item was taken from, None where that is nothing: items of one group, such as the clips of one
            film, are held out together and count as one observation where candidates are compared. Left out of
            account where there is one group alone, or one for each class.

        Returns
        -------
        text : str or None
            A name of ``texts``, "own", or None where there are no texts.
        aligner : Aligner
        selection : Selection
        """
        check_parameters(self)
        if type(aligner) is not CCA:
            raise ValueError(
                f"selection starts from a CCA and its settings, got {type(aligner).__name__}; leave out selection"
            )
        n = len(next(iter(features.values())))
        rows = np.arange(n)
        if n > self.max_items:
            rows = np.sort(np.random.default_rng(self.random_state).permutation(n)[: self.max_items])
        known = known_labels(labels)
        aim, reason = aim_of(known)
        if self.aim is not None:
            if self.aim == "class" and known is None:
                raise ValueError("aim 'class' needs labels, and no item that is learned from has one")
            aim, reason = self.aim, "as asked"
        trials = _Trials(aim, aligner, rows, self._folds(rows, known if aim == "class" else None, groups))
        views = {name: trials.described(X) for name, X in features.items()}
        trials.run(OWN if "text" in views else None, views)
        for name, X in texts:
            trials.run(name, {**views, "text": trials.described(X)})
        return trials.chosen(reason)

    def _folds(
        self, rows: np.ndarray, labels: list[Any] | None, groups: Sequence[Any] | None = None
    ) -> _Folds:
        n_folds = self.n_folds or (5 if len(rows) <= FEW_ITEMS else 3)
        if len(rows) < 2 * n_folds:
            raise NothingToChooseError(
                f"choosing on {n_folds} folds needs at least {2 * n_folds} items to learn from, got {len(rows)}; "
                "leave out selection (--quick)"
            )
        indicators = None
        if labels is not None:
            indicators = class_indicators(taken(labels, rows), len(rows))[1]
        numbers = None if groups is None else group_numbers(taken(groups, rows), indicators)
        return _Folds(
            class_folds(len(rows), n_folds, indicators, self.random_state, numbers), indicators, numbers
        )


@dataclass(frozen=True)
class _Folds:
    """Rows kept and held out of every fold, the classes (n, c) of all rows where they are the aim, and their groups."""

    rows: list[tuple[np.ndarray, np.ndarray]]
    indicators: np.ndarray | None
    groups: np.ndarray | None

    @property
    def held_groups(self) -> np.ndarray | None:
        """Groups in the order in which rows are held out."""
        return None if self.groups is None else np.concatenate([self.groups[held] for _, held in self.rows])

    def relevant(self, held: np.ndarray) -> np.ndarray:
        """Which held-out items answer which."""
        if self.indicators is None:
            return np.eye(len(held), dtype=bool)
        return self.indicators[held] @ self.indicators[held].T > 0


class _Trials:
    """Scores of every candidate, one a held-out item, as they come in."""

    def __init__(self, aim: str, aligner: CCA, rows: np.ndarray, folds: _Folds) -> None:
        self.aim, self.aligner, self.rows, self.folds = aim, aligner, rows, folds
        self.grid, self.plain = AlignmentGrid().with_own(aligner)
        self.values: dict[tuple[str | None, Candidate], list[np.ndarray]] = {}
        self.widths: dict[tuple[str | None, Candidate], int] = {}
        self.energies: dict[str | None, dict[str, float]] = {}

    def described(self, X: Any) -> tuple[list[FoldView], float]:
        """One view on every fold, and the mean squared length of all its rows minus their mean."""
        G = gram_of(X[self.rows])
        energy = float(np.trace(G) / len(G) - G.mean(dtype=np.float64))
        return [fold_view(G, X.shape[1], *rows) for rows in self.folds.rows], energy

    def run(self, text: str | None, views: dict[str, tuple[list[FoldView], float]]) -> None:
        """Try every alignment of one set of views."""
        self.energies[text] = {name: energy for name, (_, energy) in views.items()}
        for fold, (kept, held) in enumerate(self.folds.rows):
            here = {name: folds[fold] for name, (folds, _) in views.items()}
            if not all(view.kept.shape[1] for view in here.values()):
                return  # a view in which all items are alike
            relevant = self.folds.relevant(held)
            classes = None if self.folds.indicators is None else self.folds.indicators[kept]
            for candidate, projected in self.grid.tried(here, classes):
                self._note(text, candidate, projected, relevant)
        self._soften(text, views)

    def _note(
        self, text: str | None, candidate: Candidate, projected: dict[str, np.ndarray], relevant: np.ndarray
    ) -> None:
        key = text, candidate
        width = min(Z.shape[1] for Z in projected.values())
        self.widths[key] = min(width, self.widths.get(key, width))
        self.values.setdefault(key, []).append(self._per_item(projected, candidate.metric, relevant))

    def _soften(self, text: str | None, views: dict[str, tuple[list[FoldView], float]]) -> None:
        """Try the best semantic matching so far with softer targets, where it is of this text."""
        scores = {key: np.concatenate(v).mean() for key, v in self.values.items() if key[1].kind == "SM"}
        best = max(scores, key=lambda key: scores[key], default=None)
        if best is None or best[0] != text or self.folds.indicators is None:
            return
        for fold, (kept, held) in enumerate(self.folds.rows):
            here = {name: folds[fold] for name, (folds, _) in views.items()}
            self._note(text, *softened(best[1], here, self.folds.indicators[kept]), self.folds.relevant(held))

    def _per_item(self, projected: dict[str, np.ndarray], metric: str, relevant: np.ndarray) -> np.ndarray:
        """Each held-out item's mean over all directions."""
        values: list[np.ndarray] = []
        for a, b in combinations(projected, 2):
            values += measured_both_ways(MEASURES[self.aim], metric, projected[a], projected[b], relevant)
        return np.mean(values, axis=0)

    def chosen(self, reason: str) -> tuple[str | None, Aligner, Selection]:
        """The best candidate, or the retriever as it is where none is clearly better."""
        n_folds = len(self.folds.rows)
        scores = {key: np.concatenate(v) for key, v in self.values.items() if len(v) == n_folds}
        own = next(iter(self.energies)), self.plain
        if own not in scores:
            raise ValueError(
                "all items of a modality are alike, so nothing can be chosen; leave out selection (--quick)"
            )
        means = {key: float(values.mean()) for key, values in scores.items()}
        best = max(means, key=lambda key: means[key])
        # Captions that are held out say nothing of short queries, so that near ties must not change the texts.
        words = max((key for key in means if key[0] != PIECES), key=lambda key: means[key])
        same_texts = max((key for key in means if key[0] == own[0]), key=lambda key: means[key])
        groups = self.folds.held_groups
        for simpler, n_errors in ((words, PIECES_ERRORS), (same_texts, 1.0), (own, OWN_ERRORS)):
            if not clearly_better(scores[best], scores[simpler], n_errors, groups):
                best = simpler
        text, candidate = best
        aligner = self.aligner
        if best != own:
            candidate = candidate.narrowed(self.widths[best])
            aligner = candidate.aligner(self.energies[text])
        order = sorted(means, key=lambda key: -means[key])
        tried = [{"text": t, "alignment": str(c), "score": round(means[t, c], 6)} for t, c in order]
        selection = Selection(
            self.aim, reason, NAMES[self.aim], means[best], means[own], len(self.rows), n_folds,
            text, str(candidate), best == own, tried,
            None if groups is None else len(np.unique(groups)),
        )  # fmt: skip
        return text, aligner, selection


def clearly_better(
    values: np.ndarray, others: np.ndarray, n_errors: float = 1.0, groups: np.ndarray | None = None
) -> bool:
    """Whether paired values (n,) are higher by more than so many standard errors of their mean difference.

    Differences within a group (n,) are not independent: what a group's sum has beyond the mean is one observation, and
    of few groups Student's t asks for more.

    >>> clearly_better(np.array([0.9, 0.8, 0.9]), np.array([0.5, 0.6, 0.4]))
    True
    >>> clearly_better(np.array([0.9, 0.3]), np.array([0.4, 0.7]))
    False
    >>> better, worse = np.array([0.9, 0.9, 0.2, 0.2]), np.array([0.5, 0.5, 0.4, 0.4])
    >>> clearly_better(better, worse, 0.6), clearly_better(better, worse, 0.6, np.array([0, 0, 1, 1]))
    (True, False)
    """
    difference = values - others
    beyond = difference - difference.mean()
    if groups is None:
        sums = beyond
    else:
        sums = np.bincount(groups, beyond)
        n = len(sums)
        n_errors = stdtrit(n - 1, ndtr(n_errors)) * np.sqrt(n / (n - 1))
    return bool(difference.mean() > n_errors * np.sqrt(np.sum(sums**2)) / len(difference))


def choose_on_folds(
    retriever: Any,
    extractors: dict[str, Extractor],
    described: dict[str, tuple[np.ndarray, np.ndarray]],
    views: Mapping[str, Sequence[Any]],
    ids: Sequence[Any],
    complete: np.ndarray,
    labels: Sequence[Any] | None,
    groups: Sequence[Any] | None,
) -> Aligner:
    """The alignment that a retriever's selection chooses, unfitted; ``selection_`` is set.

    Where other text features are chosen they replace the retriever's in ``extractors`` and ``described``, features
    and rows of all items by modality; ``complete`` marks the items that are learned from.
    """
    selection, learned = retriever.selection, np.flatnonzero(complete)
    features = {m: X[complete[rows]] for m, (X, rows) in described.items()}
    fitted: dict[str, Extractor] = {}

    def texts() -> Iterator[tuple[str, Any]]:
        items, names = taken(views["text"], learned), taken(ids, learned)
        execution = {name: getattr(retriever, name) for name in ("n_jobs", "on_error", "cache")}
        for name, extractor, X in text_candidates(selection.texts or {}, items, names, execution):
            fitted[name] = extractor
            yield name, X

    known, taken_from = (None if given is None else taken(given, learned) for given in (labels, groups))
    try:
        text, aligner, chosen = selection.choose(
            features, retriever.aligner, known, texts() if "text" in views else (), taken_from
        )
    except NothingToChooseError as error:
        logger.warning("nothing was chosen: %s", error)
        return retriever.aligner
    if text in fitted:
        rows = described["text"][1]
        view = describe_view(fitted[text], "text", taken(views["text"], rows), taken(ids, rows))
        extractors["text"], described["text"] = fitted[text], (view.features, rows[view.kept])
    retriever.selection_ = chosen.to_dict()
    return aligner
