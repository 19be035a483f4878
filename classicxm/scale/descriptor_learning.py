"""Vocabularies, mixtures and deviations of local descriptors, learned by adding up over parts of a sample.

Descriptors of the sample are drawn once and kept as arrays; a small part of them starts k-means and mixtures, and
every pass over all of them betters what was started.
"""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone

from classicxm import media
from classicxm.alignment.moments import Moments
from classicxm.atomic import write_file
from classicxm.base import Encoder
from classicxm.encoding import VLAD, BagOfWords, Channels, Encoded, FisherVector, Statistics
from classicxm.encoding.encoded import SPARE
from classicxm.encoding.gmm import VARIANCE_FLOOR, fit_gmm, maximise
from classicxm.encoding.vocabulary import learn_words, nearest_words
from classicxm.errors import ItemError
from classicxm.execution import reason_of
from classicxm.parameters import check_parameters
from classicxm.scale.learning import Learner, Sample
from classicxm.scale.statistics import Columns, Drawn, MixtureSums, WordSums
from classicxm.scale.survey import id_hash

__all__ = ["learn_encoded", "learn_encoder"]

#: Descriptors that k-means and mixtures are started from.
STARTED_FROM = 20_000
#: A pass of k-means or of expectation-maximisation that betters its measure by a smaller share, or amount, is the last.
BETTERED, LIKELIER = 1e-4, 1e-4
MOST_PASSES = 20


@dataclass(frozen=True)
class Descriptors:
    """Drawn descriptors of a sample, one file per part; of a channel's columns alone where one is given."""

    folder: Path
    seed: int
    width: int = 0
    columns: tuple[int, int] | None = None

    def rows(self, part: str) -> np.ndarray:
        """Descriptors (n, d) of a part; n may be 0."""
        rows = np.load(self.folder / f"{part}.npy", allow_pickle=False)
        rows = rows if len(rows) else np.empty((0, self.width), np.float32)
        return rows if self.columns is None else np.ascontiguousarray(rows[:, slice(*self.columns)])

    def owners(self, part: str) -> np.ndarray:
        """The item of each descriptor: hashes of ids (n,)."""
        return np.load(self.folder / f"{part}-owners.npy", allow_pickle=False)


@dataclass
class Count:
    """How many descriptors there are, and of how many dimensions."""

    n: int
    width: int

    def merge(self, other: Count) -> Count:
        """Both together."""
        return Count(self.n + other.n, max(self.width, other.width))


@dataclass
class WordItems:
    """In how many items each word occurs, and how many items there are."""

    n: int
    words: np.ndarray

    def merge(self, other: WordItems) -> WordItems:
        """Both together."""
        return WordItems(self.n + other.n, self.words + other.words)


def learn_encoded(encoded: Encoded, sample: Sample, path: tuple[str, ...]) -> Learner:
    """Draw descriptors once, then learn the encoder from them."""
    check_parameters(encoded)
    local = clone(encoded.local)
    with sample.items(sample.plan.sample_parts[0]) as (_, items):
        encoded.local_ = local.fit(items[:1])
    seed = encoded.random_state if isinstance(encoded.random_state, int) else 0
    n_items = min(sample.plan.sample, 250 * sample.plan.n_sample_parts)
    share = int(np.ceil(SPARE * encoded.sample_size / n_items))
    drawn = Descriptors(sample.work(*path), seed)
    count = yield functools.partial(_draw, encoded.local_, sample, drawn, share)
    if not count.n:
        raise ValueError(
            f"none of the sample's {sample.modality} items has a descriptor to learn from; "
            "check that they are neither flat, silent nor smaller than a descriptor"
        )
    drawn = replace(drawn, width=count.width)
    encoded.encoder_ = yield from learn_encoder(clone(encoded.encoder), drawn, count.width, sample)
    encoded.n_features_out_ = encoded.encoder_.n_features_out_
    return encoded


def learn_encoder(encoder: Encoder, drawn: Descriptors, width: int, sample: Sample) -> Learner:
    """A fitted encoder of descriptors of so many dimensions; kinds that are not known here learn at once."""
    check_parameters(encoder)
    if isinstance(encoder, Channels):
        return (yield from _learn_channels(encoder, drawn, width, sample))
    if isinstance(encoder, Statistics):
        return (yield from _learn_statistics(encoder, drawn, width))
    if isinstance(encoder, (BagOfWords, VLAD)):
        return (yield from _learn_words(encoder, drawn, width))
    if isinstance(encoder, FisherVector):
        return (yield from _learn_mixture(encoder, drawn, width))
    parts = sample.plan.sample_parts
    rows = np.concatenate([drawn.rows(part) for part in parts])
    return encoder.fit(rows, np.concatenate([drawn.owners(part) for part in parts]))


def _draw(local: Any, sample: Sample, drawn: Descriptors, share: int, part: str) -> Count:
    """Write descriptors of a part's items, at most ``share`` of each, and the item each is from."""
    rows, owners = [], []
    with sample.items(part) as (ids, items):
        for key, item in zip(ids, items, strict=True):
            try:
                descriptors = local.describe(media.decode(sample.modality, item))
            except (ValueError, TypeError, OSError) as error:
                if sample.on_error == "raise":
                    raise ItemError(key, reason_of(error)) from None
                continue
            if len(descriptors) > share:
                generator = np.random.default_rng([drawn.seed, id_hash(key)])
                descriptors = descriptors[np.sort(generator.choice(len(descriptors), share, replace=False))]
            if len(descriptors):
                rows.append(np.asarray(descriptors, np.float32))
                owners.append(np.full(len(descriptors), id_hash(key), np.uint64))
    width = rows[0].shape[1] if rows else 0
    for name, arrays, empty in (
        (f"{part}.npy", rows, np.empty((0, width), np.float32)),
        (f"{part}-owners.npy", owners, np.empty(0, np.uint64)),
    ):
        buffer = io.BytesIO()
        np.save(buffer, np.concatenate(arrays) if arrays else empty, allow_pickle=False)
        write_file(drawn.folder / name, buffer.getvalue())
    return Count(sum(map(len, rows)), width)


def _learn_channels(encoder: Channels, drawn: Descriptors, width: int, sample: Sample) -> Learner:
    """One encoder a channel."""
    encoder.encoders_ = {}
    for name, (start, stop) in encoder.channels.items():
        if stop > width:
            raise ValueError(f"channel {name!r} ends at column {stop}, but the descriptors have {width}")
        channel = replace(drawn, columns=(start, stop))
        encoder.encoders_[name] = yield from learn_encoder(
            clone(encoder.encoder), channel, stop - start, sample
        )
    return encoder.join(width)


def _learn_statistics(encoder: Statistics, drawn: Descriptors, width: int) -> Learner:
    """Mean and deviation of every dimension."""
    encoder.n_features_in_, encoder.n_features_out_ = width, width * len(encoder.statistics)
    encoder.mean_, encoder.scale_ = np.zeros(width), np.ones(width)
    if encoder.standardise:
        found = yield functools.partial(_columns, drawn)
        encoder.mean_ = found.mean
        constant = found.deviation <= 1e-9 * np.abs(encoder.mean_)
        encoder.scale_ = np.where(constant, np.maximum(np.abs(encoder.mean_), 1), found.deviation)
    return encoder


def _learn_words(encoder: BagOfWords | VLAD, drawn: Descriptors, width: int) -> Learner:
    """k-means: started from some of the descriptors, bettered by passes over all of them."""
    first = yield functools.partial(_start, drawn, None)
    first = _enough(first, encoder.n_words, f"n_words={encoder.n_words}")
    words = learn_words(first, encoder.n_words, encoder.random_state)
    before = np.inf
    for _ in range(MOST_PASSES):
        sums = yield functools.partial(_word_sums, drawn, words)
        if sums.distortion >= before * (1 - BETTERED):
            break
        before = sums.distortion
        words = sums.words(words)
    encoder.words_, encoder.n_features_in_ = words, width
    encoder.cell_width_ = encoder.n_words if isinstance(encoder, BagOfWords) else words.size
    if isinstance(encoder, BagOfWords):
        encoder.scale_ = float(encoder.softness * sums.distortion) or 1.0
        encoder.idf_ = np.ones(encoder.n_words)
        if encoder.tfidf:
            held = yield functools.partial(_word_items, drawn, words)
            encoder.idf_ = np.log((1 + held.n) / (1 + held.words)) + 1
    return encoder


def _learn_mixture(encoder: FisherVector, drawn: Descriptors, width: int) -> Learner:
    """Principal directions from second moments, then expectation-maximisation over all descriptors."""
    moments = yield functools.partial(_moments, drawn)
    encoder.mean_ = moments.mean("descriptors").astype(np.float32)
    covariance = moments.covariance("descriptors")
    encoder.projection_ = np.eye(width, dtype=np.float32)
    if encoder.n_pca is not None and encoder.n_pca < width:
        vectors = np.linalg.eigh(covariance)[1][:, ::-1][:, : encoder.n_pca]
        largest = np.abs(vectors).argmax(axis=0)
        encoder.projection_ = (vectors * np.sign(vectors[largest, np.arange(encoder.n_pca)])).astype(
            np.float32
        )
    first = yield functools.partial(_start, drawn, encoder)
    first = _enough(first, encoder.n_components, f"n_components={encoder.n_components}")
    mixture = fit_gmm(first, encoder.n_components, encoder.max_iter, random_state=encoder.random_state)
    variance = (
        float(np.trace(encoder.projection_.T @ covariance @ encoder.projection_))
        / encoder.projection_.shape[1]
    )
    floor = max(VARIANCE_FLOOR * variance, float(np.finfo(np.float32).tiny))
    before = -np.inf
    for _ in range(min(encoder.max_iter, MOST_PASSES)):
        sums = yield functools.partial(_mixture_sums, drawn, encoder, mixture)
        if sums.likelihood / sums.n - before < LIKELIER:
            break
        before = sums.likelihood / sums.n
        mixture = maximise(sums.zeroth, sums.first, sums.second, floor)
    encoder.weights_, encoder.means_, encoder.variances_ = mixture
    encoder.n_features_in_ = width
    encoder.cell_width_ = 2 * encoder.means_.size + (encoder.n_components if encoder.include_weights else 0)
    return encoder


def _enough(first: Drawn, at_least: int, what: str) -> np.ndarray:
    rows = first.columns["rows"]
    if len(rows) < at_least:
        raise ValueError(
            f"{what} needs at least {at_least} descriptors, got {len(rows)}; lower it or give a larger --sample"
        )
    return rows


def _start(drawn: Descriptors, encoder: FisherVector | None, part: str) -> Drawn:
    """Some descriptors of a part, chosen by random keys that belong to the part."""
    rows = drawn.rows(part)
    keys = (
        np.random.default_rng([drawn.seed, id_hash(part)])
        .integers(0, 2**63, len(rows), np.int64)
        .astype(np.uint64)
    )
    return Drawn.of(keys, {"rows": rows if encoder is None else encoder.project(rows)}, STARTED_FROM)


def _columns(drawn: Descriptors, part: str) -> Columns | None:
    rows = drawn.rows(part)
    return Columns.of(rows) if len(rows) else None


def _moments(drawn: Descriptors, part: str) -> Moments | None:
    rows = drawn.rows(part)
    return Moments().add({"descriptors": rows}) if len(rows) else None


def _word_sums(drawn: Descriptors, words: np.ndarray, part: str) -> WordSums:
    return WordSums.of(drawn.rows(part), words)


def _word_items(drawn: Descriptors, words: np.ndarray, part: str) -> WordItems:
    rows, owners = drawn.rows(part), drawn.owners(part)
    nearest = nearest_words(rows, words)[0][:, 0]
    pairs = np.unique(np.stack([owners.astype(np.uint64), nearest.astype(np.uint64)]), axis=1)
    return WordItems(len(np.unique(owners)), np.bincount(pairs[1].astype(int), minlength=len(words)))


def _mixture_sums(drawn: Descriptors, encoder: FisherVector, mixture: tuple, part: str) -> MixtureSums:
    return MixtureSums.of(encoder.project(drawn.rows(part)), *mixture)
