"""What a file of sound is by its first bytes: whether PyAV reads it, and what to do where nothing here does."""

from collections.abc import Callable
from typing import NamedTuple

from classicxm.media.contents import guess_text
from classicxm.media.mpeg_ends import packet_layout

__all__ = ["kind_for_av", "refusal"]

CONVERT = "convert it: ffmpeg -i INPUT -vn OUTPUT.flac"
FOR_AV: dict[str, Callable[[bytes], bool]] = {
    "an m4a or mp4 file": lambda data: data[4:8] in (b"ftyp", b"moov", b"mdat", b"wide"),
    "an avi film": lambda data: data[:4] == b"RIFF" and data[8:12] == b"AVI ",
    "an flv film": lambda data: data.startswith(b"FLV\1"),
    "an mpeg film": lambda data: data.startswith(b"\0\0\1\xba") or packet_layout(data[:512]) is not None,
    "a webm or mkv file": lambda data: data.startswith(b"\x1aE\xdf\xa3"),
    "an AAC stream": lambda data: data[:2] in (b"\xff\xf1", b"\xff\xf9"),
    "a WMA file": lambda data: data.startswith(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
    "a WavPack file": lambda data: data.startswith(b"wvpk"),
    "a True Audio file": lambda data: data.startswith(b"TTA1"),
    "a Monkey's Audio file": lambda data: data.startswith(b"MAC "),
    "an AMR file": lambda data: data.startswith(b"#!AMR"),
    "an AC-3 stream": lambda data: data.startswith(b"\x0b\x77"),
    "Speex in ogg": lambda data: data.startswith(b"OggS") and data[28:36] == b"Speex   ",
    "FLAC in ogg": lambda data: data.startswith(b"OggS") and data[28:33] == b"\x7fFLAC",
    "a film in ogg": lambda data: data.startswith(b"OggS") and b"\x80theora" in data[:1024],
}
#: Where a mark stands, the mark, and what it means: formats that are not decoded here.
MARKS = (
    (0, b"\x7f\xfe\x80\x01", "a DTS stream"),
    (0, b"\xfe\x7f\x01\x80", "a DTS stream"),
    (4, b"\xf8\x72\x6f\xba", "a TrueHD stream"),
    (4, b"\xf8\x72\x6f\xbb", "an MLP stream"),
    (0, b"\x56\xe0", "an AAC stream in LATM"),
    (0, b"ADIF", "an AAC stream"),
    (0, b"nut/multimedia", "a nut film"),
    (0, b"\x06\x0e\x2b\x34", "an mxf film"),
    (0, b".RMF", "a RealMedia file"),
    (0, b".ra\xfd", "a RealAudio file"),
    (0, b"DSD ", "a DSD file"),
    (0, b"FRM8", "a DSD file"),
    (0, b"MP+", "a Musepack file"),
    (0, b"MPCK", "a Musepack file"),
    (0, b"OFR ", "an OptimFROG file"),
    (0, b"DKIF", "an ivf film"),
)
#: What libsndfile reads in wav, and what else it may hold.
WAV_READ = (1, 2, 3, 6, 7, 0x11, 0x14, 0x31, 0x38, 0x40, 0x50, 0x55)
WAV_KINDS = {
    0x20: "Yamaha ADPCM", 0x42: "G.723.1", 0x45: "G.726", 0x64: "G.726", 0x65: "G.722", 0x28F: "G.722",
    0x161: "Windows Media", 0x162: "Windows Media", 0x163: "Windows Media", 0xFF: "AAC", 0x1610: "AAC",
    0x674F: "Vorbis", 0x6750: "Vorbis", 0x6751: "Vorbis", 0x566F: "Vorbis", 0x704F: "Opus", 0xA109: "Speex",
    0x2000: "AC-3", 0x2001: "DTS", 0xF1AC: "FLAC",
}  # fmt: skip
MOST_CHUNKS = 100
OF_LIBSNDFILE = (
    b"RIFF",
    b"RIFX",
    b"RF64",
    b"BW64",
    b"riff",
    b"FORM",
    b"OggS",
    b"fLaC",
    b"ID3",
    b".snd",
    b"caff",
)
UNKNOWN_CODE = ("unimplemented format", "not recognised", "unsupported encoding")


class _WavFormat(NamedTuple):
    """What the header of a wav says of its samples."""

    kind: int
    n_channels: int
    sample_rate: int
    bits: int


def kind_for_av(data: bytes) -> str | None:
    """What content is that PyAV reads and libsndfile does not, or None.

    >>> kind_for_av(b"\\0\\0\\0\\x20ftypM4A "), kind_for_av(b"fLaC")
    ('an m4a or mp4 file', None)
    """
    return next((kind for kind, is_this in FOR_AV.items() if is_this(data)), None)


def refusal(data: bytes, error: Exception) -> str:
    """What content that was refused is, and what to do; ``error`` is what the decoder said."""
    if (kind := kind_for_av(data)) is not None:
        return f"is {kind}; {error}, or {CONVERT}"
    for at, mark, name in MARKS:
        if data[at : at + len(mark)] == mark:
            return f"is {name}, which is not decoded here; {CONVERT}"
    reason = " ".join(str(error).split()).rpartition(": ")[2].rstrip(".")
    found = _wav_format(data)
    if found is not None and found.kind not in WAV_READ:
        name = WAV_KINDS.get(found.kind, "samples of another kind")
        return f"is wav that holds {name} (kind 0x{found.kind:04x}), which is not decoded here; {CONVERT}"
    if found is not None:
        said = f"{found.n_channels} channels, {found.sample_rate} Hz and {found.bits} bits"
        guess = f"its header is audio's and announces {said}, its contents are damaged: {reason}"
    elif data.startswith(OF_LIBSNDFILE):
        if reason.endswith(UNKNOWN_CODE):
            return f"holds samples in a code that libsndfile does not read ({reason}); {CONVERT}"
        guess = f"its header is audio's, its contents are damaged: {reason}"
    else:
        guess = guess_text(data) or "its header is no audio format that libsndfile knows"
    return f"is not readable audio ({guess}); replace the file"


def _wav_format(data: bytes) -> _WavFormat | None:
    """The format chunk of a wav, or None for other content."""
    if data[:4] not in (b"RIFF", b"RIFX", b"RF64", b"BW64") or data[8:12] != b"WAVE":
        return None

    def number(place: int, n: int) -> int:
        return int.from_bytes(data[place : place + n], "big" if data[:4] == b"RIFX" else "little")

    at = 12
    for _ in range(MOST_CHUNKS):
        if at + 8 > len(data):
            break
        size, body = number(at + 4, 4), at + 8
        if data[at : at + 4] == b"fmt ":
            kind = number(body, 2)
            kind = number(body + 24, 2) if kind == 0xFFFE and size >= 40 else kind
            return _WavFormat(
                kind, number(body + 2, 2), number(body + 4, 4), number(body + 14, 2) if size >= 16 else 0
            )
        at = body + size + size % 2
    return None
