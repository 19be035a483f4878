"""Containers of samples whose lengths were never filled in."""

import io
import struct

import numpy as np
import pytest
import soundfile

from classicxm.media.riff import container

SOUND = np.arange(-500, 500, dtype=np.int16)


def encoded(kind, **options):
    stream = io.BytesIO()
    soundfile.write(stream, SOUND, 8000, format=kind, subtype="PCM_16", **options)
    return stream.getvalue()


def read(data):
    return soundfile.read(io.BytesIO(data), dtype="int16")[0]


@pytest.mark.parametrize("kind", ["WAV", "W64", "AIFF", "AU", "RF64"])
def test_whole_files_are_left_as_they_are(kind):
    data = encoded(kind)
    found = container(data)
    assert not found.is_cut and found.mpeg is None
    np.testing.assert_array_equal(read(found.data), SOUND)


@pytest.mark.parametrize("kind", ["WAV", "W64", "AIFF", "AU"])
def test_cut_files_are_seen(kind):
    assert container(encoded(kind)[:-100]).is_cut


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_a_length_that_was_never_filled_in(length):
    data = encoded("WAV")
    at = data.index(b"data") + 4
    found = container(data[:at] + struct.pack("<I", length) + data[at + 4 :])
    assert not found.is_cut
    np.testing.assert_array_equal(read(found.data), SOUND)


def test_au_without_a_length():
    data = encoded("AU")
    found = container(data[:8] + b"\xff\xff\xff\xff" + data[12:])
    np.testing.assert_array_equal(read(found.data), SOUND)


def test_mpeg_inside():
    frames = b"\xff\xfb\x90\x00" + bytes(413)
    head = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 85, 1, 44100, 16000, 1, 0)
    body = head + b"data" + struct.pack("<I", len(frames)) + frames
    assert container(b"RIFF" + struct.pack("<I", len(body)) + body).mpeg == frames


def test_other_content():
    assert container(b"fLaC" + bytes(50)) is None and container(b"") is None
    assert container(b"RIFF" + bytes(4) + b"AVI ") is None


def test_samples_that_look_like_a_name_are_no_chunk():
    sound = np.frombuffer(b"5K21" * 3000, "<i2")
    stream = io.BytesIO()
    soundfile.write(stream, sound, 8000, format="WAV", subtype="PCM_16")
    data = stream.getvalue()
    at = data.index(b"data") + 4
    found = container(data[:at] + struct.pack("<I", 16) + data[at + 4 :])
    np.testing.assert_array_equal(read(found.data), sound)
    cut_list = data + b"LIST" + struct.pack("<I", 9000) + bytes(8000)
    assert container(cut_list) == (data, False, None, 0)


def wav(*chunks, order="<"):
    body = b"WAVE" + b"".join(chunks)
    return (b"RIFF" if order == "<" else b"RIFX") + struct.pack(order + "I", len(body)) + body


def chunk(name, content, order="<"):
    return name + struct.pack(order + "I", len(content)) + content + b"\0" * (len(content) % 2)


def sound_chunks(order="<"):
    form = struct.pack(order + "HHIIHH", 1, 1, 8000, 16000, 2, 16)
    return chunk(b"fmt ", form, order), chunk(b"data", SOUND.astype(order + "i2").tobytes(), order)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    "other",
    [
        (b"LIST", b"data" + bytes(20)),  # libsndfile takes its kind for a chunk
        (b"PEAK", bytes(16)),
        (b"\0\0\0\0", b"abcd"),
        (b"fact", struct.pack("<I", 7)),
        (b"bext", b"x" * 603),
        (b"id3 ", b"ID3\3\0\0\0\0\0\1a"),
        (b"LIST", b"INFOISFT\4\0\0\0Lavf"),
    ],
)
def test_other_chunks_change_no_sample(order, other):
    form, samples = sound_chunks(order)
    other = chunk(*other, order)
    for chunks in (
        (other, form, samples),
        (form, other, samples),
        (form, samples, other),
        (form, other, form, samples),
    ):
        found = container(wav(*chunks, order=order))
        assert (found.is_cut, found.behind) == (False, 0)
        np.testing.assert_array_equal(read(found.data), SOUND)


def test_plain_files_are_not_copied():
    data = wav(*sound_chunks())
    assert container(data).data is data


@pytest.mark.parametrize("n_missing", [0, 100])
def test_a_second_chunk_of_samples_is_named(n_missing):
    form, samples = sound_chunks()
    data = wav(form, samples, chunk(b"JUNK", b"abc"), samples)
    found = container(data[: len(data) - n_missing])
    assert (found.is_cut, found.behind) == (False, 2 * len(SOUND) - n_missing)
    np.testing.assert_array_equal(read(found.data), SOUND)


def test_two_headers_that_differ_are_not_chosen_from():
    form, samples = sound_chunks()
    other = form.replace(struct.pack("<I", 8000), struct.pack("<I", 9000))
    with pytest.raises(soundfile.LibsndfileError):
        read(container(wav(form, other, samples)).data)


def test_aiff_that_announces_more_frames_than_it_holds():
    data = encoded("AIFF")
    at = data.index(b"COMM") + 10
    for n, cut in ((1000, False), (400, False), (1001, True), (2000, True)):
        assert container(data[:at] + struct.pack(">I", n) + data[at + 4 :]).is_cut is cut
