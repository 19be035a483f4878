"""Clotho in its official layout, in miniature."""

import csv

import pytest

from classicxm.datasets import load_clotho
from classicxm.errors import CollectionError
from tests.datasets.miniatures import by_split, touch


@pytest.fixture
def clotho(tmp_path):
    for called, name in (
        ("development", "Distorted AM Radio noise.wav"),
        ("validation", "a.wav"),
        ("evaluation", "a.wav"),
    ):
        touch(tmp_path, f"{called}/{name}")
        with open(tmp_path / f"clotho_captions_{called}.csv", "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["file_name", *(f"caption_{n}" for n in range(1, 6))])
            writer.writerow([name, *(f"A sound, {called}, {n}" for n in range(1, 6))])
    (tmp_path / "clotho_metadata_development.csv").write_bytes(
        "file_name,keywords,sound_id,sound_link,start_end_samples,manufacturer,license\n"
        "Distorted AM Radio noise.wav,noise;radio,372158,https://freesound.org/1,[],José,CC0\n".encode(
            "latin-1"
        )
    )
    return tmp_path


def test_clotho(clotho):
    found = load_clotho(clotho)
    assert by_split(found) == {
        "train": ["development/Distorted AM Radio noise"], "val": ["validation/a"], "test": ["evaluation/a"]
    }  # fmt: skip
    assert found[0]["text"][4] == "A sound, development, 5" and found[0]["keywords"] == "noise;radio"
    assert found[2]["audio"] == clotho / "evaluation" / "a.wav"
    (clotho / "validation" / "a.wav").unlink()
    with pytest.raises(
        CollectionError, match=r"clotho_captions_validation.csv: line 2: audio .* does not exist"
    ):
        load_clotho(clotho)
    (clotho / "clotho_captions_validation.csv").write_text("name,caption_1\nx,y\n")
    with pytest.raises(CollectionError, match="no column 'file_name'"):
        load_clotho(clotho)
