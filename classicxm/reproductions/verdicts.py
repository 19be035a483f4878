"""Expected beside found: `OK`, `OK within .005`, `FAILED expected .2235 got .2190`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from classicxm.reproductions.catalogue import EXACT, TOLD, Expected, Reproduction, key_of

__all__ = ["Verdict", "observed_rows", "plain_number", "verdicts"]


@dataclass(frozen=True)
class Verdict:
    """One expected row, what was found, and whether that is near enough."""

    expected: Expected
    found: float | None

    @property
    def ok(self) -> bool:
        """Whether the value was found within its tolerance."""
        return self.found is not None and abs(self.found - self.expected.value) <= self.expected.tolerance

    def __str__(self) -> str:
        if self.found is None:
            return f"FAILED expected {plain_number(self.expected.value)} got nothing"
        if abs(self.found - self.expected.value) <= EXACT:
            return "OK"
        if self.ok:
            return f"OK within {self.expected.tolerance:g}".replace(" 0.", " .")
        return f"FAILED expected {plain_number(self.expected.value)} got {plain_number(self.found)}"


def plain_number(value: float | None) -> str:
    """A share to four places without its leading zero; ranks as they are.

    >>> [plain_number(value) for value in (0.2235, 0.219, -0.0123, 1.0, 34.0, None)]
    ['.2235', '.2190', '-.0123', '1.0000', '34', '-']
    """
    if value is None:
        return "-"
    if abs(value) > 1:
        return f"{value:.4g}"
    value = round(value, 4) + 0.0  # no sign where nothing is left
    text = f"{value:.4f}"
    return text.replace("0.", ".", 1) if abs(value) < 1 else text


def verdicts(reproduction: Reproduction, rows: Iterable[Mapping[str, Any]]) -> list[Verdict]:
    """One verdict for every expected row, in their order.

    Parameters
    ----------
    reproduction : Reproduction
    rows : iterable of dict
        As a benchmark writes them: "system", "measure", "value" and "settings".
    """
    values = observed_rows(reproduction, rows)
    return [
        Verdict(row, values.get(key_of(row.system, row.measure, row.setting)))
        for row in reproduction.expected
    ]


def observed_rows(
    reproduction: Reproduction, rows: Iterable[Mapping[str, Any]]
) -> dict[tuple[str, str, str], float]:
    """Values by what expected rows are found by: settings count as far as any expected row of the file has them."""
    told = {key for row in reproduction.expected for key in row.setting} - set(TOLD)
    found = {}
    for row in rows:
        setting = {key: value for key, value in row["settings"].items() if key in told}
        found[key_of(row["system"], row["measure"], setting)] = float(row["value"])
    return found
