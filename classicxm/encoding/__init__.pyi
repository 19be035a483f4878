from .bow import BagOfWords as BagOfWords
from .channels import Channels as Channels
from .encoded import Encoded as Encoded
from .feature_blocks import FeatureBlocks as FeatureBlocks
from .fisher import FisherVector as FisherVector
from .precomputed import PrecomputedFeatures as PrecomputedFeatures
from .statistics import Statistics as Statistics
from .vlad import VLAD as VLAD
