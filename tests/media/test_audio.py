import io
import pickle
import struct
import sys

import numpy as np
import pytest
import soundfile

from classicxm import media
from classicxm.errors import MediaDecodeError
from classicxm.media import audio
from classicxm.media.audio import Audio, as_audio, decode, read_audio, resampled

RATE = 8000
TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
STEREO = np.stack([TONE, np.zeros(RATE)], axis=1)


def encoded(samples=TONE, kind="WAV", subtype=None, rate=RATE):
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=kind, subtype=subtype)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "subtype", "loss"),
    [
        ("WAV", "PCM_U8", 1e-2),
        ("WAV", "PCM_16", 1e-4),
        ("WAV", "PCM_24", 1e-6),
        ("WAV", "PCM_32", 1e-6),
        ("WAV", "FLOAT", 1e-7),
        ("WAV", "DOUBLE", 1e-7),
        ("WAV", "ULAW", 2e-2),
        ("FLAC", "PCM_16", 1e-4),
        ("AIFF", "PCM_16", 1e-4),
        ("OGG", "VORBIS", 0.1),
        ("MP3", "MPEG_LAYER_III", None),
    ],
)
def test_kinds_and_bit_depths(tmp_path, kind, subtype, loss):
    path = tmp_path / "a.bin"
    path.write_bytes(encoded(kind=kind, subtype=subtype))
    for source in (path, str(path), path.read_bytes()):
        samples, rate = read_audio(source)
        assert rate == RATE and samples.dtype == np.float32 and samples.ndim == 1
        assert np.abs(samples).max() <= 1
        if loss is None:
            assert abs(np.std(samples) - np.std(TONE)) < 0.05  # mp3 delays the sound
        else:
            assert np.abs(samples - TONE).max() < loss


def test_sixteen_bits_are_exact():
    integers = np.array([-32768, -1, 0, 1, 32767], np.int16)
    samples = read_audio(encoded(integers)).samples
    np.testing.assert_array_equal(samples * 32768, integers)
    np.testing.assert_array_equal(as_audio(integers, RATE).samples, samples)


@pytest.mark.parametrize("n_channels", [1, 2, 6])
def test_channels_are_averaged(n_channels):
    channels = np.random.default_rng(0).uniform(-1, 1, (50, n_channels))
    mono = channels.mean(axis=1)
    np.testing.assert_allclose(read_audio(encoded(channels, subtype="FLOAT")).samples, mono, atol=1e-6)
    np.testing.assert_allclose(as_audio(channels, RATE).samples, mono, atol=1e-6)


@pytest.mark.parametrize(
    ("dtype", "values", "expected"),
    [
        (np.uint8, [0, 128, 192], [-1, 0, 0.5]),
        (np.int8, [-128, 0, 64], [-1, 0, 0.5]),
        (np.int16, [-32768, 0, 16384], [-1, 0, 0.5]),
        (np.int32, [-(2**31), 0, 2**30], [-1, 0, 0.5]),
        (np.float16, [-1, 0, 0.5], [-1, 0, 0.5]),
        (np.float64, [-1, 0, 0.5], [-1, 0, 0.5]),
    ],
)
def test_arrays_of_every_depth(dtype, values, expected):
    samples, rate = decode((np.array(values, dtype), 44100))
    assert samples.tolist() == expected and samples.dtype == np.float32 and rate == 44100


def test_long_files_are_read_in_blocks(monkeypatch):
    whole = read_audio(encoded(STEREO)).samples
    monkeypatch.setattr(audio, "BLOCK", 999)
    np.testing.assert_array_equal(read_audio(encoded(STEREO)).samples, whole)


@pytest.mark.parametrize(
    "rates", [(44100, 16000), (8000, 44100), (22050, 11025), (44101, 16000), (96000, 8000)]
)
def test_resampling_keeps_a_tone(rates):
    before, after = rates
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(before) / before).astype(np.float32)
    samples, rate = resampled(Audio(tone, before), after)
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(len(samples)) / after)
    middle = slice(after // 10, -after // 10)
    assert rate == after and abs(len(samples) - after) <= 1 and samples.dtype == np.float32
    assert np.abs(samples - expected)[middle].max() < 5e-3


def test_resampling_removes_what_the_new_rate_cannot_hold():
    high = np.sin(2 * np.pi * 15000 * np.arange(44100) / 44100).astype(np.float32)
    assert np.abs(resampled(Audio(high, 44100), 16000).samples[1000:-1000]).max() < 1e-2


def test_resampling_to_the_same_rate_is_the_same_sound():
    sound = Audio(TONE.astype(np.float32), RATE)
    assert resampled(sound, RATE) is sound


@pytest.mark.parametrize("samples", [np.zeros(RATE), [0.25], np.ones(3)])
def test_silence_one_sample_and_a_constant_are_legal(samples):
    decoded = read_audio(encoded(np.asarray(samples, float), subtype="FLOAT"))
    np.testing.assert_array_equal(decoded.samples, np.asarray(samples, np.float32))
    assert len(resampled(decoded, 44100).samples) >= 1


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_not_finite(value):
    samples = np.zeros(100)
    samples[7] = value
    with pytest.raises(MediaDecodeError, match="hold NaN or infinity, first at sample 7"):
        read_audio(encoded(samples, subtype="FLOAT"))
    with pytest.raises(ValueError, match="hold NaN or infinity, first at sample 7"):
        as_audio(samples, RATE)


def test_scales():
    assert read_audio(encoded(np.array([1.5, -1.5, 0.1]), subtype="FLOAT")).samples[:2].tolist() == [1, -1]
    with pytest.raises(MediaDecodeError, match="reach 2e\\+04 where full scale is 1"):
        read_audio(encoded(np.array([20000.0, 0]), subtype="FLOAT"))
    with pytest.raises(ValueError, match=r"reach 1\.5 where full scale is 1; divide"):
        as_audio(np.array([1.5, 0.0]), RATE)


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "AIFF"])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_truncated_files(kind, share):
    data = encoded(np.random.default_rng(0).uniform(-0.5, 0.5, RATE), kind=kind)
    with pytest.raises(MediaDecodeError, match=r"stops before its end|contents are damaged") as caught:
        read_audio(data[: int(len(data) * share)])
    assert "\n" not in str(caught.value)


def test_truncated_mp3():
    data = encoded(np.random.default_rng(0).uniform(-0.5, 0.5, 5 * RATE), kind="MP3")
    with pytest.raises(MediaDecodeError, match="stops before its end, at sample"):
        read_audio(data[: len(data) // 2])


def test_streamed_wav_without_lengths_is_legal():
    data = bytearray(encoded())
    data[4:8] = struct.pack("<I", 0xFFFFFFFF)
    assert len(read_audio(bytes(data)).samples) == RATE


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"not a sound at all\n" * 40, "it holds text"),
        (b"RIFF\x04\x00\x00\x00WAVE", "its header is audio's, its contents are damaged"),
        (bytes(range(200, 256)) * 30, "no audio format that libsndfile knows"),
        (encoded(np.zeros(0)), "holds no samples"),
    ],
)
@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.raw"])
def test_what_is_not_audio(tmp_path, content, reason, name):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(MediaDecodeError, match=reason) as caught:
        media.decode("audio", path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(MediaDecodeError, match="cannot be read"):
        read_audio(tmp_path / "none.wav")
    with pytest.raises(MediaDecodeError, match="cannot be read"):
        read_audio(tmp_path)


def test_too_long(monkeypatch):
    monkeypatch.setattr(audio, "MAX_SAMPLES", 100)
    with pytest.raises(MediaDecodeError, match="has 8,000 samples, over the limit of 100"):
        read_audio(encoded())


@pytest.mark.parametrize(
    ("item", "kind", "message"),
    [
        (TONE, TypeError, "pair \\(samples, sample_rate\\)"),
        (7, TypeError, "got int"),
        ((TONE, 0), ValueError, "sample_rate must be a positive integer"),
        ((TONE, 8000.5), ValueError, "sample_rate must be a positive integer"),
        ((RATE, TONE), ValueError, "second after the samples"),
        ((STEREO.T, RATE), ValueError, "transpose them"),
        ((np.zeros(0), RATE), ValueError, "n > 0"),
        ((np.zeros((2, 2, 2)), RATE), ValueError, "shape \\(n,\\)"),
        ((TONE > 0, RATE), TypeError, "got bool"),
        ((TONE.astype(np.int64), RATE), TypeError, "got int64"),
    ],
)
def test_items_that_are_no_sound(item, kind, message):
    with pytest.raises(kind, match=message):
        decode(item)


def test_decoded_audio_passes_and_has_a_fingerprint():
    sound = as_audio(TONE, RATE)
    assert media.decode("audio", sound) is sound
    assert media.fingerprint("audio", sound) == media.fingerprint("audio", as_audio(TONE.copy(), RATE))
    assert media.fingerprint("audio", sound) != media.fingerprint("audio", as_audio(TONE, RATE * 2))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(sound)).samples, sound.samples)


def test_infinities_that_cancel_are_named_without_a_word_of_numpy(recwarn):
    samples = np.zeros((100, 2), np.float32)
    samples[7] = np.inf, -np.inf
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, 8000, format="WAV", subtype="FLOAT")
    with pytest.raises(MediaDecodeError, match="NaN or infinity, first at sample 7"):
        read_audio(buffer.getvalue())
    assert not recwarn.list


def test_a_chunk_without_its_name_prints_nothing(monkeypatch):
    printed = []
    monkeypatch.setattr(sys, "unraisablehook", printed.append)
    damaged = encoded(kind="AIFF").replace(b"SSND", b"\xff\xff\xff\x7f")
    with pytest.raises(soundfile.LibsndfileError):
        soundfile.SoundFile(io.BytesIO(damaged))
    assert printed  # libsndfile seeks before the first byte
    printed.clear()
    with pytest.raises(MediaDecodeError, match="contents are damaged"):
        read_audio(damaged)
    assert not printed
