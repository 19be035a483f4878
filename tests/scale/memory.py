"""A sample whose items are at hand, in parts of any size, and learners run over it by one process."""

import contextlib
import itertools
from types import SimpleNamespace

from classicxm.scale.engines import SerialEngine
from classicxm.scale.statistics import merge


class Backwards(SerialEngine):
    """Its shards are done last first."""

    def run(self, function, shards):
        yield from ((shard, function(shard)) for shard in reversed(list(shards)))


class HeldSample:
    """Stands for `classicxm.scale.learning.Sample`: parts are slices of a list of items, cut at these places."""

    def __init__(self, items, cuts=(), modality="text", folder=None, on_error="raise"):
        bounds = [0, *cuts, len(items)]
        self.parts = {
            f"sample-{n:05d}": range(start, stop)
            for n, (start, stop) in enumerate(itertools.pairwise(bounds))
        }
        self.held, self.modality, self.folder, self.on_error = items, modality, folder, on_error
        self.plan = SimpleNamespace(
            sample=len(items), n_sample_parts=len(self.parts), sample_parts=list(self.parts)
        )

    @contextlib.contextmanager
    def items(self, part):
        numbers = self.parts[part]
        yield [f"item-{n}" for n in numbers], [self.held[n] for n in numbers]

    def work(self, *names):
        folder = self.folder.joinpath(*names)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def ended(learner, parts, engine=None):
    """What a learner ends with."""
    engine = engine or SerialEngine()
    try:
        statistic = next(learner)
        while True:
            statistic = learner.send(engine.reduce(statistic, merge, parts))
    except StopIteration as done:
        return done.value
