"""What sounds that are refused are called."""

import io
import struct

import numpy as np
import pytest
import soundfile

from classicxm.errors import MediaDecodeError
from classicxm.media.audio import read_audio
from classicxm.media.sound_kinds import kind_for_av, refusal

SAMPLES = np.arange(-400, 400, dtype="<i2").tobytes()


def wav(kind=1, n_channels=1, rate=16000, bits=16, extra=b""):
    block = max(1, n_channels * bits // 8)
    fmt = (
        struct.pack("<HHIIHH", kind, n_channels, rate, rate * block & 0xFFFFFFFF, block & 0xFFFF, bits)
        + extra
    )
    body = (
        b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(SAMPLES)) + SAMPLES
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


GUID = bytes.fromhex("000000001000800000aa00389b71")
CONVERT = r"not decoded here; convert it: ffmpeg -i INPUT -vn OUTPUT\.flac"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (wav(0xFF), f"is wav that holds AAC .kind 0x00ff., which is {CONVERT}"),
        (
            wav(0xFFFE, extra=struct.pack("<HHIH", 22, 16, 4, 0x2000) + GUID),
            f"is wav that holds AC-3 .*{CONVERT}",
        ),
        (wav(99), f"is wav that holds samples of another kind .kind 0x0063.*{CONVERT}"),
        (wav(rate=0), "announces 1 channels, 0 Hz and 16 bits, its contents are damaged"),
        (wav(rate=1 << 31), "announces 1 channels, 2147483648 Hz"),
        (wav(n_channels=0), "announces 0 channels, 16000 Hz"),
        (
            wav(rate=(1 << 31) - 1),
            "has a sample rate of 2147483647 Hz, expected at least 100 and at most 1,000,000",
        ),
        (wav(rate=1), "has a sample rate of 1 Hz"),
        (b"\x7f\xfe\x80\x01" + bytes(99), f"is a DTS stream, which is {CONVERT}"),
        (b"\0\1\2\3\xf8\x72\x6f\xba" + bytes(99), "is a TrueHD stream"),
        (
            b".snd" + struct.pack(">IIIII", 24, 8, 99, 8000, 1) + bytes(8),
            "in a code that libsndfile does not read",
        ),
        (b"ID3\3\0\0\x7f\x7f\x7f\x7f" + bytes(99), "stops inside the tag that it starts with"),
    ],
)
def test_what_is_refused_is_named(data, said):
    with pytest.raises(MediaDecodeError, match=said):
        read_audio(data)


@pytest.mark.parametrize(
    "kind",
    [
        "PCM_U8",
        "PCM_24",
        "FLOAT",
        "DOUBLE",
        "ULAW",
        "ALAW",
        "IMA_ADPCM",
        "MS_ADPCM",
        "GSM610",
        "G721_32",
        "NMS_ADPCM_32",
    ],
)
def test_usual_kinds_of_wav_are_no_rare_ones(kind):
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros(4096), 8000, format="WAV", subtype=kind)
    assert "that holds" not in refusal(buffer.getvalue(), ValueError("a fault"))


def test_kinds_for_the_other_decoder():
    theora = b"OggS\0\2" + bytes(22) + b"\x80theora" + bytes(60)
    assert (
        kind_for_av(theora) == "a film in ogg"
        and kind_for_av(b"OggS\0\2" + bytes(22) + b"\x01vorbis") is None
    )
    assert "is a film in ogg; install it, or convert it" in refusal(theora, ValueError("install it"))
    assert "it holds text" in refusal(b"words", ValueError("x"))
