"""What a client sends: files by number, decoded media without loss, numbers of NumPy as JSON has them."""

import email
import json

import cv2
import numpy as np
import pytest
import soundfile

from classicxm.web.request_files import RequestFiles, encoded_file, plain


def test_examples_name_files_by_number():
    files = RequestFiles()
    query = files.examples(
        [{"image": b"one", "text": ["a", "b"]}, "an id", {"audio": b"two", "weight": np.float32(0.5)}]
    )
    assert query == [{"image": 0, "text": ["a", "b"]}, "an id", {"audio": 1, "weight": 0.5}]
    assert [content for _, content in files.files] == [b"one", b"two"]
    assert files.example({"id": np.int64(3), "vector": np.arange(2)}) == {"id": 3, "vector": [0, 1]}


def test_without_files_it_is_json():
    assert RequestFiles().encoded('{"a": 1}') == (b'{"a": 1}', "application/json")


def test_with_files_it_is_a_form(tmp_path):
    files = RequestFiles()
    (tmp_path / 'na"me é.png').write_bytes(b"\r\n--x\r\n")
    files.example({"image": tmp_path / 'na"me é.png'})
    content, kind = files.encoded('{"a": 1}')
    message = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + content)
    request, file = message.get_payload()
    assert json.loads(request.get_payload()) == {"a": 1}
    assert file.get_filename() == "na_me__.png" and file.get_payload(decode=True) == b"\r\n--x\r\n"


def test_decoded_media_are_written_without_loss():
    pixels = np.random.default_rng(0).integers(0, 255, (5, 6, 3), np.uint8)
    name, content = encoded_file("image", pixels)
    again = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert name == "array.png" and (again == pixels).all()
    samples = np.random.default_rng(0).normal(size=100).astype(np.float32) / 4
    import io

    found, rate = soundfile.read(io.BytesIO(encoded_file("audio", (samples, 8000))[1]), dtype="float32")
    np.testing.assert_array_equal(found, samples)
    assert rate == 8000
    with pytest.raises(TypeError, match="video: give a path or bytes, got int"):
        encoded_file("video", 5)


def test_plain_values():
    assert plain({"a": (np.float32(0.5), np.arange(2), [np.bool_(True)])}) == {"a": [0.5, [0, 1], [True]]}
    with pytest.raises(ValueError, match="JSON has no nan; give a finite number"):
        plain([float("nan")])
