"""What extractors learn, learned from a sample in passes: every pass adds up one statistic over the sample's parts.

A learner is a generator. It yields a function of one part, is sent the merged statistic of all parts, and ends with
the fitted estimator. Extractors that learn otherwise are fitted on the sample in one task.
"""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sklearn.base import clone
from sklearn.pipeline import Pipeline

from classicxm.base import Extractor, LocalExtractor
from classicxm.encoding import Encoded, FeatureBlocks
from classicxm.image import LBP
from classicxm.retrieval.description import set_execution, split_pipeline
from classicxm.scale.engines import Engine
from classicxm.scale.items import opened_records
from classicxm.scale.plan import Plan, part_rows
from classicxm.scale.statistics import merge

__all__ = ["Learner", "Sample", "learn_extractor", "learner_of"]

Learner = Generator[Callable[[str], Any], Any, Any]
logger = logging.getLogger(__name__)
#: Items that extractors are tried on which learn nothing but the width of their descriptions.
FEW = 4


@dataclass(frozen=True)
class Sample:
    """The items of one modality that extractors learn from, in parts; workers read their part alone."""

    folder: Path
    plan: Plan
    modality: str
    on_error: str

    @contextlib.contextmanager
    def items(self, part: str) -> Iterator[tuple[list[str], list[Any]]]:
        """Ids and items of a part, readable while the context lasts; broken ones are left out unless they raise."""
        rows = part_rows(self.folder, part)
        with opened_records(self.plan, rows, [self.modality], self.on_error) as (records, _):
            yield [record["id"] for record in records], [record[self.modality] for record in records]

    def work(self, *names: str) -> Path:
        """A folder for what is kept between passes."""
        return self.folder.joinpath("work", self.modality, *names)


def learn_extractor(extractor: Any, sample: Sample, engine: Engine) -> Any:
    """A fitted clone of an extractor, from a sample, by an engine."""
    learner = learner_of(clone(extractor), sample, ())
    try:
        statistic = next(learner)
        while True:
            statistic = learner.send(engine.reduce(statistic, merge, sample.plan.sample_parts))
    except StopIteration as done:
        return done.value


def learner_of(extractor: Any, sample: Sample, path: tuple[str, ...]) -> Learner:
    """The learner of an extractor: in passes where one is known, otherwise in one task.

    ``path`` names the extractor within another, and the folder of what it keeps between passes.
    """
    from classicxm.scale.descriptor_learning import learn_encoded
    from classicxm.scale.text_learning import learn_terms, learn_topics
    from classicxm.text import TopicsText
    from classicxm.text.terms import TermExtractor

    if isinstance(extractor, FeatureBlocks):
        return _learn_blocks(extractor, sample, path)
    if isinstance(extractor, Pipeline):
        return _learn_at_once(extractor, sample)
    if isinstance(extractor, Encoded) and type(extractor.local).fit in _nothing_learned():
        return learn_encoded(extractor, sample, path)
    if isinstance(extractor, TopicsText) and extractor.method == "lsa":
        return learn_topics(extractor, sample)
    if isinstance(extractor, TermExtractor) and type(extractor).fit is TermExtractor.fit:
        return learn_terms(extractor, sample)
    if type(extractor).fit in _nothing_learned():
        return _learn_nothing(extractor, sample)
    return _learn_at_once(extractor, sample)


@functools.cache
def _nothing_learned() -> set[Any]:
    """The fit methods that check parameters and learn nothing from items."""
    from classicxm import audio, image

    named = [getattr(room, name) for room in (audio, image) for name in room.__all__]
    ours = [
        one.fit for one in named if isinstance(one, type) and issubclass(one, (Extractor, LocalExtractor))
    ]
    return {Extractor.fit, LocalExtractor.fit, LBP.fit, *ours}


def _learn_blocks(blocks: FeatureBlocks, sample: Sample, path: tuple[str, ...]) -> Learner:
    """Every block by its own learner, then put together."""
    learned = []
    for name, extractor in blocks.blocks:
        fitted = yield from learner_of(clone(extractor), sample, (*path, name))
        learned.append((name, fitted))
    blocks.blocks_ = learned
    blocks.widths_ = [extractor.n_features_out_ for _, extractor in learned]
    blocks.n_features_out_ = sum(blocks.widths_)
    return blocks


def _learn_nothing(extractor: Extractor, sample: Sample) -> Learner:
    """Check parameters, and find the width."""
    yield from ()
    return _tried(extractor, sample)


def _tried(extractor: Any, sample: Sample) -> Any:
    """Fitted on the first readable part, of which a few items tell the width of the descriptions."""
    for part in sample.plan.sample_parts:
        with sample.items(part) as (_, items):
            if items:
                extractor = extractor.fit(items[:FEW])
                if not hasattr(extractor, "n_features_out_"):
                    set_execution(extractor, on_error="zero")
                    extractor.transform(items[:FEW])
                return extractor
    raise ValueError(f"none of the sample's {sample.modality} items can be read")


def _learn_at_once(extractor: Any, sample: Sample) -> Learner:
    """Fit on all items of the sample in this process."""
    name = type(split_pipeline(extractor)[0]).__name__
    logger.info("%s has no statistics that add up; it learns from the sample in one process", name)
    yield from ()
    with contextlib.ExitStack() as stack:
        items = [
            item for part in sample.plan.sample_parts for item in stack.enter_context(sample.items(part))[1]
        ]
        return extractor.fit(items)
