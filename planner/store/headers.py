"""Which row holds the headers: titles may stand above them, and they may take two rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, zip_longest
from typing import Any

from planner.model.finding import Finding, Severity
from planner.store.cells import as_number, as_text
from planner.store.columns import Field, fields_of, match_columns, normal, units_of
from planner.store.grids import Merged, Numbered, is_empty

DEPTH = 3  # rows one header may take
SEARCHED = 30  # rows a header is looked for in
_SURE = 2  # fields that make a row a header


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The headers of a sheet.

    Parameters
    ----------
    names
        One per column, '' where there is none.
    rows
        Rows they stand in.
    again
        Further rows that only repeat or translate them.
    numeric
        Positions of columns of numbers.
    fields
        Fields that have a column.
    sure
        Whether enough of them are known to tell a header from anything else.
    """

    names: tuple[str, ...]
    rows: tuple[int, ...]
    again: tuple[int, ...] = ()
    numeric: frozenset[int] = frozenset()
    fields: frozenset[str] = frozenset()
    sure: bool = False


@dataclass(frozen=True, slots=True)
class _Trial:
    names: tuple[str, ...]
    rows: tuple[int, ...]
    at: Mapping[str, int]
    score: int


def find_header(
    head: Sequence[Numbered],
    schema: str,
    *,
    declared: Mapping[str, str],
    row: int | None,
    merged: Sequence[Merged],
) -> Header | tuple[int, ...]:
    """Return the headers of a sheet, or the rows between which only a planner can decide.

    Parameters
    ----------
    head
        The first rows.
    schema
        Name of the table in ``columns.toml``; '' takes the first row that holds anything.
    declared
        Field -> header, as the scenario says.
    row
        Row the scenario names; it always wins.
    merged
        Merged cells.

    Returns
    -------
    Header or tuple of int
        The headers; or rows that could all be the header; empty if there is none at all.
    """
    filled = [(number, cells) for number, cells in head if not is_empty(cells)]
    if row is not None:
        filled = [(number, cells) for number, cells in filled if number == row]
    if not filled:
        return ()
    trials = [_trial(filled, i, 1, (schema, declared, merged)) for i in range(len(filled))]
    if not schema or row is not None:
        return _header(trials[0], schema)
    best = max(trials, key=lambda trial: trial.score)
    deep = [
        _trial(filled, i, depth, (schema, declared, merged))
        for depth in range(2, DEPTH + 1)
        for i in range(len(filled) - depth + 1)
    ]
    deepest = max(deep, key=lambda trial: trial.score, default=best)
    if deepest.score >= _SURE and (
        deepest.score > best.score or (deepest.score == best.score and _completes(deepest, filled))
    ):
        return _header(deepest, schema)
    if best.score == 0:
        return _header(_widest(trials), schema)
    rivals = [t for t in trials if t.score == best.score and t is not best]
    other = [t for t in rivals if dict(t.at) != dict(best.at)]
    if best.score >= _SURE and other:
        return tuple(t.rows[0] for t in (best, *other))
    return _header(best, schema, again=tuple(t.rows[0] for t in rivals if best.score >= _SURE))


def _completes(trial: _Trial, filled: Sequence[Numbered]) -> bool:
    """Return whether the second row of a header stands under the gaps of the first, as text."""
    if len(trial.rows) == 1:
        return False
    rows = dict(filled)
    upper, lower = ([as_text(v) for v in rows[n]] for n in trial.rows[:2])
    pairs = list(zip_longest(upper, lower, fillvalue=""))
    return (
        any(low and not top for top, low in pairs)
        and any(top and not low for top, low in pairs)
        and not any(as_number(low) is not None for _, low in pairs if low)
    )


def _header(trial: _Trial, schema: str, again: tuple[int, ...] = ()) -> Header:
    if not schema:
        return Header(names=trial.names, rows=trial.rows)
    numeric = {f.name for f in fields_of(schema) if f.type == "number"}
    return Header(
        names=trial.names,
        rows=trial.rows,
        again=again,
        numeric=frozenset(i for name, i in trial.at.items() if name in numeric),
        fields=frozenset(trial.at),
        sure=trial.score >= _SURE,
    )


def _widest(trials: Sequence[_Trial]) -> _Trial:
    """Return the first row that is about as full as the fullest one: no title, no remark."""
    filled = [sum(bool(name) for name in trial.names) for trial in trials]
    return next(t for t, n in zip(trials, filled, strict=True) if 2 * n >= max(filled))


def _trial(
    filled: Sequence[Numbered],
    first: int,
    depth: int,
    asked: tuple[str, Mapping[str, str], Sequence[Merged]],
) -> _Trial:
    schema, declared, merged = asked
    parts = filled[first : first + depth]
    names = [as_text(v) for v in parts[0][1]]
    for (above, _), (number, cells) in pairwise(parts):
        names = _joined(names, [as_text(v) for v in cells], schema, (above, number, merged))
    while names and not names[-1]:
        names.pop()
    at, doubtful = _fields(schema, names, declared)
    rows = tuple(number for number, _ in parts)
    return _Trial(tuple(names), rows, at, len(at) + doubtful)


def _fields(
    schema: str, names: Sequence[str], declared: Mapping[str, str]
) -> tuple[Mapping[str, int], int]:
    if not schema:
        return {}, 0
    matched = match_columns(schema, names, declared, _silent)
    doubtful = sum(f.rule in ("columns.ambiguous", "columns.unit") for f in matched.findings)
    return matched.at, doubtful


def _silent(rule: str, severity: Severity = Severity.ERROR, **_: str) -> Finding:
    return Finding(rule=rule, severity=severity)


def _joined(
    upper: Sequence[str],
    lower: Sequence[str],
    schema: str,
    where: tuple[int, int, Sequence[Merged]],
) -> list[str]:
    """Return the headers of two rows as one: the lower one, with the upper one where it helps."""
    above, below, merged = where
    width = max(len(upper), len(lower))
    tops = _spread([*upper, *[""] * (width - len(upper))], lower, above, merged)
    joined = []
    plain = [normal(name) for name in lower]
    for j in range(width):
        top, low = tops[j], lower[j] if j < len(lower) else ""
        if not low or any(m.top <= above and m.bottom >= below and m.left == j + 1 for m in merged):
            joined.append(top)
        elif not top or (plain.count(normal(low)) == 1 and _stands_alone(top, low, schema)):
            joined.append(low)
        else:
            joined.append(top + low)
    return joined


def _spread(
    upper: list[str], lower: Sequence[str], above: int, merged: Sequence[Merged]
) -> list[str]:
    """Return the upper headers over every column they are meant for."""
    ranges = [m for m in merged if m.top <= above <= m.bottom]
    for m in ranges:
        for j in range(m.left, min(m.right, len(upper))):
            upper[j] = upper[j] or upper[m.left - 1]
    if ranges:
        return upper
    for j in range(1, len(upper)):
        if not upper[j] and j < len(lower) and lower[j]:
            upper[j] = upper[j - 1]
    return upper


def _stands_alone(top: str, low: str, schema: str) -> bool:
    """Return whether a lower header says enough: a field, and not of another unit than above."""
    own, above = _field_of(low, schema), _field_of(top, schema)
    return own is not None and (above is None or units_of(above) == units_of(own))


@lru_cache(maxsize=8192)  # the same words stand in many trials
def _field_of(name: str, schema: str) -> Field | None:
    at, _ = _fields(schema, [name], {})
    return next((f for f in fields_of(schema) if f.name in at), None)


def repeats(record: Sequence[Any], header: Header) -> bool:
    """Return whether a record is the header once more, as on every page of a printed table."""
    names = [normal(as_text(v)) for v in record[: len(header.names)]]
    return names == [normal(name) for name in header.names][: len(names)] and len(names) == len(
        header.names
    )
