"""Searching while other threads add and remove; payloads belong to the retriever alone."""

import sys
import threading

import numpy as np
import pytest

from tests.retrieval.plain_vectors import plain_retriever


@pytest.mark.slow
def test_64_threads_search_while_one_adds():
    images = {f"i{n}": [np.cos(n), np.sin(n)] for n in range(300)}
    retriever = plain_retriever({"a": [1, 0], "t": [0, 1]}, images)
    retriever.add("image", [[-3.0, 1.0]], ["old"], [{"label": "old"}])
    wrong, stop = [], threading.Event()

    def ask(target, where):
        while not stop.is_set():
            try:
                hits = retriever.search({"image": [-3.0, 1.0]}, target, 3, where=where)
                if any(hit.id == "new" and hit.payload != {"label": "new"} for hit in hits):
                    wrong.append("without payload")
            except Exception as error:
                wrong.append(repr(error))

    kinds = [("image", None), ("image", "label=old or label=new"), ("any", None)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=ask, args=kinds[n % 3]) for n in range(64)]
        for thread in threads:
            thread.start()
        for _ in range(60):
            retriever.add("image", [[-3.0, 1.0]], ["new"], [{"label": "new"}])
            retriever.remove(["new"])
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(interval)
    assert not wrong


def test_payloads_are_copied_in_and_out():
    retriever = plain_retriever({"a": [1, 0]}, {"b": [0, 1]})
    mine = {"tags": ["dog"]}
    retriever.add("text", [[1, 1]], ["c"], [mine])
    mine["tags"].append("cat")
    retriever.search({"text": [1, 1]}, "text", 1)[0].payload["tags"].append("bird")
    assert retriever.search({"text": [1, 1]}, "text", 1)[0].payload == {"tags": ["dog"]}


def test_a_refused_addition_leaves_no_payload():
    retriever = plain_retriever({"a": [1, 0]}, {"b": [0, 1]})
    with pytest.raises(ValueError, match="already"):
        retriever.add("text", [[1, 1], [2, 1]], ["new", "a"], [{"x": 1}, {"x": 2}])
    assert "new" not in retriever.payload_ and retriever.payload_["a"] != {"x": 2}


def test_what_was_seen_with_weight_zero_is_not_recommended():
    retriever = plain_retriever({"a": [1, 0]}, {"b": [1, 0.1], "c": [1, 0.2]})
    hits = retriever.recommend(["a", {"id": "b", "weight": 0}], "image", 5)
    assert [hit.id for hit in hits] == ["c"]
