"""The folder of a saved retriever: estimators, one folder an index, and what is stored with items as JSON lines."""

import json
from os import fspath

from sklearn.base import clone

from classicxm.persistence import ESTIMATOR, read_estimator, read_object, write_estimator, write_object

__all__ = ["read_retriever", "write_retriever"]

ITEMS = "items.jsonl"
ERRORS = "surrogatepass"  # names of files need not be Unicode


def write_retriever(retriever, folder):
    """Write a fitted retriever into an empty folder."""
    bare = clone(retriever)
    if bare.cache is not None:
        bare.cache = fspath(bare.cache)  # a saved object holds no type that only one system has
    bare.extractors_, bare.aligner_ = retriever.extractors_, retriever.aligner_
    write_estimator(bare, folder / ESTIMATOR)
    for modality, index in retriever.indexes_.items():
        (folder / f"index-{modality}").mkdir()
        write_object(index, folder / f"index-{modality}")
    with open(folder / ITEMS, "w", encoding="utf-8", errors=ERRORS) as file:
        for key, payload in retriever.payload_.items():
            file.write(json.dumps({"id": key, "payload": payload}, ensure_ascii=False) + "\n")


def read_retriever(folder):
    """The retriever that `write_retriever` wrote."""
    retriever = read_estimator(folder / ESTIMATOR)
    retriever.indexes_ = {m: read_object(folder / f"index-{m}") for m in retriever.extractors_}
    with open(folder / ITEMS, encoding="utf-8", errors=ERRORS) as file:
        retriever.payload_ = {row["id"]: row["payload"] for row in map(json.loads, file)}
    return retriever
