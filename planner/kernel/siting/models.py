"""Siting questions about who is reached, as models for `siting.certified`.

Demand comes merged (`siting.reduce`): points that the same sites reach are one row, which is right
for every question here. Leaving out dominated sites is not done: it is wrong with spacing, sets,
tiers, and where sites stand already. The columns are the sites and moves of `siting.rules`, then
one per merged row, 1 where it is reached.
"""

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planner.kernel.siting.certified import Certified, solve_certified
from planner.kernel.siting.exact import Effort
from planner.kernel.siting.ground import Search
from planner.kernel.siting.model import (
    BROKEN,
    COUNTED,
    FIRM,
    FOLLOWS,
    Columns,
    Model,
    RowBlock,
    build_model,
    join_columns,
    make_columns,
    make_rows,
)
from planner.kernel.siting.parts import lift_worst
from planner.kernel.siting.reduce import Merged
from planner.kernel.siting.rules import RULE_NAMES, Rules, rule_rows, site_columns, spending
from planner.kernel.siting.search import reached

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Rows = NDArray[np.intp]

_APART = 0.8  # of the people of each site in one part: parts are then places, not variants
_START = 0.35  # of the time, for a plan whose worst part is high


def chosen_sites(x: F64, sites: int) -> Rows:
    """Return the sites a plan of any of these models has open, those that stand included."""
    return np.flatnonzero(np.rint(x[:sites]) == 1).astype(np.intp)


def start_from(model: Model, sites: int, rows: Rows) -> F64:
    """Return a plan with just these sites open, for `solve_certified` to start from.

    Everything but the sites is left to be found: not a number.
    """
    x = np.full(len(model.columns.worth), np.nan)
    x[:sites] = 0.0
    x[rows] = 1.0
    return x


def people_reached(parts: Sequence[Merged], rows: Rows) -> F64:
    """Return how many people of each part at least one of the sites reaches, shape (parts,)."""
    return np.array([reached(part, rows) for part in parts])


def cover_model(merged: Merged, rules: Rules) -> Model:
    """Return: reach the most people (Church and ReVelle 1974) within the rules.

    With sites that may close, `merged` holds all people and the sites that stand; if all of these
    stay it is enough to leave out the people they reach.
    """
    return floor_model([merged], np.zeros(1), rules)


def floor_model(
    parts: Sequence[Merged], floor: F64, rules: Rules, worth: Sequence[float] | None = None
) -> Model:
    """Return: reach the most people, and at least so many of each part.

    Parameters
    ----------
    parts
        People of each district, or of each variant, over the same sites.
    floor
        People of each part to be reached at least, shape (parts,); groups ``part:0`` and so on.
    rules
        What the plan must keep to.
    worth
        Of a person of each part, ones if None.
    """
    columns = join_columns([served_columns(parts, site_columns(rules)), *_counts(parts)])
    part, column, people = _people(parts, rules)
    each = np.ones(len(parts)) if worth is None else np.asarray(worth, np.float64)
    count = len(columns.worth)
    value = np.bincount(column, weights=people * each[part], minlength=count).astype(np.float64)
    rows = [*served_rows(parts, rules, count), *rule_rows(rules, count)]
    rows += _floor_rows(parts, rules, floor, (len(RULE_NAMES), count))
    rows += _count_rows(parts, rules, count)
    return build_model(
        columns._replace(worth=value), rows, maximise=True, names=(*RULE_NAMES, *_part_names(parts))
    )


def target_model(parts: Sequence[Merged], floor: F64, total: float, rules: Rules) -> Model:
    """Return: spend least so that each part, and all together, have so many people reached.

    Parameters
    ----------
    parts
        People of each district over the same sites.
    floor
        People of each part to be reached at least, shape (parts,); groups ``part:0`` and so on.
    total
        People of all parts together; group ``total``.
    rules
        What the plan must keep to; with ones as costs it has the fewest sites.
    """
    columns = join_columns([served_columns(parts, site_columns(rules)), *_counts(parts)])
    count, spent = len(columns.worth), spending(rules)
    worth = np.zeros(count)
    worth[: len(spent.each)] = spent.each
    _, column, people = _people(parts, rules)
    rows = [*served_rows(parts, rules, count), *rule_rows(rules, count)]
    rows.append(make_rows((0, column, people), (1, count), total, np.inf, len(RULE_NAMES)))
    rows += _floor_rows(parts, rules, floor, (len(RULE_NAMES) + 1, count))
    rows += _count_rows(parts, rules, count)
    return build_model(
        columns._replace(worth=worth),
        rows,
        maximise=False,
        offset=spent.fixed,
        names=(*RULE_NAMES, "total", *_part_names(parts)),
    )


def worst_model(parts: Sequence[Merged], base: F64, size: F64, rules: Rules) -> Model:
    """Return: lift the part that is worst off as high as can be.

    The last column is the level of that part.

    Parameters
    ----------
    parts
        People not yet reached of each district, or of each variant (walking speed, season, year),
        over the same sites.
    base
        People of each part reached already, shape (parts,).
    size
        All people of each part, to compare shares, or ones, to compare people, shape (parts,).
    rules
        What the plan must keep to.

    Raises
    ------
    ValueError
        If there is no part or one has no size.
    """
    size, base = np.asarray(size, np.float64), np.asarray(base, np.float64)
    if not len(parts) or not (size > 0).all():
        raise ValueError("every part needs people to be compared by")
    columns = served_columns(parts, site_columns(rules))
    part, column, people = _people(parts, rules)
    most = base + np.bincount(part, weights=people, minlength=len(parts))
    whole = bool((size == 1).all() and (people % 1 == 0).all() and (base % 1 == 0).all())
    level = make_columns([1.0], 0.0, float((most / size).min()), FOLLOWS if whole else BROKEN)
    columns = join_columns([columns, *_counts(parts), level])
    count = len(columns.worth)
    every = np.arange(len(parts))
    entries = (
        np.concatenate([part, every]),
        np.concatenate([column, np.full(len(parts), count - 1)]),
        np.concatenate([-people, size]),
    )
    rows = [*served_rows(parts, rules, count), *rule_rows(rules, count)]
    rows.append(make_rows(entries, (len(parts), count), -np.inf, base))
    rows += _count_rows(parts, rules, count)
    return build_model(columns, rows, maximise=True, names=RULE_NAMES)


def solve_worst(
    parts: Sequence[Merged], base: F64, size: F64, rules: Rules, effort: Effort
) -> tuple[Certified, Certified | None]:
    """Lift the worst part first, then, with no part below its level, reach the most people.

    Parameters
    ----------
    parts, base, size, rules
        As of `worst_model`; people who are in several parts count in each.
    effort
        When to stop; each of the two takes at most half of the time.

    Returns
    -------
    level : Certified
        Of the worst part, from `worst_model`.
    total : Certified or None
        From `floor_model`, its floors no higher than the worst part of the first plan allows;
        None if there was no first plan.
    """
    half = effort._replace(seconds=effort.seconds / 2)
    size, base = np.asarray(size, np.float64), np.asarray(base, np.float64)
    model, clock = worst_model(parts, base, size, rules), time.monotonic()
    search = Search(
        _START * half.seconds,
        effort.seed,
        160,
        enough=False,
        go_on=lambda: effort.go_on(-np.inf, np.inf),
    )
    rows = lift_worst(parts, base, size, rules, search)
    left = max(half.seconds / 2, half.seconds - (time.monotonic() - clock))
    level = solve_certified(
        model, half._replace(seconds=left), start_from(model, len(rules.cost), rows)
    )
    if level.x is None:
        return level, None
    rows = chosen_sites(level.x, len(rules.cost))
    have = base + people_reached(parts, rows)
    floor = float((have / size).min()) * size - base
    floor -= 1e-9 * np.maximum(1.0, np.abs(floor) + size)
    if all(bool((part.weight % 1 == 0).all() and (part.alone % 1 == 0).all()) for part in parts):
        floor = np.ceil(floor)
    model = floor_model(parts, np.maximum(floor, 0.0), rules)
    return level, solve_certified(model, half, start_from(model, len(rules.cost), rows))


def served_columns(parts: Sequence[Merged], first: Columns) -> Columns:
    """Return the first columns and one, worth nothing yet, for each row of each part."""
    return join_columns(
        [first, *(make_columns(np.zeros(len(p.weight)), 0.0, 1.0, FOLLOWS) for p in parts)]
    )


def served_rows(parts: Sequence[Merged], rules: Rules, columns: int) -> list[RowBlock]:
    """Return: a merged row is reached only if one of its sites is open."""
    rows, at = [], len(spending(rules).each)
    for part in parts:
        count = len(part.weight)
        number, every = np.repeat(np.arange(count), np.diff(part.start)), np.arange(count)
        entries = (
            np.concatenate([number, every]),
            np.concatenate([part.row, at + every]),
            np.concatenate([np.full(len(number), -1.0), np.ones(count)]),
        )
        rows.append(make_rows(entries, (count, columns), -np.inf, 0.0, FIRM))
        at += count
    return rows


def _people(parts: Sequence[Merged], rules: Rules) -> tuple[I64, I64, F64]:
    """Return part, column and people of every column that brings any."""
    number: list[I64] = []
    column: list[I64] = []
    people: list[F64] = []
    at = len(spending(rules).each)
    for k, part in enumerate(parts):
        own = np.flatnonzero(part.alone)
        column += [own, at + np.arange(len(part.weight))]
        people += [part.alone[own], part.weight]
        number.append(np.full(len(own) + len(part.weight), k))
        at += len(part.weight)
    return np.concatenate(number), np.concatenate(column), np.concatenate(people)


def _floor_rows(
    parts: Sequence[Merged], rules: Rules, floor: F64, place: tuple[int, int]
) -> list[RowBlock]:
    group, count = place
    part, column, people = _people(parts, rules)
    rows = make_rows((part, column, people), (len(parts), count), floor, np.inf)
    need = np.flatnonzero(np.asarray(floor) > 0)
    groups = (group + np.arange(len(parts))).astype(np.int32)
    return [RowBlock(rows.matrix[need], rows.lower[need], rows.upper[need], groups[need])]


def _homes(parts: Sequence[Merged]) -> Rows:
    """Return the part each site has most people in; empty if the parts are no places apart."""
    people = np.array(
        [
            part.alone
            + np.bincount(
                part.row,
                weights=np.repeat(part.weight, np.diff(part.start)),
                minlength=len(part.alone),
            )
            for part in parts
        ]
    )
    if len(parts) < 2 or people.max(axis=0).sum() < _APART * people.sum():
        return np.zeros(0, np.intp)
    return np.asarray(people.argmax(axis=0), np.intp)


def _counts(parts: Sequence[Merged]) -> list[Columns]:
    """Return a column for the number of open sites of each part: it is branched on first."""
    sites = _homes(parts)
    if not len(sites):
        return []
    most = np.bincount(sites, minlength=len(parts))
    return [make_columns(np.zeros(len(parts)), 0.0, most, COUNTED)]


def _count_rows(parts: Sequence[Merged], rules: Rules, columns: int) -> list[RowBlock]:
    """Return: the number of open sites of each part is what its column says."""
    sites = _homes(parts)
    if not len(sites):
        return []
    at = len(spending(rules).each) + sum(len(part.weight) for part in parts)
    every = np.arange(len(parts))
    entries = (
        np.concatenate([sites, every]),
        np.concatenate([np.arange(len(sites)), at + every]),
        np.concatenate([np.ones(len(sites)), -np.ones(len(parts))]),
    )
    return [make_rows(entries, (len(parts), columns), 0.0, 0.0)]


def _part_names(parts: Sequence[Merged]) -> tuple[str, ...]:
    return tuple(f"part:{k}" for k in range(len(parts)))
