import gzip
import os
import struct

import numpy as np
import pytest
from gensim.models import KeyedVectors

from classicxm.errors import MediaDecodeError
from classicxm.text.vector_files import read_word_vectors

WORDS = ["red", "cat", "円", "new york"]
VECTORS = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)


def gensim_vectors(words=WORDS):
    made = KeyedVectors(5)
    made.add_vectors(words, VECTORS[: len(words)])
    return made


def write_text(path, header=True, words=WORDS):
    gensim_vectors(words).save_word2vec_format(path, write_header=header)
    return path


def write_binary(path, words=WORDS[:3]):
    gensim_vectors(words).save_word2vec_format(path, binary=True)
    return path


@pytest.mark.parametrize("header", [True, False])
def test_text_with_and_without_header(tmp_path, header):
    words, vectors = read_word_vectors(write_text(tmp_path / "v.txt", header))
    assert words == WORDS
    np.testing.assert_allclose(vectors, VECTORS, rtol=1e-6)
    assert vectors.dtype == np.float32


@pytest.mark.parametrize("n_words", [1, 3])
def test_binary(tmp_path, n_words):
    path = write_binary(tmp_path / "v.bin", WORDS[:n_words])
    words, vectors = read_word_vectors(path)
    oracle = KeyedVectors.load_word2vec_format(path, binary=True)
    assert words == oracle.index_to_key == WORDS[:n_words]
    np.testing.assert_array_equal(vectors, oracle.vectors)


def test_binary_with_a_newline_after_every_vector(tmp_path):
    rows = b"".join(w.encode() + b" " + v.tobytes() + b"\n" for w, v in zip(WORDS[:3], VECTORS, strict=False))
    (tmp_path / "v.bin").write_bytes(b"3 5\n" + rows)
    words, vectors = read_word_vectors(tmp_path / "v.bin")
    assert words == WORDS[:3]
    np.testing.assert_array_equal(vectors, VECTORS[:3])


def test_binary_longer_than_one_reading(tmp_path, monkeypatch):
    monkeypatch.setattr("classicxm.text.vector_files.CHUNK", 7)
    path = write_binary(tmp_path / "v.bin")
    np.testing.assert_array_equal(read_word_vectors(path)[1], VECTORS[:3])


def test_fasttext_lines_end_in_a_space(tmp_path):
    (tmp_path / "v.vec").write_text("2 2\nred 1 0.5 \ncat -2e-1 3 \n")
    words, vectors = read_word_vectors(tmp_path / "v.vec")
    assert words == ["red", "cat"]
    np.testing.assert_allclose(vectors, [[1, 0.5], [-0.2, 3]])


def test_gzipped(tmp_path):
    for path in (write_text(tmp_path / "v.txt"), write_binary(tmp_path / "v.bin")):
        packed = path.with_suffix(".gz")
        packed.write_bytes(gzip.compress(path.read_bytes()))
        words, vectors = read_word_vectors(packed)
        assert words == read_word_vectors(path)[0]
        np.testing.assert_array_equal(vectors, read_word_vectors(path)[1])


@pytest.mark.parametrize("write", [write_text, write_binary])
def test_only_the_first_words(tmp_path, write):
    words, vectors = read_word_vectors(write(tmp_path / "v"), max_words=2)
    assert words == WORDS[:2] and vectors.shape == (2, 5)
    assert len(read_word_vectors(tmp_path / "v", max_words=100)[0]) >= 3


def test_small_letters_are_preferred_to_capitals(tmp_path):
    (tmp_path / "v.txt").write_text("Apple 1 1\napple 2 2\nPARIS 3 3\nParis 4 4\napple 5 5\n")
    words, vectors = read_word_vectors(tmp_path / "v.txt")
    assert dict(zip(words, vectors[:, 0].tolist(), strict=True)) == {"apple": 2, "paris": 3}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no word vectors"),
        (b"\n\n", "holds no word vectors"),
        (b"word\n", "holds no word vectors"),
        (b"0 5\n", "holds no word vectors"),
        (b"5 0\n", "holds no word vectors"),
        (b"999999999999 999999999999\n", "holds no word vectors"),
        (b"999999999999 3\nred 1 2 3\n", "ends after 1 of 999999999999 words; fetch it again"),
        (b"2 3\nred 1 2 3\n", "ends after 1 of 2 words"),
        (b"2 3\nred 1 2 3\ncat 1 2\n", "line 3 has 2 numbers instead of 3; expected word2vec"),
        (b"2 3\nred 1 2\n", "line 2 has 2 numbers instead of 3"),
        (b"red 1 2 3\ncat 1 2\n", "line 2 has 2 numbers instead of 3"),
        (b"red 1 2 3\ncat 1 2 x\n", "line 2 is not a word and 3 numbers"),
        (b"These are words, not vectors.\n", "line 1 is not a word and 4 numbers"),
        (b"red 1 nan\n", "vector of 'red' has NaN or infinity"),
        (b"red 1 2\ncat 1 inf\n", "vector of 'cat' has NaN or infinity"),
        (
            b"2 3\nred " + struct.pack("<3f", 1, 2, 3) + b"cat " + struct.pack("<2f", 1, 2),
            "ends after 1 of 2",
        ),
        (b"2 3\n" + b"\x01" * 20_000, "has a word of over 10000 bytes"),
        (b"\x1f\x8bbroken", "word vectors cannot be read"),
        (gzip.compress(b"1 2\nred 1 2\n" * 99)[:-20], "word vectors cannot be read|line 3"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "expected word2vec"),
    ],
)
def test_malformed_files_are_refused_in_one_line(tmp_path, content, message):
    path = tmp_path / "v.txt"
    path.write_bytes(content)
    with pytest.raises(MediaDecodeError, match=message) as caught:
        read_word_vectors(path)
    assert "v.txt" in str(caught.value) and "\n" not in str(caught.value)


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(MediaDecodeError, match="word vectors cannot be read \\(No such file"):
        read_word_vectors(tmp_path / "none.txt")
    with pytest.raises(MediaDecodeError, match="word vectors cannot be read \\(Is a directory"):
        read_word_vectors(tmp_path)


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("packed", [True, False])
def test_a_byte_order_mark_is_no_part_of_the_first_word(tmp_path, header, packed):
    path = write_text(tmp_path / "v.txt", header)
    content = b"\xef\xbb\xbf" + path.read_bytes()
    path.write_bytes(gzip.compress(content) if packed else content)
    words, vectors = read_word_vectors(path)
    assert words == WORDS
    np.testing.assert_allclose(vectors, VECTORS, rtol=1e-6)


def test_words_are_in_the_form_that_texts_are_compared_in(tmp_path):
    (tmp_path / "v.vec").write_text("Cafe\u0301 1 0\nＲｅｄ 0 1\nﬁnd 2 2\ncafé 3 3\n", encoding="utf-8")
    words, vectors = read_word_vectors(tmp_path / "v.vec")
    assert words == ["café", "red", "find"]
    np.testing.assert_array_equal(vectors, [[3, 3], [0, 1], [2, 2]])


@pytest.mark.slow
def test_lines_bombs_and_pipes_are_read_within_bounds(tmp_path):
    path = tmp_path / "v.txt"
    for start in (b"", b"99 2\n", b"red 1 2\n"):
        with open(path, "wb") as file:
            file.write(start + b"red 1 2" + b" 3" * 10)
            file.truncate(6 << 30)  # a line of 6 GB that takes no room
        with pytest.raises(MediaDecodeError, match=r"over \d+ bytes"):
            read_word_vectors(path)
    path.write_bytes(gzip.compress(b"red 1 2\n" * 2_000_000))
    with pytest.raises(MediaDecodeError, match="unpacks to over 100 times its size"):
        read_word_vectors(path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(MediaDecodeError, match="no regular file"):
        read_word_vectors(path)


@pytest.mark.parametrize("number", ["1_0", "0x1", "nan", "inf"])
def test_numbers_that_only_python_reads(tmp_path, number):
    (tmp_path / "v.txt").write_text(f"red 1 {number}\n")
    with pytest.raises(MediaDecodeError, match=r"line 1 is not a word and 2 numbers|NaN or infinity"):
        read_word_vectors(tmp_path / "v.txt")


def test_a_file_of_more_words_than_it_announces_is_not_read_in_part(tmp_path):
    numbers = struct.pack("<ff", 1, 2)
    for content in (b"1 2\na 1 2\nb 3 4\n", b"1 2\na " + numbers + b"\nb " + numbers + b"\n"):
        (tmp_path / "more").write_bytes(content)
        with pytest.raises(MediaDecodeError, match="announces 1 words and holds more"):
            read_word_vectors(tmp_path / "more")
    (tmp_path / "whole").write_bytes(b"1 2\na 1 2\n\n \n")
    assert read_word_vectors(tmp_path / "whole")[0] == ["a"]


def test_blanks_around_a_word_are_no_part_of_it(tmp_path):
    (tmp_path / "v.txt").write_text("red  1 2\n new york \t3 4\n", encoding="utf-8")
    words, vectors = read_word_vectors(tmp_path / "v.txt")
    assert (words, vectors.tolist()) == (["red", "new york"], [[1, 2], [3, 4]])


def test_a_number_with_a_zero_byte_is_none(tmp_path):
    (tmp_path / "v.txt").write_bytes(b"red 1 2\ncat 3 4\0\n")
    with pytest.raises(MediaDecodeError, match="line 2 is not a word and 2 numbers"):
        read_word_vectors(tmp_path / "v.txt")


def test_words_in_another_encoding_are_said_and_a_cut_one_is_kept(tmp_path):
    path, lines = tmp_path / "v.txt", "caf\xe9 1 2\nth\xe9 3 4\nred 5 6\n"
    path.write_bytes(lines.encode("latin-1"))
    with pytest.raises(
        MediaDecodeError, match="has 2 words that are not UTF-8, first 'caf\ufffd'; save it as UTF-8"
    ):
        read_word_vectors(path)
    path.write_bytes(lines.encode() + b"cut\xc3 7 8\n")
    assert read_word_vectors(path)[0] == ["caf\xe9", "th\xe9", "red", "cut\ufffd"]
