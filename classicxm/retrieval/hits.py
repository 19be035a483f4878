"""What a search answers with."""

from dataclasses import dataclass, field

__all__ = ["Hit"]


@dataclass(frozen=True)
class Hit:
    """One answer: the item's id, its score (higher is better) and what was stored with it."""

    id: object
    score: float
    payload: dict = field(default_factory=dict)
