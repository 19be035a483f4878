"""Several extractors of one modality side by side, each block normalised and weighted."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.preprocessing import normalize

from classicxm.attribution import Parts, ratio
from classicxm.base import Extractor
from classicxm.parameters import Choice, check_parameters

__all__ = ["FeatureBlocks"]


class FeatureBlocks(Extractor):
    """Concatenates extractors, as scikit-learn's FeatureUnion does, but opens every item once.

    Unlike FeatureUnion it obeys the error policy and the cache as one extractor, and scales each block, so that
    a long block does not drown a short one.

    Parameters
    ----------
    blocks : list of (name, Extractor)
        All of one modality.
    weights : dict of str to float, default=None
        Factor of each block after normalisation; 1 where not given.
    norm : {"l2", "l1", None}, default="l2"
        Every block of every item is scaled to this norm 1 (zero blocks stay zero).
    n_jobs, on_error, cache
        See `classicxm.base.Extractor`; the blocks' own are used while they are fitted.

    Attributes
    ----------
    blocks_ : list of (name, fitted Extractor)
    widths_ : list of int
        Features of each block.
    n_features_out_ : int

    Examples
    --------
    >>> from classicxm.text import TfidfText
    >>> blocks = FeatureBlocks([("words", TfidfText()), ("letters", TfidfText(analyzer="char"))])
    >>> blocks.fit(["red circle", "blue square"]).transform(["red square"]).shape
    (1, 16)
    """

    parameter_ranges = {"norm": Choice("l2", "l1", None)}

    def __init__(
        self,
        blocks: Sequence[tuple[str, Any]],
        weights: Mapping[str, float] | None = None,
        norm: str | None = "l2",
        n_jobs: int | None = None,
        on_error: str = "raise",
        cache: str | PathLike[str] | None = None,
    ) -> None:
        self.blocks = blocks
        self.weights = weights
        self.norm = norm
        self.n_jobs = n_jobs
        self.on_error = on_error
        self.cache = cache

    @property
    def modality(self) -> str:  # type: ignore[override] # that of the blocks
        """The modality of the blocks."""
        return self.blocks[0][1].modality

    def fit(self, items: Sequence[Any], y: Any = None) -> Self:  # type: ignore[override] # it learns from items
        """Fit every block on the items."""
        check_parameters(self)
        names = [name for name, _ in self.blocks]
        if len(set(names)) < len(names) or not names:
            raise ValueError(f"FeatureBlocks: blocks must be one or more with unique names, got {names}")
        modalities = sorted({extractor.modality for _, extractor in self.blocks})
        if len(modalities) > 1:
            raise ValueError(f"FeatureBlocks: all blocks must describe one modality, got {modalities}")
        unknown = set(self.weights or {}) - set(names)
        if unknown:
            raise ValueError(
                f"FeatureBlocks: weights name no block: {sorted(unknown)}; the blocks are {names}"
            )
        self.blocks_ = [(name, clone(extractor).fit(items, y)) for name, extractor in self.blocks]
        self.widths_ = [extractor.n_features_out_ for _, extractor in self.blocks_]
        self.n_features_out_ = sum(self.widths_)
        return self

    @property
    def opens_items(self) -> bool:  # type: ignore[override] # as the blocks do
        """False where any block looks items up by their names; the others then open them when describing."""
        return all(extractor.opens_items for _, extractor in self.blocks)

    def decode(self, item: Any) -> Any:
        """The item opened for all blocks, or as it is where a block needs its name."""
        return super().decode(item) if self.opens_items else item

    def fingerprint(self, item: Any) -> str:
        """The item's content, and its name where a block looks it up by that."""
        if self.opens_items:
            return super().fingerprint(item)
        return " ".join(dict.fromkeys(extractor.fingerprint(item) for _, extractor in self.blocks_))

    def check_items(self, items: Sequence[Any]) -> None:
        """What the blocks say of the items."""
        for _, extractor in self.blocks_:
            extractor.check_items(items)

    def describe(self, item: Any) -> np.ndarray:
        """All blocks of one decoded item, scaled and concatenated: (n_features,)."""
        return self.describe_batch([item])[0]

    def describe_batch(self, items: Sequence[Any]) -> np.ndarray:
        """All blocks of several decoded items: (n_items, n_features)."""
        weights = self.weights or {}
        opened: Sequence[Any] | None = items if self.opens_items else None
        described = []
        for name, extractor in self.blocks_:
            if not extractor.opens_items:
                taken: Sequence[Any] = [extractor.decode(item) for item in items]
            else:
                taken = opened = (
                    [Extractor.decode(self, item) for item in items] if opened is None else opened
                )
            block = np.asarray(extractor.describe_batch(taken), np.float32)
            if self.norm is not None:
                block = normalize(block, self.norm)
            described.append(block * np.float32(weights.get(name, 1)))
        return np.hstack(described)

    def divide(self, item: Any, weights: np.ndarray) -> Parts:
        """``weights @ describe(item)`` of one decoded item divided block by block, as each block divides: `Parts`."""
        factors, start, parts = self.weights or {}, 0, []
        for (name, extractor), width in zip(self.blocks_, self.widths_, strict=True):
            taken = item if self.opens_items else extractor.decode(item)  # as describe_batch takes it
            before = np.asarray(extractor.describe_batch([taken]), np.float32)
            after = before if self.norm is None else normalize(before, self.norm)
            scale = ratio(after * np.float32(factors.get(name, 1)), before)[0]
            part = extractor.divide(taken, weights[start : start + width] * scale)
            parts.append(part.of_block(name))
            start += width
        return Parts.joined(parts)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters; with ``deep`` the blocks' own as NAME__PARAMETER."""
        params = super().get_params(deep=False)
        if deep:
            for name, extractor in self.blocks:
                params[name] = extractor
                params.update({f"{name}__{key}": value for key, value in extractor.get_params().items()})
        return params

    def set_params(self, **params: Any) -> Self:
        """Set own parameters, replace a block by its name, or set a block's as NAME__PARAMETER."""
        blocks = dict(self.blocks)
        own = {}
        for key, value in params.items():
            name, _, parameter = key.partition("__")
            if name not in blocks:
                own[key] = value
            elif parameter:
                blocks[name].set_params(**{parameter: value})
            else:
                blocks[name] = value
        if "blocks" not in own:
            self.blocks = list(blocks.items())
        return super().set_params(**own)
