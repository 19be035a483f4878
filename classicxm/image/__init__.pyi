from .color import ColorHistogram as ColorHistogram
from .dense_color import DenseColor as DenseColor
from .dense_sift import DenseSIFT as DenseSIFT
from .gist import GIST as GIST
from .hog import HOG as HOG
from .lbp import LBP as LBP
from .mirrored import Mirrored as Mirrored
from .sift import SIFT as SIFT
