"""IAPR TC-12 in its official layout, in miniature."""

import pytest

from classicxm.datasets import load_iaprtc12
from classicxm.errors import CollectionError
from tests.datasets.miniatures import by_split, touch


@pytest.fixture
def iaprtc12(tmp_path):
    for item in ("00/25", "00/112", "01/1000"):
        touch(tmp_path, f"images/{item}.jpg")
        path = tmp_path / "annotations_complete_eng" / f"{item}.eng"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            f"<DOC>\n<DOCNO>annotations/{item}.eng</DOCNO>\n<TITLE>Plaza & más</TITLE>\n<DESCRIPTION>a yellow "
            f"building;\ntwo palm trees &amp; {item};</DESCRIPTION>\n<NOTES></NOTES>\n"
            f"<LOCATION>Quito, Ecuador</LOCATION>\n<IMAGE>images/{item}.jpg</IMAGE>\n</DOC>\n".encode(
                "latin-1"
            )
        )
    return tmp_path


def test_iaprtc12(iaprtc12):
    found = load_iaprtc12(iaprtc12)
    assert found.ids == ["00/25", "00/112", "01/1000"] and set(found.column("split")) <= {"train", "test"}
    assert (
        found[0]["text"] == "a yellow building; two palm trees & 00/25;"
        and found[0]["title"] == "Plaza & más"
    )
    (iaprtc12 / "iaprtc12_train_list.txt").write_text("00/25\n")
    (iaprtc12 / "iaprtc12_test_list.txt").write_text("images/01/1000.jpg\n")
    assert by_split(load_iaprtc12(iaprtc12)) == {"train": ["00/25"], None: ["00/112"], "test": ["01/1000"]}
    (iaprtc12 / "annotations_complete_eng/00/25.eng").write_text("<DOC></DOC>")
    with pytest.raises(CollectionError, match=r"25.eng has no <DESCRIPTION>"):
        load_iaprtc12(iaprtc12)
    with pytest.raises(CollectionError, match="has no annotations_complete_ger"):
        load_iaprtc12(iaprtc12, language="ger")
    with pytest.raises(ValueError, match="language must be one of eng, ger"):
        load_iaprtc12(iaprtc12, language="fra")
