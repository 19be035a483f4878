"""Descriptions of sound that `benchmarks.audio` compares, and a memory for the part that does not depend on folds."""

from benchmarks.environment import SEED
from classicxm.audio import MFCC, PLP, GammatoneCepstra, SpectralStatistics
from classicxm.base import LocalExtractor
from classicxm.encoding import BagOfWords, Encoded, FisherVector, Statistics
from classicxm.retrieval import FeatureBlocks

__all__ = ["RECIPES", "Remembered", "digit_sound", "remembering"]

RATE = 22050
SAMPLE = 50_000
SPREAD = ("mean", "std", "skewness", 5, 25, 50, 75, 95)


def _mfcc():
    return MFCC("slaney", n_mfcc=20, deltas=1, sample_rate=RATE)


def _statistics(local, statistics=SPREAD):
    return Encoded(local, Statistics(statistics), sample_size=SAMPLE, random_state=SEED)


def _fisher(local):
    encoder = FisherVector(n_components=32, n_pca=None, random_state=SEED)
    return Encoded(local, encoder, sample_size=SAMPLE, random_state=SEED)


def baseline():
    """Mean and deviation of 20 MFCC."""
    plain = MFCC("slaney", n_mfcc=20, sample_rate=RATE)
    return FeatureBlocks([("mfcc", _statistics(plain, ("mean", "std")))])


def standard():
    """A bag of 256 audio words over MFCC and deltas, and statistics of both and of the spectrum."""
    words = BagOfWords(n_words=256, random_state=SEED)
    return FeatureBlocks(
        [
            ("words", Encoded(_mfcc(), words, sample_size=SAMPLE, random_state=SEED)),
            ("mfcc", _statistics(_mfcc())),
            ("spectrum", _statistics(SpectralStatistics(deltas=1, sample_rate=RATE))),
        ]
    )


def strong():
    """Fisher vectors of MFCC and gammatone cepstra, and statistics of these, of PLP and of the spectrum."""
    gammatone = GammatoneCepstra(n_cepstra=20, deltas=1, sample_rate=RATE)
    return FeatureBlocks(
        [
            ("fisher-mfcc", _fisher(_mfcc())),
            ("fisher-gammatone", _fisher(gammatone)),
            ("mfcc", _statistics(_mfcc())),
            ("gammatone", _statistics(gammatone)),
            ("plp", _statistics(PLP("htk", deltas=1, sample_rate=RATE))),
            ("spectrum", _statistics(SpectralStatistics(deltas=1, sample_rate=RATE))),
        ]
    )


RECIPES = {"baseline": baseline, "standard": standard, "strong": strong}


def digit_sound():
    """Fisher vectors of MFCC and deltas over the whole word and over each quarter of it."""
    encoder = FisherVector(n_components=16, n_pca=None, pyramid=((1,), (4,)), random_state=SEED)
    return Encoded(MFCC("slaney", deltas=1), encoder, sample_size=SAMPLE, random_state=SEED)


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
