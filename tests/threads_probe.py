"""An extractor that reports how many threads its worker may use; importable, so that workers can load it."""

import cv2
from threadpoolctl import threadpool_info

from classicxm.base import Extractor


class ThreadCounts(Extractor):
    modality = "text"

    def __init__(self, n_jobs=None, on_error="raise", cache=None):
        self.n_jobs = n_jobs
        self.on_error = on_error
        self.cache = cache

    def describe(self, item):
        pools = [pool["num_threads"] for pool in threadpool_info()]
        return [cv2.getNumThreads(), max(pools, default=1)]
