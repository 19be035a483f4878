from .gammatone import GammatoneCepstra as GammatoneCepstra
from .mel_bands import LogMelBands as LogMelBands
from .mfcc import MFCC as MFCC
from .plp import PLP as PLP
from .rasta import RastaPLP as RastaPLP
from .spectral import SpectralStatistics as SpectralStatistics
