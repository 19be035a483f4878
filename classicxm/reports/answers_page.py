"""One self-contained HTML page of queries and their answers, pictures included."""

import html
from dataclasses import dataclass
from pathlib import Path

from classicxm.atomic import write_file
from classicxm.errors import ClassicXMError
from classicxm.media import MODALITIES
from classicxm.media.thumbnail import thumbnail

__all__ = ["Answer", "answers_html", "document", "write_page", "write_text"]

PICTURE_SIDE = 220

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --good: #2a7f4f; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; margin-bottom: .25rem; } .note { opacity: .75; margin-top: 0; max-width: 60rem; }
section { border-top: 1px solid var(--line); padding: 1.1rem 0; display: grid;
  grid-template-columns: 13rem 1fr; gap: 1.5rem; }
h2 { font-size: .8rem; font-weight: 600; opacity: .65; margin: 0 0 .5rem; }
.hits { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: .75rem; }
figure { margin: 0; border: 1px solid var(--line); border-radius: .5rem; overflow: hidden;
  display: flex; flex-direction: column; }
figure.same { border-color: var(--good); box-shadow: inset 0 0 0 1px var(--good); }
figure img { width: 100%; aspect-ratio: 4 / 3; object-fit: contain; background: #fff; }
figcaption { padding: .45rem .6rem; font-size: .8rem; overflow-wrap: anywhere; }
figcaption .text { display: -webkit-box; -webkit-line-clamp: 5; -webkit-box-orient: vertical; overflow: hidden; }
.query figcaption .text { -webkit-line-clamp: 9; font-size: .95rem; }
.meta { opacity: .65; display: block; margin-top: .2rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem 1rem .25rem 0; border-bottom: 1px solid var(--line); }
@media (max-width: 40rem) { section { grid-template-columns: 1fr; } }
"""


@dataclass(frozen=True)
class Answer:
    """One query and what was found.

    Attributes
    ----------
    title : str
        What was asked, such as "text -> image".
    query : dict
        ``{"text": str}``, ``{"image": path}`` and the like, and optionally ``"label"``.
    target : str
        The modality of the answers, or ``"any"``.
    hits : list of Hit
    """

    title: str
    query: dict
    target: str
    hits: list


def answers_html(title, note, answers, table=(), opened=Path):
    """The page as a string.

    Parameters
    ----------
    title, note : str
        Heading, and one paragraph below it.
    answers : sequence of Answer
        Hits with the query's label are outlined.
    table : sequence of sequence of str
        Rows of a table of figures, the first being its head.
    opened : callable
        From a path that stands in a payload to the file that may be opened; raises ValueError where none may.
    """
    return document(title, note, [_table(table), *(_section(answer, opened) for answer in answers)])


def document(title, note, parts, style=""):
    """A whole page: heading, a paragraph, and parts that are HTML already; ``style`` follows the common one."""
    lines = [
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{html.escape(title)}</title>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<style>{STYLE}{style}</style></head><body><h1>{html.escape(title)}</h1>",
        f"<p class='note'>{html.escape(note)}</p>",
        *parts,
        "</body></html>",
    ]
    return "\n".join(lines)


def write_page(path, *args, **kwargs):
    """Write `answers_html` to a file and return its absolute path."""
    return write_text(path, answers_html(*args, **kwargs))


def write_text(path, page):
    """Write a page to a file, in a folder that is made where there is none, and return its absolute path."""
    return write_file(path, page)


def _table(rows):
    if not rows:
        return ""
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:]
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _section(answer, opened):
    label = answer.query.get("label")
    query = _figure(answer.query, "", "", None, Path)
    hits = "".join(
        _figure(
            {**_content(answer.target, hit), "label": hit.payload.get("label")},
            str(hit.id),
            f"{hit.score:.3f}",
            label,
            opened,
        )
        for hit in answer.hits
    )
    return (
        f"<section><div class='query'><h2>{html.escape(answer.title)}</h2>{query}</div>"
        f"<div><h2>best first</h2><div class='hits'>{hits}</div></div></section>"
    )


def _content(target, hit):
    """What is shown of a hit: its target modality, or of whole items all they have."""
    if target != "any":
        return {target: hit.payload.get(target, hit.id)}
    return {m: hit.payload[m] for m in MODALITIES if m in hit.payload} or {"text": hit.id}


def _figure(content, name, score, query_label, opened):
    label = content.get("label")
    same = query_label is not None and bool(_labels(label) & _labels(query_label))
    picture = "".join(_picture(value, opened) for key, value in content.items() if key == "image")
    texts = [_text(value) for key, value in content.items() if key not in ("image", "label")]
    meta = " · ".join(filter(None, [score, " / ".join(sorted(_labels(label))), name if not texts else ""]))
    return (
        f"<figure{' class=same' if same else ''}>{picture}<figcaption>"
        + "".join(f"<span class='text'>{html.escape(text)}</span>" for text in texts)
        + f"<span class='meta'>{html.escape(meta)}</span></figcaption></figure>"
    )


def _labels(label):
    if label is None:
        return set()
    return set(map(str, label)) if isinstance(label, (list, tuple)) else {str(label)}


def _text(value):
    return " / ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _picture(source, opened):
    try:
        source = opened(source) if isinstance(source, str) else source
        return f"<img alt='' src='{thumbnail(source, PICTURE_SIDE)}'>"
    except (ClassicXMError, ValueError, TypeError):
        return f"<figcaption>{html.escape(str(source))} cannot be shown</figcaption>"
