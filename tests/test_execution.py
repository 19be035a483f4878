"""Decoding, workers, error policy, report and cache, as every extractor gets them."""

import numpy as np
import pytest

from classicxm.base import Extractor
from classicxm.errors import EmptyDescriptionWarning, ItemError
from classicxm.execution import describe_items
from classicxm.text import TfidfText


class Lengths(Extractor):
    """Counts characters and words; refuses texts that say so."""

    modality = "text"
    n_described = 0

    def __init__(self, n_jobs=None, on_error="raise", cache=None):
        self.n_jobs = n_jobs
        self.on_error = on_error
        self.cache = cache

    def describe(self, item):
        type(self).n_described += 1
        if "refuse" in item:
            raise ValueError("this text is refused")
        return [len(item), len(item.split())] if "infinite" not in item else [np.inf, 0]


TEXTS = ["a dog", "refuse me", "two small dogs", "infinite", "x"]


def test_default_stops_at_the_first_failure_and_names_it():
    with pytest.raises(ItemError, match="item 'refuse me': this text is refused"):
        Lengths().fit().transform(TEXTS)


def test_skip_leaves_failures_out_and_reports_them():
    lengths = Lengths(on_error="skip").fit()
    features = lengths.transform(TEXTS)
    assert features.tolist() == [[5, 2], [14, 3], [1, 1]] and features.dtype == np.float32
    report = lengths.error_report_
    assert report.kept.tolist() == [0, 2, 4]
    assert [(f.row, f.item) for f in report.failures] == [(1, "refuse me"), (3, "infinite")]
    assert str(report).splitlines() == [
        "refuse me: this text is refused",
        "infinite: its description has NaN or infinity",
    ]


def test_zero_keeps_a_row_for_every_item():
    features = Lengths(on_error="zero").fit().transform(TEXTS)
    assert features.tolist() == [[5, 2], [0, 0], [14, 3], [0, 0], [1, 1]]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_workers_give_the_same_rows_in_order(n_jobs):
    texts = ["w " * n for n in range(1, 150)]
    features = Lengths(n_jobs=n_jobs).fit().transform(texts)
    assert features[:, 1].tolist() == list(range(1, 150))


def test_threads_are_capped_inside_workers():
    class_ = type("Threads", (Lengths,), {})  # defined here, so that only its name reaches the worker
    assert class_(n_jobs=1).fit().transform(["a"]).shape == (1, 2)
    from tests.threads_probe import ThreadCounts

    counts = ThreadCounts(n_jobs=2).fit().transform(["a", "b", "c"])
    assert (counts == 1).all()


def test_wrong_kinds():
    with pytest.raises(TypeError, match="items must be a sequence of items, got str; wrap a single item"):
        Lengths().fit().transform("one text")
    with pytest.raises(ItemError, match="item '3': a text must be a string"):
        Lengths().fit().transform([3])
    with pytest.raises(
        ValueError, match=r"Lengths: on_error must be one of 'raise', 'skip', 'zero', got 'drop'"
    ):
        Lengths(on_error="drop").fit()


def test_nothing_describable_has_no_width():
    with pytest.raises(ItemError, match=r"none of the 1 items could be described"):
        Lengths(on_error="zero").fit().transform(["refuse"])
    assert Lengths().fit().transform([]).shape == (0, 0)


def test_items_with_nothing_to_describe_become_zero_rows_with_one_warning():
    tfidf = TfidfText().fit(["a red dog", "blue cats"])
    with pytest.warns(EmptyDescriptionWarning, match="TfidfText: 2 of 3 items .* 'unheard', ''") as caught:
        features = tfidf.transform(["red", "unheard", ""])
    assert len(caught) == 1 and not features[1:].any()
    assert [item.row for item in tfidf.error_report_.empty] == [1, 2]


def test_a_second_run_reads_the_cache(tmp_path):
    first = Lengths(cache=tmp_path).fit()
    rows = first.transform(["one", "two words", "one"])
    before = Lengths.n_described
    again = Lengths(cache=str(tmp_path), on_error="skip").fit()
    np.testing.assert_array_equal(again.transform(["two words", "one"]), rows[[1, 0]])
    assert Lengths.n_described == before
    again.transform(["two words", "three new words"])
    assert Lengths.n_described == before + 1


def test_failures_are_not_cached_and_damaged_entries_are_made_again(tmp_path):
    lengths = Lengths(cache=tmp_path, on_error="skip").fit()
    lengths.transform(["refuse", "fine"])
    (stored,) = tmp_path.rglob("*.entry")
    stored.write_bytes(stored.read_bytes()[:20])
    assert lengths.transform(["refuse", "fine"]).tolist() == [[4, 1]]
    assert not list(tmp_path.rglob("*.writing"))


def test_the_cache_tells_parameters_and_learned_state_apart(tmp_path):
    texts = ["red dog", "blue cat"]
    narrow = TfidfText(cache=tmp_path).fit(texts).transform(texts)
    wide = TfidfText(cache=tmp_path, analyzer="char").fit(texts).transform(texts)
    other = TfidfText(cache=tmp_path).fit([*texts, "green bird"]).transform(texts)
    assert narrow.shape[1], wide.shape[1] != other.shape[1]
    assert len({narrow.shape[1], wide.shape[1], other.shape[1]}) == 3


def test_report_rows_refer_to_the_given_items():
    _, report = describe_items(Lengths(on_error="skip").fit(), TEXTS * 100)
    assert len(report.failures) == 200 and len(report.kept) == 300
    assert all(TEXTS[f.row % 5] == f.item for f in report.failures)
