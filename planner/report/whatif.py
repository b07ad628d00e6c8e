"""What the page recomputes for any choice of sites, and the same figures in Python.

`choice_figures` is the twin of ``webmap/whatif.js``: both add up the same pooled rows, floor areas
and units, and must agree to the last person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.model.districts import UnitKind
from planner.model.outcome import Outcome
from planner.model.sites import FacilityKind
from planner.report.packing import pack_varints, zip_text
from planner.report.patterns import TENTHS, Pooled, pool_patterns
from planner.report.published import Published, community_county
from planner.report.suppression import is_small

Mask = NDArray[np.bool_]
_STATION = {
    UnitKind.URBAN: FacilityKind.ELDERLY_STATION,
    UnitKind.RURAL: FacilityKind.RURAL_ELDERLY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which sites serve.

    Parameters
    ----------
    kept
        Facilities that stay open, shape (facilities,).
    built
        Proposed sites that are built, in build order, shape (picks,).
    """

    kept: Mask
    built: Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of a choice.

    Parameters
    ----------
    reached, older
        Tenths of people by district of the pooled structure.
    space
        Committees known, of these meeting the norm, floor area and households, by ``city``,
        ``urban``, ``rural`` and county.
    units
        Units that have a station, and all, by ``urban``, ``rural``, and county with either.
    """

    reached: Mapping[str, int]
    older: Mapping[str, int]
    space: Mapping[str, tuple[int, int, float, float]]
    units: Mapping[str, tuple[int, int]]


def choice_figures(outcome: Outcome, pooled: Pooled, choice: Choice) -> Figures:
    """Return the figures of a choice of sites.

    Parameters
    ----------
    outcome
        What a run found.
    pooled
        The cover structure that may be shown.
    choice
        Which sites serve.
    """
    rows = pooled.rows
    place = {code: i for i, code in enumerate(outcome.facilities.id)}
    serving = [place[code] for code in rows.site_id[: rows.standing]]
    chosen = np.concatenate([choice.kept[serving], choice.built]).astype(np.bool_)
    people = np.rint(rows.people * TENTHS).astype(np.int64)
    reached, older = {}, {}
    held = rows.reached(chosen)
    for i, code in enumerate(rows.district):
        own = rows.at == i
        reached[code], older[code] = int(people[own & held].sum()), int(people[own].sum())
    return Figures(
        reached=reached,
        older=older,
        space=_space(outcome, choice.kept),
        units=_units(outcome, rows.site_id[rows.standing :], choice),
    )


def _space(outcome: Outcome, kept: Mask) -> dict[str, tuple[int, int, float, float]]:
    facilities, norm = outcome.facilities, outcome.provision.norm
    floor = dict.fromkeys(outcome.provision.community, 0.0)
    listed = False
    for i, kind in enumerate(facilities.kind):
        if kind is FacilityKind.COMMUNITY_SPACE:
            listed = True
            code = facilities.community[i]
            if kept[i] and code in floor:
                floor[code] += float(facilities.floor_m2[i])
    found: dict[str, tuple[int, int, float, float]] = {}
    kinds = _committees(outcome)
    for code, households in zip(
        outcome.provision.community, outcome.provision.households.tolist(), strict=True
    ):
        area = floor[code]
        if not (listed and np.isfinite(area) and households > 0):
            continue
        meets = int(area / households * 100.0 >= norm)
        for key in ("city", *kinds[code]):
            known, meeting, sum_, all_ = found.get(key, (0, 0, 0.0, 0.0))
            found[key] = (known + 1, meeting + meets, sum_ + area, all_ + households)
    return found


def _committees(outcome: Outcome) -> dict[str, tuple[str, str]]:
    """Return ``urban`` or ``rural`` and the county of every committee."""
    units = outcome.communities
    return {
        code: ("urban" if kind is UnitKind.URBAN else "rural", county)
        for code, kind, county in zip(
            units.code, units.kind, community_county(outcome), strict=True
        )
        if kind in _STATION
    }


def _units(outcome: Outcome, picks: tuple[str, ...], choice: Choice) -> dict[str, tuple[int, int]]:
    facilities = outcome.facilities
    having = {
        (facilities.community[i], kind) for i, kind in enumerate(facilities.kind) if choice.kept[i]
    }
    home = dict(zip(outcome.candidates.id, outcome.candidates.community, strict=True))
    new = {home[code] for code, built in zip(picks, choice.built, strict=True) if built}
    kind_of = dict(zip(outcome.communities.code, outcome.communities.kind, strict=True))
    found: dict[str, tuple[int, int]] = {}
    for code, (kind, county) in _committees(outcome).items():
        has = int(code in new or (code, _STATION[kind_of[code]]) in having)
        for key in (kind, f"{county}/{kind}"):
            one, every = found.get(key, (0, 0))
            found[key] = (one + has, every + 1)
    return found


def whatif_data(outcome: Outcome, shown: Published) -> dict[str, Any] | None:
    """Return what the page needs to recompute any choice; `None` where it cannot be shown.

    Parameters
    ----------
    outcome
        What a run found.
    shown
        The counts that may be shown.
    """
    pooled = pool_patterns(outcome, shown)
    if pooled is None:
        return None
    rows, facilities, units = pooled.rows, outcome.facilities, outcome.communities
    place = {code: i for i, code in enumerate(facilities.id)}
    proposed = {pick.id: i for i, pick in enumerate(outcome.plan.picks)}
    home = dict(zip(outcome.candidates.id, outcome.candidates.community, strict=True))
    position = units.position()
    picks = rows.site_id[rows.standing :]
    kinds = {FacilityKind.COMMUNITY_SPACE, *_STATION.values()}
    serves = set(rows.site_id[: rows.standing])
    closed = [rows.site_id[i] for i in np.flatnonzero(pooled.closed)]
    small = is_small(pooled.most, shown.least)
    return {
        "districts": list(rows.district),
        "rows": len(rows.at),
        "packed": zip_text(_pack(pooled)),
        "serving": [place[code] for code in rows.site_id[: rows.standing]],
        "picks": [{"site": proposed[c], "community": position.get(home[c], -1)} for c in picks],
        "closable": [
            i
            for i, kind in enumerate(facilities.kind)
            if kind in kinds or facilities.id[i] in serves
        ],
        "closed": [place[code] for code in closed],
        "area": [
            float(a) if k is FacilityKind.COMMUNITY_SPACE and np.isfinite(a) else None
            for k, a in zip(facilities.kind, facilities.floor_m2.tolist(), strict=True)
        ],
        "households": _households(outcome),
        "norm": outcome.provision.norm,
        "most": None if small else pooled.most,
        "base": f"{outcome.scenario.name}.toml",
        "name": f"{outcome.scenario.name[:57]}_whatif",
    }


def _pack(pooled: Pooled) -> bytes:
    """Pack of every row: district, tenths of people, number of sites, steps from site to site."""
    rows = pooled.rows
    size = np.diff(rows.start)
    step = rows.site.copy()
    step[1:] -= rows.site[:-1]
    first = rows.start[:-1][size > 0]
    step[first] = rows.site[first]
    people = np.rint(rows.people * TENTHS).astype(np.int64)
    return pack_varints(np.concatenate([rows.at, people, size, step]))


def _households(outcome: Outcome) -> list[float | None]:
    known = dict(
        zip(outcome.provision.community, outcome.provision.households.tolist(), strict=True)
    )
    every = [known.get(code, float("nan")) for code in outcome.communities.code]
    return [value if np.isfinite(value) else None for value in every]
