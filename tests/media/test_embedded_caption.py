"""Captions that photos carry."""

import struct

import pytest

from classicxm.media.embedded_caption import embedded_caption


def exif(text, tag=270):
    data = text + b"\0"
    return b"II*\0" + struct.pack("<IHHHII", 8, 1, tag, 2, len(data), 26) + bytes(4) + data


def segment(body, marker=0xE1):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def iptc(text):
    record = b"\x1c\x02x" + struct.pack(">H", len(text)) + text
    block = b"8BIM" + struct.pack(">H", 1028) + b"\0\0" + struct.pack(">I", len(record)) + record
    return segment(b"Photoshop 3.0\0" + block, 0xED)


def xmp(text):
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        b' xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:RDF><rdf:Description><dc:description><rdf:Alt>'
        b"<rdf:li>" + text + b"</rdf:li></rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    return segment(b"http://ns.adobe.com/xap/1.0/\0" + packet)


def jpeg(*segments):
    return b"\xff\xd8" + b"".join(segments) + b"\xff\xda"


@pytest.mark.parametrize(
    ("data", "caption"),
    [
        (jpeg(segment(b"Exif\0\0" + exif(b"a dog"))), "a dog"),
        (exif("un café".encode()), "un café"),
        (jpeg(iptc(b"two  dogs\n")), "two dogs"),
        (jpeg(xmp(b"three dogs")), "three dogs"),
        (jpeg(segment(b"Exif\0\0" + exif(b"by exif")), xmp(b"by xmp"), iptc(b"by iptc")), "by iptc"),
        (jpeg(segment(b"Exif\0\0" + exif(b"by exif")), xmp(b"by xmp")), "by xmp"),
        (jpeg(segment(b"Exif\0\0" + exif(b"OLYMPUS DIGITAL CAMERA         "))), None),
        (jpeg(segment(b"Exif\0\0" + exif(b""))), None),
        (jpeg(segment(b"Exif\0\0" + exif(b"a dog", tag=271))), None),
        (jpeg(segment(b"http://ns.adobe.com/xap/1.0/\0<!DOCTYPE x><x/>")), None),
        (jpeg(segment(b"Exif\0\0II*\0\xff\xff\xff\xff")), None),
        (b"\x89PNG", None),
        (b"\xff\xd8\xff", None),
    ],
)
def test_captions(data, caption, tmp_path):
    (tmp_path / "a").write_bytes(data)
    assert embedded_caption(tmp_path / "a") == caption
