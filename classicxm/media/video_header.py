"""What the first bytes of a file say against opening it as a film, before FFmpeg has seen any of them."""

import re
from os import PathLike
from pathlib import Path

from classicxm.errors import MediaDecodeError
from classicxm.media import png
from classicxm.media.contents import guess_text, open_regular
from classicxm.media.video_container import is_sound_only

__all__ = ["MAX_PIXELS", "check_header", "check_size"]

#: Frames with more pixels than this are refused (40 megapixels; 8K films have 33).
MAX_PIXELS = 40_000_000
#: Playlists, scripts and descriptions of sessions, of which FFmpeg plays the files and addresses that they name,
#: whatever else they hold.
LISTS = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:#EXTM3U|ffconcat|[<])|^c=IN IP", re.MULTILINE)


def check_size(path: str | PathLike[str], height: int, width: int) -> None:
    """MediaDecodeError for frames of more than `MAX_PIXELS`."""
    if height * width > MAX_PIXELS:
        raise MediaDecodeError(
            path, f"has frames of {width} x {height} pixels, more than {MAX_PIXELS:,}; shrink it"
        )


def check_header(path: str | PathLike[str]) -> None:
    """MediaDecodeError for what is no film: empty files, sounds, texts, lists of other files, animated PNG."""
    with open_regular(path) as file:
        try:
            head = file.read(512)
        except OSError as error:
            raise MediaDecodeError(path, f"cannot be read ({error.strerror})") from None
    if not head:
        raise MediaDecodeError(path, "is empty (0 bytes); replace the file")
    if is_sound_only(path):
        raise MediaDecodeError(
            path, "is not a video (it is a sound, with a cover at most); give a video file"
        )
    if head.startswith(b"GIF8"):  # FFmpeg decodes some frames before it says how large they are
        check_size(path, *(int.from_bytes(head[i : i + 2], "little") for i in (8, 6)))
    # FFmpeg renders text files as a film of a terminal.
    if b"\0" not in head and _is_text(head):
        raise MediaDecodeError(path, "is not a video (it holds text); give a video file")
    if head.startswith(png.SIGNATURE) and Path(path).suffix.lower() == ".png" and png.is_animated(path):
        raise MediaDecodeError(
            path, "is an animated PNG, of which FFmpeg reads one frame; rename it to .apng"
        )
    if LISTS.search(head):
        raise MediaDecodeError(path, "is not a video (it lists other files); give a video file")
    if not head.strip(b"\0"):
        raise MediaDecodeError(path, f"is not a video ({guess_text(head)}); give a video file")


def _is_text(head: bytes) -> bool:
    try:
        head[:-3].decode("utf-8")  # a character may be cut at the end
    except UnicodeDecodeError:
        return False
    return not head.startswith(b"YUV4MPEG")
