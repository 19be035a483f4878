"""MSVD in its official layout, in miniature."""

import pytest

from classicxm.datasets import load_msvd
from classicxm.errors import CollectionError
from tests.datasets.miniatures import by_split, touch


@pytest.fixture
def msvd(tmp_path):
    clips = {
        "-4wsuPCjDBc_5_15": 1,
        "0hyZ__3YhZc_283_285": 1200,
        "bb_1_2": 1201,
        "cc_1_2": 1300,
        "dd_1_2": 1301,
        "ee_1_2": 1970,
    }
    touch(tmp_path, *(f"YouTubeClips/{clip}.avi" for clip in clips))
    texts = "".join(f"{clip} a squirrel is eating\n{clip} a chipmunk eats\n" for clip in clips)
    (tmp_path / "AllVideoDescriptions.txt").write_text(f"# a comment\n\n{texts}")
    (tmp_path / "youtube_mapping.txt").write_text(
        "".join(f"{clip} vid{n}\n" for clip, n in reversed(clips.items()))
    )
    return tmp_path


def test_msvd(msvd):
    found = load_msvd(msvd)
    assert by_split(found) == {
        "train": ["-4wsuPCjDBc_5_15", "0hyZ__3YhZc_283_285"], "val": ["bb_1_2", "cc_1_2"], "test": ["dd_1_2", "ee_1_2"]
    }  # fmt: skip
    assert found[0]["text"] == ["a squirrel is eating", "a chipmunk eats"]
    assert found[1]["film"] == "0hyZ__3YhZc" and found.column("number") == [1, 1200, 1201, 1300, 1301, 1970]
    (msvd / "youtube_mapping.txt").write_text("aa_1_2 vid1971\n")
    with pytest.raises(CollectionError, match="line 1: expected a clip and vid1 to vid1970"):
        load_msvd(msvd)
    (msvd / "AllVideoDescriptions.txt").write_text("nonsense\n")
    with pytest.raises(CollectionError, match="line 1: expected CLIP_FIRST_LAST and a description"):
        load_msvd(msvd)
    (msvd / "youtube_mapping.txt").unlink()
    with pytest.raises(CollectionError, match=r"has no youtube_mapping.txt"):
        load_msvd(msvd)
