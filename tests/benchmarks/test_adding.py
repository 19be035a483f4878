"""The benchmark of adding: what counts as written anew, and a row of every figure."""

import os

import pytest

from benchmarks.adding import rewritten, run


def test_links_are_not_written_anew(tmp_path):
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    (tmp_path / "old" / "kept").write_bytes(b"x" * 1000)
    found = (tmp_path / "old" / "kept").stat()
    os.link(tmp_path / "old" / "kept", tmp_path / "new" / "kept")
    (tmp_path / "new" / "other").write_bytes(b"y" * 30)
    assert rewritten({(found.st_dev, found.st_ino)}, tmp_path / "new") == 30
    assert rewritten(set(), tmp_path / "new") == 1030


@pytest.mark.slow
def test_rows_of_a_quick_run():
    rows = {(row["system"], row["measure"]): row for row in run(None, quick=True)}
    assert set(rows) == {
        ("add", "cpu_seconds"),
        ("describe", "cpu_seconds"),
        ("add", "beyond_describing"),
        ("add", "rewritten"),
    }
    written = rows["add", "rewritten"]
    assert written["settings"]["held"] == 2010
    assert 0 < written["value"] < 0.7 * written["settings"]["model_mb"]
