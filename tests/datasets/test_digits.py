from collections import Counter

import numpy as np
import pytest
from sklearn.datasets import load_digits

from classicxm import media
from classicxm.datasets import Collection, load_spoken_digits, make_digit_pairs
from classicxm.errors import CollectionError


@pytest.fixture
def recordings(tmp_path):
    folder = tmp_path / "recordings"
    folder.mkdir()
    for digit in range(10):
        for index in (0, 4, 5, 12):
            (folder / f"{digit}_jackson_{index}.wav").write_bytes(b"sound")
    (folder / "notes.wav").write_bytes(b"")
    return tmp_path


def spoken(n_each, split="train"):
    return Collection(
        [{"id": f"{d}-{i}", "label": str(d), "split": split} for d in range(10) for i in range(n_each)]
    )


def test_official_layout(recordings):
    digits = load_spoken_digits(recordings)
    assert len(digits) == 40 and digits.modalities == ("text", "audio")
    record = digits[digits.ids.index("7_jackson_12")]
    assert record["audio"] == recordings / "recordings" / "7_jackson_12.wav"
    assert (record["text"], record["label"], record["speaker"]) == ("seven", "7", "jackson")
    assert {r["id"].split("_")[2] for r in digits.split("test")} == {"0", "4"}
    assert load_spoken_digits(recordings / "recordings").ids == digits.ids


def test_empty_folder(tmp_path):
    with pytest.raises(
        CollectionError, match=r"holds no recordings; expected manifest\.jsonl or recordings/"
    ):
        load_spoken_digits(tmp_path)


def test_pairs_are_of_one_class(recordings):
    pairs = make_digit_pairs(recordings)
    targets = load_digits().target
    assert [str(targets[index]) for index in pairs.column("image_index")] == pairs.labels
    assert pairs.modalities == ("text", "image", "audio") and pairs.ids == load_spoken_digits(recordings).ids
    image = pairs[0]["image"]
    assert image.shape == (8, 8) and image.dtype == np.uint8 and image.max() > 200
    assert media.decode("image", image).shape == (8, 8, 3)


def test_no_handwritten_digit_is_on_both_sides():
    used = {
        split: set(make_digit_pairs(spoken(200, split)).column("image_index")) for split in ("train", "test")
    }
    assert not used["train"] & used["test"]
    assert len(used["train"]) + len(used["test"]) == 1797
    assert len(used["test"]) == pytest.approx(1797 / 4, abs=10)


def test_digits_are_taken_in_turn():
    uses = Counter(make_digit_pairs(spoken(300)).column("image_index"))
    assert set(uses.values()) <= {2, 3} and len(make_digit_pairs(spoken(50))) == 500
    assert max(Counter(make_digit_pairs(spoken(50)).column("image_index")).values()) == 1


def test_seed():
    first, again, other = (
        make_digit_pairs(spoken(20), random_state=seed).column("image_index") for seed in (0, 0, 1)
    )
    assert first == again and first != other


def test_bad_arguments():
    with pytest.raises(ValueError, match="test_share must lie between 0 and 1, got 1"):
        make_digit_pairs(spoken(1), test_share=1)
    with pytest.raises(CollectionError, match="item 'a': label must be a digit, got 'cat'"):
        make_digit_pairs(Collection([{"id": "a", "label": "cat"}]))


@pytest.mark.data
def test_real_recordings(shared_data):
    digits = load_spoken_digits(shared_data("fsdd"))
    assert len(digits) == 1200 and len(digits.split("test")) == 300
    assert set(digits.labels) == set("0123456789")
    sound = media.decode("audio", digits[0]["audio"])
    assert sound.sample_rate == 8000 and 0.1 < len(sound.samples) / 8000 < 3
