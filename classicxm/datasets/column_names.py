"""What the columns of other people's tables hold, by their names."""

__all__ = ["IDS_NAMES", "MATRIX_NAMES", "role_of"]

#: What ids are called in files of embeddings, beside what tables call their items and files.
IDS_NAMES = ("ids", "names", "id", "filenames", "keys")

#: What matrices of a modality are called, alone or before an underscore.
MATRIX_NAMES = {
    "image": ("image", "images", "img"),
    "text": ("text", "texts", "txt"),
    "audio": ("audio",),
    "video": ("video", "videos"),
}

ROLES = {
    "id": ("id", "key", "__key__", "image_id", "item_id", "uid", "uuid"),
    "text": (
        "text",
        "caption",
        "captions",
        "sentence",
        "sentences",
        "description",
        "comment",
        "title",
        "txt",
    ),
    "image": ("image", "img", "picture", "photo", "image_name", "image_path", "jpg", "png", "image_file"),
    "audio": ("audio", "sound", "recording", "wav", "flac", "mp3"),
    "video": ("video", "clip", "film", "mp4"),
    "label": ("label", "labels", "class", "category"),
    "split": ("split",),
    "file": ("file", "filename", "file_name", "path", "filepath", "file_path", "name"),
}
_ROLE_OF = {name: role for role, names in ROLES.items() for name in names}


def role_of(name: str) -> str | None:
    """What a column of that name holds: a key of a manifest, "file" for a path of any medium, or None.

    >>> role_of("Caption"), role_of("file_name"), role_of("width")
    ('text', 'file', None)
    """
    return _ROLE_OF.get(name.strip().lower())
