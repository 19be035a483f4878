from .alignment import CCA as CCA
from .base import Aligner as Aligner
from .base import Encoder as Encoder
from .base import Extractor as Extractor
from .base import Index as Index
from .base import LocalExtractor as LocalExtractor
from .datasets import Collection as Collection
from .datasets import load_collection as load_collection
from .datasets import make_scenes as make_scenes
from .persistence import load as load
from .persistence import save as save
from .retrieval import CrossModalRetriever as CrossModalRetriever
from .search import ExactIndex as ExactIndex
from .web import Client as Client

__version__: str
