"""Bytes of regular files only, with a bound."""

import os

import pytest

from classicxm.errors import MediaDecodeError
from classicxm.media.contents import contents, guess_text, open_regular, silent_stderr


def test_bytes_and_paths(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert contents(tmp_path / "a") == (str(tmp_path / "a"), b"abc") and contents(b"abcd") == (
        "4 bytes",
        b"abcd",
    )
    assert contents(b"", allow_empty=True) == ("0 bytes", b"")


def test_bounds(tmp_path):
    (tmp_path / "a").write_bytes(b"abcd")
    for source in (tmp_path / "a", b"abcd"):
        assert contents(source, 4)[1] == b"abcd"
        with pytest.raises(MediaDecodeError, match="has more bytes than the limit of 3; cut or shrink it"):
            contents(source, 3)
    with pytest.raises(MediaDecodeError, match=r"is empty \(0 bytes\)"):
        contents(b"")
    with pytest.raises(TypeError, match="a file must be a path or bytes, got int"):
        contents(5)


def test_what_is_no_regular_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(MediaDecodeError, match="a pipe, socket or device"):
        open_regular(tmp_path / "pipe")
    with pytest.raises(MediaDecodeError, match="Is a directory"):
        open_regular(tmp_path)
    with pytest.raises(MediaDecodeError, match="No such file"):
        open_regular(tmp_path / "none")
    with pytest.raises(MediaDecodeError, match="null byte"):
        open_regular("a\0b")


@pytest.mark.parametrize(
    ("data", "guess"),
    [
        (b"hello", "it holds text"),
        (bytes(9), "it holds zero bytes only"),
        (bytes(600) + b"x", "it starts with zero bytes"),
        (b"\xff\xd8\xff", None),
        (b"a\0b", None),
        *[(bytes(b"x" * n) + "é".encode() * 400, "it holds text") for n in range(2)],  # cut inside a letter
    ],
)
def test_guesses(data, guess):
    assert guess_text(data) == guess


def test_nothing_is_printed_inside(capfd):
    with silent_stderr(), silent_stderr():
        os.write(2, b"noise")
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"
