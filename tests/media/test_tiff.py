"""Tags of TIFF files by hand."""

import struct

import pytest

from classicxm.media.tiff import rare_kind, read_tags, values


def tiff(order="<", big=False, **values):
    numbers = {
        "width": 256,
        "height": 257,
        "bits": 258,
        "photometric": 262,
        "samples": 277,
        "predictor": 317,
        "extra": 338,
        "format": 339,
        "kind": 254,
        "pages": 330,
    }
    entries = sorted((numbers[name], value) for name, value in values.items())
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42)
    if big:
        head += struct.pack(order + "HHQQ", 8, 0, 16, len(entries))
        return (
            head
            + b"".join(struct.pack(order + "HHQHHHH", tag, 3, 1, value, 0, 0, 0) for tag, value in entries)
            + bytes(8)
        )
    head += struct.pack(order + "IH", 8, len(entries))
    return (
        head
        + b"".join(struct.pack(order + "HHIHH", tag, 3, 1, value, 0) for tag, value in entries)
        + bytes(4)
    )


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_tags(order, big):
    found = read_tags(tiff(order, big, width=7, height=5, bits=16, photometric=1, samples=2, extra=2))
    assert (found.width, found.height, found.bits, found.n_samples, found.is_big) == (7, 5, 16, 2, big)
    assert (found.n_colours, found.alpha, found.predictor) == (1, 2, 1)


def test_colours_and_what_is_no_alpha():
    assert read_tags(tiff(photometric=2, samples=3)).n_colours == 3
    assert read_tags(tiff(photometric=5, samples=5, extra=1)).alpha == 1
    assert read_tags(tiff(photometric=2, samples=3, extra=2)).alpha == 0  # no sample is left for it


@pytest.mark.parametrize("big", [False, True])
def test_a_small_copy_of_another_page(big):
    alone, copy = (tiff(big=big, width=7, height=5, kind=kind) for kind in (0, 1))
    sub_pages = tiff(big=big, width=7, height=5, kind=1, pages=99)
    followed = copy[: -8 if big else -4] + struct.pack("<Q" if big else "<I", 2000)
    found = [read_tags(data).is_preview for data in (alone, copy, sub_pages, followed)]
    assert found == [False, False, True, True]
    assert "a small copy of another one" in rare_kind(read_tags(sub_pages))


@pytest.mark.parametrize(
    "data", [b"", b"II*\0", b"XX*\0" + bytes(20), b"II\x2c\0" + bytes(20), b"II*\0\xff\xff\xff\xff"]
)
def test_what_cannot_be_read(data):
    assert read_tags(data) is None


def test_values_of_a_tag_that_lie_elsewhere():
    entry = struct.pack("<HHII", 258, 3, 3, 30)
    data = b"II*\0\x08\0\0\0\1\0" + entry + bytes(8) + struct.pack("<HHH", 5, 6, 5)
    found = read_tags(data)
    assert values(data, found, 258, ()) == (5, 6, 5) and values(data, found, 259, (1,)) == (1,)
    assert values(data[:-1], found, 258, ()) == ()


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({"photometric": 8, "samples": 3, "bits": 8}, "CIE Lab colours"),
        ({"photometric": 32845, "samples": 3, "bits": 16}, "LogLuv colours"),
        ({"photometric": 1, "bits": 24, "format": 3}, "floats of 24 bits"),
        ({"photometric": 1, "bits": 16, "format": 3}, None),
        ({"photometric": 1, "bits": 32, "format": 3}, None),
        ({"photometric": 2, "samples": 3, "bits": 16}, None),
    ],
)
def test_kinds_that_are_not_decoded(tags, said):
    kind = rare_kind(read_tags(tiff(width=4, height=3, **tags)))
    assert kind is None if said is None else said in kind
