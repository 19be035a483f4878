"""Sound described frame by frame: MFCC, PLP, RASTA-PLP, gammatone cepstra and statistics of the spectrum."""

from classicxm.lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    {
        "gammatone": ["GammatoneCepstra"],
        "mfcc": ["MFCC"],
        "plp": ["PLP"],
        "rasta": ["RastaPLP"],
        "spectral": ["SpectralStatistics"],
    },
)
