from .base import StoredIndex as StoredIndex
from .exact import ExactIndex as ExactIndex
from .faiss import FaissIndex as FaissIndex
from .hamming import HammingIndex as HammingIndex
from .lsh import LSHIndex as LSHIndex
from .nearpy import NearPyIndex as NearPyIndex
from .vector_store import VectorStore as VectorStore
