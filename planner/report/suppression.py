"""Small cells are not published, and cannot be found by subtraction (law 9).

People are counted in a hierarchy (city, counties, communities, grid cells). Each row of a level
holds *cells* that add up to the row's total (reached today, newly reached, not reached), and the
rows below a unit add up to the unit. A count between nothing and `least` is hidden; so are, where
the published sums would give it back, the next smallest rows.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.float64]
Mask = NDArray[np.bool_]
Group = tuple[int, int] | None
Already = tuple[Mask, Mask] | None

_NOBODY = 1e-6


@dataclass(frozen=True, slots=True)
class Hidden:
    """What must not be published of one level.

    Parameters
    ----------
    level
        0 at the top.
    total
        Rows whose total is hidden, shape (n,).
    split
        Rows whose cells are hidden (all of `total` and more), shape (n,).
    total_group, split_group
        Rows with the same key hide inside one sum that readers know; `None` where they know none.
    """

    level: int
    total: Mask
    split: Mask
    total_group: tuple[Group, ...]
    split_group: tuple[Group, ...]


def is_small(value: float, least: float) -> bool:
    """Return whether `value` counts somebody, but fewer than `least`."""
    return bool(_NOBODY < value < least - _NOBODY)


def hide_top(cells: Cells, *, least: float, also: Already = None) -> Hidden:
    """Return what to hide of the top row (the city).

    Parameters
    ----------
    cells
        People, shape (1, m).
    least
        Smaller counts of people are hidden.
    also
        Totals and splits hidden for another reason, shape (1,) each.
    """
    total = np.array([is_small(float(cells.sum()), least)])
    split = np.array([_row_is_small(cells[0], least)])
    if also:
        total, split = total | also[0], split | also[1]
    return Hidden(0, total, split | total, (None,), (None,))


def hide_below(
    cells: Cells,
    parent: NDArray[np.intp],
    above: Hidden,
    *,
    least: float,
    also: Already = None,
) -> Hidden:
    """Return what to hide of a level whose rows add up to the rows of the level above.

    Parameters
    ----------
    cells
        People, shape (n, m).
    parent
        Row of the level above each row belongs to, shape (n,).
    above
        What is hidden there.
    least
        Smaller counts of people are hidden.
    also
        Totals and splits hidden for another reason, shape (n,) each.

    Returns
    -------
    Hidden
        Ranges that the published sums leave open around a hidden small count are at least
        `least` wide.
    """
    totals = cells.sum(axis=1)
    total_group = tuple(_group(above.level, p, above.total, above.total_group) for p in parent)
    split_group = tuple(_group(above.level, p, above.split, above.split_group) for p in parent)

    total = np.array([is_small(float(t), least) for t in totals], np.bool_)
    if also:
        total |= also[0]
    _force(total, totals, parent, above.total)
    for members in _together(total_group):
        _widen(total, members, totals, lambda hidden: _totals_safe(totals, hidden, least))

    split = total | np.array([_row_is_small(row, least) for row in cells], np.bool_)
    if also:
        split |= also[1]
    _force(split, totals, parent, above.split)
    for members in _together(split_group):
        _widen(
            split,
            members,
            totals,
            lambda hidden: _splits_safe(cells, hidden, total, total_group, least),
        )
    return Hidden(above.level + 1, total, split, total_group, split_group)


def hide_parts(counts: NDArray[np.float64], *, least: float) -> Mask:
    """Return which of several counts to hide whose sum is published.

    Parameters
    ----------
    counts
        People, shape (n,).
    least
        Smaller counts of people are hidden.
    """
    hidden = np.array([is_small(float(c), least) for c in counts], np.bool_)
    rows = list(range(len(counts)))
    _widen(hidden, rows, counts, lambda at: _totals_safe(counts, at, least))
    return hidden


def hide_steps(gains: NDArray[np.float64], *, least: float) -> tuple[Mask, Mask]:
    """Return what to hide of gains added one after the other to a published sum.

    Parameters
    ----------
    gains
        People gained by each step, in order, shape (n,). The sum before the first and after the
        last step is published.
    least
        Smaller counts of people are hidden.

    Returns
    -------
    tuple of Mask
        Gains to hide, and running sums to hide (after each step), shape (n,) each.
    """
    hidden = hide_parts(gains, least=least)
    sums = np.zeros(len(gains), np.bool_)
    at = np.flatnonzero(hidden)
    if len(at):
        sums[at[0] : at[-1]] = True
    return hidden, sums


def _group(level: int, parent: int, hidden: Mask, groups: tuple[Group, ...]) -> Group:
    return groups[parent] if hidden[parent] else (level, int(parent))


def _together(groups: tuple[Group, ...]) -> list[list[int]]:
    """Return the rows of each known sum."""
    members: dict[tuple[int, int], list[int]] = {}
    for i, group in enumerate(groups):
        if group is not None:
            members.setdefault(group, []).append(i)
    return [members[group] for group in sorted(members)]


def _row_is_small(row: Cells, least: float) -> bool:
    """Return whether some cells together are small: then one of them is by itself."""
    return any(is_small(float(cell), least) for cell in row)


def _force(hidden: Mask, totals: Cells, parent: NDArray[np.intp], above: Mask) -> None:
    """Hide at least one row of every hidden parent, or its rows would add up to it."""
    for p in np.flatnonzero(above):
        children = [int(i) for i in np.flatnonzero(parent == p) if totals[i] > _NOBODY]
        if children and not hidden[children].any():
            hidden[min(children, key=lambda i: (totals[i], i))] = True


def _widen(
    hidden: Mask, members: list[int], size: Cells, safe: Callable[[list[int]], bool]
) -> None:
    """Hide further `members` until `safe`: the smallest that suffices, else the next smallest."""
    rest = sorted(
        (i for i in members if not hidden[i] and size[i] > _NOBODY), key=lambda i: (size[i], i)
    )
    chosen = [i for i in members if hidden[i]]
    while not safe(chosen) and rest:
        enough = next((i for i in rest if safe([*chosen, i])), rest[0])
        rest.remove(enough)
        chosen.append(enough)
        hidden[enough] = True


def _totals_safe(totals: Cells, hidden: list[int], least: float) -> bool:
    if not any(is_small(float(totals[i]), least) for i in hidden):
        return True
    return len(hidden) > 1 and not is_small(float(totals[hidden].sum()), least)


def _splits_safe(
    cells: Cells, hidden: list[int], total: Mask, groups: tuple[Group, ...], least: float
) -> bool:
    """Return whether every small part of the hidden rows keeps a range `least` wide.

    With known row totals and column sums, a cell of a table may lie anywhere between
    ``max(0, row + column - all)`` and ``min(row, column)``. Rows whose totals are hidden count
    as one row: readers know their sum only.

    Single cells are enough. Of several cells with a small sum, one is small by itself; their
    column holds at least `least` because its own does, and what the other columns hold is either
    nothing (then the sum is the row's total) or, small or not, at least `least` likewise.
    """
    if cells.shape[1] < 2:
        return True
    everything = float(cells[hidden].sum())
    columns = cells[hidden].sum(axis=0)
    for i in hidden:
        small = [j for j in range(cells.shape[1]) if is_small(float(cells[i, j]), least)]
        if not small:
            continue
        if total[i]:
            row = float(sum(cells[j].sum() for j in hidden if total[j] and groups[j] == groups[i]))
        else:
            row = float(cells[i].sum())
        for column in columns[small]:
            width = min(row, float(column))
            if not total[i]:
                width = min(width, everything - float(column), everything - row)
            if width < least - _NOBODY:
                return False
    return True
