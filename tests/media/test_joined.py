"""Files that hold several recordings or films end to end, and where the parts of each end."""

import io
import struct

import numpy as np
import pytest
import soundfile

from classicxm import media
from classicxm.errors import MediaDecodeError
from classicxm.media.joined import pieces, walk
from classicxm.media.video import Video
from classicxm.media.video_container import is_cut

N = 40000
TONE = 0.3 * np.sin(np.arange(N) / 9)
KINDS = {
    "m4a": ("mp4", "aac"),
    "alac": ("mp4", "alac"),
    "mov": ("mov", "pcm_s16le"),
    "wma": ("asf", "wmav2"),
    "wavpack": ("wv", "wavpack"),
    "tta": ("tta", "tta"),
    "aac": ("adts", "aac"),
    "ac3": ("ac3", "ac3"),
    "webm": ("webm", "libopus"),
    "flac in ogg": ("ogg", "flac"),
    "flv": ("flv", "pcm_s16le"),
    "avi": ("avi", "pcm_s16le"),
    "mpeg": ("vob", "mp2"),
    "ts": ("mpegts", "mp2"),
}
PLAIN = {"AIFF": "PCM_16", "CAF": "PCM_24", "W64": "PCM_16", "RF64": "FLOAT", "AU": "ULAW", "WAV": "PCM_24"}
PLAIN["NIST"] = "PCM_16"


def by_av(container, codec, seconds=1.0):
    av = pytest.importorskip("av")
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        stream = out.add_stream(codec, rate=44100 if container == "flv" else 48000)
        stream.layout, stream.bit_rate = "mono", 64_000
        for start in range(0, int(stream.rate * seconds), 960):
            part = (8000 * np.sin(np.arange(start, start + 960) / 9)).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(part, format="s16", layout="mono")
            frame.sample_rate, frame.pts = stream.rate, start
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return buffer.getvalue()


def encoded(kind):
    buffer = io.BytesIO()
    soundfile.write(buffer, TONE, 16000, format=kind, subtype=PLAIN[kind])
    return buffer.getvalue()


def samples(data):
    return media.decode("audio", data).samples


@pytest.mark.parametrize("kind", KINDS)
def test_sounds_laid_end_to_end_are_all_read(kind):
    first, second = by_av(*KINDS[kind]), by_av(*KINDS[kind], seconds=0.5)
    n_first, n_second = len(samples(first)), len(samples(second))
    assert 40_000 < n_first < 53_000 and n_second < 30_000
    for joined in (first + second, second + first):
        assert abs(len(samples(joined)) - n_first - n_second) < 3000
    assert len(samples(first + bytes(5000))) == n_first
    with pytest.raises(MediaDecodeError, match=r"stops before its end|is not readable audio"):
        samples(first + second[: len(second) * 2 // 3])


@pytest.mark.parametrize("kind", PLAIN)
def test_plain_samples_laid_end_to_end_are_all_read(kind):
    data = encoded(kind)
    one = samples(data)
    assert np.abs(one - TONE).max() < 0.02
    if kind != "NIST":
        np.testing.assert_array_equal(samples(data + data), np.tile(one, 2))
    else:
        with pytest.warns(UserWarning, match="bytes behind the samples that its header announces"):
            assert len(samples(data + data)) == N
    for end in (len(data) // 2, len(data) - 2):
        with pytest.raises(MediaDecodeError, match="stops before its end"):
            samples(data[:end])


@pytest.mark.parametrize("kind", ["VOC", "SVX", "AVR", "IRCAM", "PAF", "PVF", "MAT5", "XI"])
def test_formats_in_which_a_cut_does_not_show_are_refused(kind):
    buffer = io.BytesIO()
    subtype = "DPCM_16" if kind == "XI" else "PCM_16"
    soundfile.write(buffer, TONE, 16000, format=kind, subtype=subtype)
    with pytest.raises(MediaDecodeError, match=r"missing samples do not show; convert it: ffmpeg -i INPUT"):
        samples(buffer.getvalue()[:-2000])


def test_frames_of_amr_are_stepped_through():
    frames = b"".join(bytes([kind << 3 | 4]) + bytes(n) for kind, n in ((0, 12), (7, 31), (8, 5), (15, 0)))
    one = b"#!AMR\n" + frames
    assert pieces(one + one + b"#!AMR\n") == [one, one, b"#!AMR\n"]
    assert walk(io.BytesIO(one), 0, len(one)).is_cut is False
    assert walk(io.BytesIO(one[:-8]), 0, len(one) - 8).is_cut


def test_monkeys_audio_ends_where_its_header_says():
    def file(n):
        return b"MAC " + struct.pack("<HHIIIIIII", 3990, 0, 52, 24, 8, 0, n, 0, 4) + bytes(48 + n + 4)

    two = file(100) + file(20)
    assert pieces(two) == [file(100), file(20)]
    assert walk(io.BytesIO(two[:-1]), len(file(100)), len(two) - 1).is_cut


def film(container, codec, n_frames=10, shade=20, **options):
    av = pytest.importorskip("av")
    buffer = io.BytesIO()
    buffer.name = f"a.{container}"
    with av.open(buffer, "w", format=container, options=options) as out:
        stream = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.gop_size = 64, 48, 5
        stream.pix_fmt = {"mjpeg": "yuvj420p", "apng": "rgb24"}.get(codec, "yuv420p")
        for n in range(n_frames):
            pixels = np.random.default_rng(n).integers(0, 60, (48, 64, 3)).astype(np.uint8) + n * shade
            out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels.astype(np.uint8), format="rgb24")))
        out.mux(stream.encode(None))
    return buffer.getvalue()


FILMS = {
    "mp4": ("mp4", "mpeg4"), "mov": ("mov", "mjpeg"), "wmv": ("asf", "wmv2"), "flv": ("flv", "flv"),
    "apng": ("apng", "apng"), "y4m": ("yuv4mpegpipe", "wrapped_avframe"),
    "webp": ("webp", "libwebp_anim"),
}  # fmt: skip


def written(folder, data):
    path = folder / "clip"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", FILMS)
def test_films_laid_end_to_end_are_named(kind, tmp_path, recwarn):
    data = film(*FILMS[kind])
    assert sum(1 for _ in Video(written(tmp_path, data))) == 10 and not recwarn.list
    with pytest.warns(
        UserWarning, match="only the first of the films that this file joins was read, 10 frames"
    ):
        assert sum(1 for _ in Video(written(tmp_path, data + data))) == 10
    path = written(tmp_path, data[: len(data) * 4 // 5])
    with (
        pytest.warns(UserWarning, match="truncated")
        if kind not in ("mp4", "mov")
        else pytest.raises(MediaDecodeError)
    ):
        list(Video(path))


@pytest.mark.parametrize(("container", "codec"), [("ivf", "libvpx"), ("nut", "mpeg4"), ("mxf", "mpeg2video")])
def test_parts_of_films_are_stepped_through(container, codec, tmp_path, recwarn):
    data = film(container, codec)
    assert not is_cut(written(tmp_path, data))
    assert sum(1 for _ in Video(written(tmp_path, data))) == 10 and not recwarn.list
    for end in (len(data) // 3, len(data) * 3 // 4, len(data) - 1):
        assert is_cut(written(tmp_path, data[:end])), end
    with pytest.warns(UserWarning, match="truncated"):
        list(Video(written(tmp_path, data[: len(data) * 3 // 4])))


@pytest.mark.parametrize(
    ("announced", "step", "n_frames", "cut"),
    [(9, 1, 9, False), (9, 1, 8, True), (9, 3, 3, False), (9, 1, 3, True), (5, 40, 4, True), (5, 40, 5, False)]
    + [(n, 1, 3, False) for n in (0, 0xFFFFFFFF)],
)  # fmt: skip
def test_ivf_announces_frames_or_their_duration(announced, step, n_frames, cut):
    frames = [struct.pack("<IQ", 5, n * step) + bytes(5) for n in range(n_frames)]
    data = b"DKIF\0\0\x20\0VP80" + bytes(12) + struct.pack("<II", announced, 0) + b"".join(frames)
    assert walk(io.BytesIO(data), 0, len(data)) == (len(data), False, cut)
    assert walk(io.BytesIO(data), 0, len(data) - 1).is_cut


def test_material_exchange_has_its_footer():
    def part(key, length, value):
        return bytes.fromhex("060e2b34") + key + length + value

    head = bytes.fromhex("020501010d0102010102") + bytes(2)
    essence = part(bytes(12), b"\x83\0\1\0", bytes(256))
    for footer, cut in ((0, False), (105 + len(essence), False), (105 + len(essence) + 27, True)):
        value = bytes(24) + struct.pack(">Q", footer) + bytes(56)
        data = part(head, b"\x58", value) + essence + part(bytes(12), b"\x0a", bytes(10))
        assert walk(io.BytesIO(data), 0, len(data)).is_cut is cut, footer


def test_frames_of_dv_are_of_one_size():
    for byte, n in ((0, 120_000), (128, 144_000)):
        data = (b"\x1f\x07\0" + bytes([byte])).ljust(n, b"\0") * 2
        assert walk(io.BytesIO(data), 0, 2 * n) == (2 * n, False, False)
        assert walk(io.BytesIO(data), 0, 2 * n - 1).is_cut


@pytest.mark.parametrize("codec", ["mpeg2video", "mpeg4"])
def test_bare_streams_do_not_show_whether_they_are_whole(codec, tmp_path):
    data = film({"mpeg4": "m4v"}.get(codec, codec), codec)
    assert is_cut(written(tmp_path, data)) is None
    for end, at_most in ((len(data), 10), (len(data) // 2, 8)):
        with pytest.warns(
            UserWarning, match=r"does not show whether frames are missing at its end, \d+ were read"
        ):
            assert 1 < sum(1 for _ in Video(written(tmp_path, data[:end]))) <= at_most


@pytest.mark.parametrize("container", ["avi", "matroska"])
def test_films_whose_decoder_goes_on_are_read_whole(container, tmp_path, recwarn):
    data = film(container, "mpeg4")
    assert sum(1 for _ in Video(written(tmp_path, data + data))) == 20 and not recwarn.list


@pytest.mark.parametrize("size", [(64, 48), (63, 47)])
@pytest.mark.parametrize(
    "colour", [b"", b" C420jpeg", b" C444", b" C422", b" Cmono", b" C420p10 XYSCSS=420P10"]
)
def test_frames_without_compression_are_as_long_as_their_line_says(size, colour):
    width, height = size
    across, down = {b" C444": (1, 1), b" C422": (2, 1)}.get(colour, (2, 2))
    n = width * height + (0 if b"mono" in colour else 2 * -(-width // across) * -(-height // down))
    frame = b"FRAME\n" + bytes(n * (2 if b"p10" in colour else 1))
    data = b"YUV4MPEG2 W%d H%d F25:1%s\n" % (width, height, colour) + frame * 3
    assert walk(io.BytesIO(data), 0, len(data)) == (len(data), False, False)
    assert walk(io.BytesIO(data[:-1]), 0, len(data) - 1).is_cut
    assert walk(io.BytesIO(data + data), 0, 2 * len(data)) == (len(data), True, False)
