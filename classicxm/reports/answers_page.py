"""One self-contained HTML page of queries and their answers: pictures, sounds and clips included."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from classicxm.media import MODALITIES
from classicxm.reports.cards import Card, Embedder, item_card, label_set
from classicxm.reports.rendering import fragment, render, write_text
from classicxm.reports.tables import Table
from classicxm.retrieval import Hit
from classicxm.retrieval.single_captions import BEST

__all__ = ["Answer", "answers_html", "collection_fragment", "hits_fragment", "shown_answers", "write_page"]

N_SHOWN = 12  # items in a notebook


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
    parts : list of dict
        Every part of a question of several, in place of ``query``: what it shows by modality, and optionally
        ``"id"``, ``"label"``, ``"weight"`` and ``"role"`` ("like", "unlike", "liked" ...).
    verdict : str
        Where nothing is a good match, a line that says so, see `Hits.verdict`; that of the hits by default.
    named : str
        Under which key of what is stored with the hits their name stands, which is then shown; none by default.
    """

    title: str
    query: dict
    target: str
    hits: Sequence[Hit]
    parts: Sequence[Mapping[str, Any]] = field(default_factory=list)
    verdict: str = ""
    named: str = ""


def answers_html(
    title: str,
    note: str,
    answers: Sequence[Answer],
    table: Sequence = (),
    *,
    meaning: str = "",
    folder: Any = None,
    opened: Callable[[str], Path] = Path,
) -> str:
    """The page as a string.

    Parameters
    ----------
    title, note : str
        Heading, and one paragraph below it.
    answers : sequence of Answer
        Hits with the query's label are outlined.
    table : sequence of sequence of str
        Rows of a table of figures, the first being its head.
    meaning : str
        One line that says what the scores are; see `classicxm.reports.score_meaning`.
    folder : path, optional
        Where the page will lie. Sounds and clips above 2 MB are linked relative to it, and left out without it.
    opened : callable
        From a path that stands in a payload to the file that may be opened; raises ValueError where none may.
    """
    embed, stored = Embedder(folder), Embedder(folder, opened=opened)
    shown = shown_answers(answers, embed, stored)
    figures = Table("", list(table[0]), [list(row) for row in table[1:]], n_names=2) if table else None
    return str(render("answers.html", title=title, note=note, meaning=meaning, table=figures, answers=shown))


def shown_answers(answers: Sequence[Answer], embed: Embedder, stored: Embedder) -> list[dict[str, Any]]:
    """What the template shows of each answer; stored items are opened by ``stored``, others by ``embed``."""
    return [
        {
            "title": answer.title,
            "question": _question(answer, embed, stored),
            "cards": _answered(answer, stored),
            "verdict": answer.verdict or getattr(answer.hits, "verdict", ""),
        }
        for answer in answers
    ]


def write_page(
    path: str | PathLike[str],
    title: str,
    note: str,
    answers: Sequence[Answer],
    table: Sequence = (),
    meaning: str = "",
    opened: Callable[[str], Path] = Path,
) -> Path:
    """Write `answers_html` to a file and return its absolute path."""
    folder = Path(path).absolute().parent
    return write_text(
        path, answers_html(title, note, answers, table, meaning=meaning, folder=folder, opened=opened)
    )


def hits_fragment(hits: Sequence, target: str = "any") -> str:
    """Hits as cards, for notebooks."""
    embed = Embedder()
    cards = [_hit_card(target, hit, embed) for hit in hits[:N_SHOWN]]
    note = (
        f"{N_SHOWN} of {len(hits)} hits, best first"
        if len(hits) > N_SHOWN
        else f"{len(hits)} hits, best first"
    )
    verdict = getattr(hits, "verdict", "")
    notes = filter(None, [verdict, note if len(hits) != 1 else ""])
    return fragment("hits.html", cards=cards, note="; ".join(notes))


def collection_fragment(name: str, records: Sequence[dict]) -> str:
    """The first items of a collection as cards, for notebooks."""
    embed = Embedder()
    cards = [item_card(record, embed, name=str(record["id"]), length=150) for record in records[:N_SHOWN]]
    return fragment("hits.html", cards=cards, note=name)


def _question(answer: Answer, embed: Embedder, stored: Any) -> list[Card]:
    parts = answer.parts or [answer.query]
    cards = []
    for part in parts:
        weight = f"weight {part['weight']:+.3g}" if "weight" in part else ""
        role = ", ".join(filter(None, [part.get("role", ""), weight if len(parts) > 1 else ""]))
        kind = "unlike" if part.get("weight", 1) < 0 else "query"
        shown, source = (_recognised(part), stored) if "id" in part else (_as_asked(part), embed)
        cards.append(item_card(shown, source, name=str(part.get("id", "")), kind=kind, role=role))
    return cards


def _recognised(content: Mapping[str, Any]) -> dict[str, Any]:
    """Of a stored item its text and one medium, by which it is known again."""
    media = [m for m in ("image", "video", "audio") if content.get(m) is not None]
    return {name: value for name, value in content.items() if name not in media[1:]}


def _as_asked(content: Mapping[str, Any]) -> dict[str, Any]:
    """A part of a question in which a str is a text, and never the name of a file that holds one."""
    text = content.get("text")
    return {**content, "text": [text]} if isinstance(text, str) else dict(content)


def _answered(answer: Answer, embed: Embedder) -> list[Card]:
    asked = label_set(answer.query.get("label"))
    return [_hit_card(answer.target, hit, embed, asked, answer.named) for hit in answer.hits]


def _hit_card(target: str, hit: Hit, embed: Embedder, asked: Set[str] = frozenset(), named: str = "") -> Card:
    """What is shown of a hit: its target modality, or of whole items all they have."""
    payload = hit.payload
    if target == "any":
        content = {m: payload[m] for m in MODALITIES if m in payload} or {"text": str(hit.id)}
    else:
        shown = BEST if target == "text" and BEST in payload else target  # of several captions the one found
        content = {target: payload.get(shown, str(hit.id))}
    if target == "audio" and "text" in payload:
        content["text"] = payload["text"]  # a sound shows nothing of itself
    if payload.get(named) is not None and target != "text":
        content["text"] = payload[named]
    content |= {"label": payload.get("label"), "alt": payload.get("text")}
    kind = "same" if label_set(content["label"]) & asked else ""
    return item_card(content, embed, name=str(hit.id), remark=f"{hit.score:.3f}", kind=kind)
