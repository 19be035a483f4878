"""The benchmark of texts: both systems describe the same, and every figure has its row."""

import pytest

from benchmarks.text import SYSTEMS, captions, described, run


def test_both_systems_describe_the_same():
    texts = captions(300)
    ours, theirs = (described(SYSTEMS[name]().fit(texts), texts) for name in ("TfidfText", "TfidfVectorizer"))
    assert ours.shape == theirs.shape and ours.shape[1] > 100
    assert abs(ours - theirs).max() < 1e-12


@pytest.mark.slow
def test_rows_of_a_quick_run():
    rows = {(row["system"], row["measure"]): row for row in run(None, quick=True)}
    assert {measure for _, measure in rows} == {
        "captions_fit",
        "captions_describe",
        "captions_fit_ratio",
        "captions_describe_ratio",
        "captions_sparse",
        "long_text",
        "long_text_memory",
        "long_text_ratio",
    }
    entries = [rows[name, "long_text"]["settings"]["entries"] for name in SYSTEMS]
    assert entries[0] == entries[1] > 100
    assert rows["TfidfText", "captions_sparse"]["value"] < 2
