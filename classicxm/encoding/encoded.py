"""An Extractor from a local extractor and an encoder, fitted on a bounded sample of descriptors."""

import functools
from collections.abc import Sequence
from os import PathLike
from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state
from threadpoolctl import threadpool_limits

import classicxm
from classicxm import media
from classicxm.attribution import Parts, VisualWord, strongest_apart
from classicxm.base import Encoder, Extractor, LocalExtractor
from classicxm.cache import cached_fit, state_digest
from classicxm.errors import ItemError
from classicxm.execution import map_items, reason_of
from classicxm.parameters import Either, InstanceOf, Integer, check_parameters
from classicxm.sequences import listed

__all__ = ["Encoded"]

MOST_ITEMS = 2000  # items looked at for the sample
MOST_WORDS, MOST_PLACES = 5, 3  # reported per item: strongest words, and places of each
SPARE = 1.5  # descriptors drawn in excess, since some items have fewer than their share


class Encoded(Extractor):
    """Describes an item by encoding its local descriptors.

    Fitting draws a random sample of descriptors over the collection and fits the encoder on it. Descriptors of
    one item at a time are held afterwards, so memory does not grow with the collection.

    Parameters
    ----------
    local : LocalExtractor
    encoder : Encoder
    sample_size : int, default=100_000
        Most descriptors the encoder is fitted on, drawn evenly over at most 2000 items.
    random_state : int, RandomState or None, default=0
        Chooses the items and descriptors of the sample, whatever the number of workers.
    n_jobs, on_error, cache
        As in `Extractor`. Items that fail while sampling are passed over unless ``on_error="raise"``.

    Attributes
    ----------
    local_, encoder_ : fitted clones
    n_features_out_ : int

    Examples
    --------
    >>> from classicxm.encoding import BagOfWords
    >>> from classicxm.image import DenseSIFT
    >>> images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    >>> encoded = Encoded(DenseSIFT(), BagOfWords(n_words=8, random_state=0))
    >>> encoded.fit_transform(list(images)).shape
    (3, 8)
    """

    parameter_ranges = {
        "local": InstanceOf(LocalExtractor),
        "encoder": InstanceOf(Encoder),
        "sample_size": Integer(1),
        "random_state": Either(None, Integer(0), InstanceOf(np.random.RandomState)),
    }

    def __init__(
        self,
        local: LocalExtractor,
        encoder: Encoder,
        *,
        sample_size: int = 100_000,
        random_state: int = 0,
        n_jobs: int | None = None,
        on_error: str = "raise",
        cache: str | PathLike[str] | None = None,
    ) -> None:
        self.local = local
        self.encoder = encoder
        self.sample_size = sample_size
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.on_error = on_error
        self.cache = cache

    @property
    def modality(self) -> str:  # type: ignore[override] # that of the local extractor
        """The modality of the local extractor."""
        return self.local.modality

    def fit(self, items: Sequence[Any], y: Any = None) -> Self:  # type: ignore[override] # it learns from items
        """Fit the encoder on a sample of the items' descriptors.

        Raises
        ------
        ItemError
            If an item cannot be described and ``on_error`` is "raise".
        ValueError
            If no item has a descriptor, or the encoder needs more than there are.
        """
        check_parameters(self)
        items = listed(items)
        self.local_ = clone(self.local)
        if "on_error" in self.local_.get_params():
            self.local_.set_params(on_error=self.on_error)
        self.local_.fit(items)
        digest = state_digest([clone(self), self.local_], classicxm.__version__)
        self.encoder_ = cached_fit(self.cache, digest, self.modality, items, lambda: self._learned(items))
        self.n_features_out_ = self.encoder_.n_features_out_
        return self

    def describe(self, item: Any) -> np.ndarray:
        """One decoded item as a vector (n_features_out_,)."""
        return self.encoder_.encode(*self.local_.describe_located(item))

    def divide(self, item: Any, weights: np.ndarray) -> Parts:
        """``weights @ describe(item)`` divided among the item's local descriptors, as the encoder says: `Parts`.

        They tell the 5 strongest words of the encoder's vocabulary too, each with up to 3 places.
        """
        descriptors, positions = self.local_.describe_located(item)
        shares = self.encoder_.shares(descriptors, positions, weights)
        reach = self.local_.reach(item)
        names = self.local_.part_names(item)
        low, high = np.maximum(positions - reach, 0), np.minimum(positions + reach, 1)
        strongest = self.encoder_.strongest_words(descriptors, positions, weights, MOST_WORDS)
        learned = []
        for word, contribution, belonging in strongest:
            places = strongest_apart(belonging, low, high, MOST_PLACES)
            boxes = tuple((*low[place].tolist(), *high[place].tolist()) for place in places)
            learned.append(VisualWord("", word, contribution, boxes))
        spans = getattr(self.local_, "part_spans", lambda item: None)(item)
        spans = None if spans is None else tuple((span,) for span in spans)
        return Parts(shares, low, high, names, tuple(learned), spans)

    def _learned(self, items: Sequence[Any]) -> Encoder:
        sample = self._sample(items)
        with threadpool_limits(1):  # the number of cores shall not choose the last digits
            return clone(self.encoder).fit(*sample)

    def _sample(self, items: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
        """Descriptors (n, d), n at most ``sample_size``, and the position of the item each is from."""
        random = check_random_state(self.random_state)
        seed = int(random.randint(2**31 - 1))
        visited = np.arange(len(items))
        if len(items) > MOST_ITEMS:
            visited = np.sort(random.choice(len(items), MOST_ITEMS, replace=False))
        share = int(np.ceil(SPARE * self.sample_size / max(len(visited), 1)))
        draw = functools.partial(_draw_chunk, share=share, seed=seed)
        drawn, owner = [], []
        numbered = [(int(position), items[int(position)]) for position in visited]
        for (position, item), (descriptors, reason) in zip(
            numbered, map_items(draw, self, numbered, label="sampling descriptors"), strict=True
        ):
            if reason is not None:
                if self.on_error == "raise":
                    raise ItemError(media.describe_source(item), reason)
            elif len(descriptors):
                drawn.append(descriptors)
                owner.append(np.full(len(descriptors), position))
        if not drawn:
            raise ValueError(
                f"none of the {len(visited)} items has a descriptor to fit the encoder on; "
                "check that they are neither flat, silent nor smaller than a descriptor"
            )
        descriptors, owners = np.concatenate(drawn), np.concatenate(owner)
        if len(descriptors) > self.sample_size:
            kept = np.sort(random.choice(len(descriptors), self.sample_size, replace=False))
            descriptors, owners = descriptors[kept], owners[kept]
        return descriptors, owners


def _draw_chunk(
    encoded: Encoded, numbered: Sequence[tuple[int, Any]], share: int, seed: int
) -> list[tuple[np.ndarray | None, str | None]]:
    """(at most ``share`` descriptors, None) or (None, reason) for each (position, item)."""
    return [_draw(encoded, position, item, share, seed) for position, item in numbered]


def _draw(
    encoded: Encoded, position: int, item: Any, share: int, seed: int
) -> tuple[np.ndarray | None, str | None]:
    try:
        descriptors = encoded.local_.describe(encoded.decode(item))
    except (ValueError, TypeError, OSError) as error:
        return None, reason_of(error)
    if len(descriptors) > share:
        generator = np.random.default_rng([seed, position])
        descriptors = descriptors[np.sort(generator.choice(len(descriptors), share, replace=False))]
    return descriptors, None
