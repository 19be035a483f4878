"""A memory for descriptors, which do not depend on the fold that an encoder learns from."""

from classicxm.base import LocalExtractor

__all__ = ["Remembered", "remembering"]


class Remembered(LocalExtractor):
    """Descriptors of another local extractor, computed once an item for all the folds of a run.

    Items are told apart by the place of their samples in memory, which are kept so that no other takes it.
    """

    modality = "audio"
    memory = {}

    def __init__(self, local):
        self.local = local

    def describe_located(self, item):
        key = repr(self.local), id(item.samples)
        if key not in self.memory:
            self.memory[key] = item.samples, self.local.describe_located(item)
        return self.memory[key][1]


def remembering(extractor):
    """The same FeatureBlocks or Encoded with every local extractor remembered."""
    for part in [block for _, block in getattr(extractor, "blocks", [])] or [extractor]:
        part.set_params(local=Remembered(part.local))
    return extractor
