"""Which modalities of a collection are learned together."""

import itertools
from collections.abc import Sequence

__all__ = ["shared_modalities"]


def shared_modalities(held: Sequence[set[str]], every: list[str]) -> tuple[list[str], str]:
    """Modalities to learn together, and one line about those that are left out ("" where none is).

    All of them where any item has all; failing that the set that most items have whole, the larger one of two that as
    many have; failing that the commonest alone.

    Parameters
    ----------
    held : sequence of set of str
        What each item has.
    every : list of str
        What any item has.

    Examples
    --------
    >>> photos = [{"image", "text"}] * 8 + [{"image"}] * 70 + [{"video"}]
    >>> shared_modalities(photos, ["text", "image", "video"])[0]
    ['text', 'image']
    """
    if len(every) < 2:
        return every, ""
    sets = [set(some) for n in range(len(every), 1, -1) for some in itertools.combinations(every, n)]
    whole = {frozenset(some): sum(some <= one for one in held) for some in sets}
    best = max(sets, key=lambda some: whole[frozenset(some)])  # of equal ones the first: the largest
    n_best, n_all = whole.get(frozenset(best), 0), whole.get(frozenset(every), 0)
    if not n_best:
        counts = {m: sum(m in one for one in held) for m in every}
        commonest = max(every, key=lambda m: counts[m])
        return [commonest], f"no item has a second modality, so only the {commonest} items are learned"
    chosen = [m for m in every if m in best]
    if n_all:
        told = f"only {n_all} of {len(held)} items have all of {', '.join(every)}; "
        told += f"--modalities {','.join(chosen)} learns from {n_best}"
        return every, told if 2 * n_all <= n_best else ""
    rest = ", ".join(m for m in every if m not in best)
    return chosen, (
        f"no item has all of {', '.join(every)}; {' and '.join(chosen)} are learned, which {n_best} items share; "
        f"left out: {rest} (--modalities chooses others)"
    )
