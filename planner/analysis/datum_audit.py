"""What is told about the datum of the inputs; `datum` and `outlines` weigh it.

A datum found wrong stops the run: nothing is converted that the scenario does not state. A datum
the scenario states is taken in any case; evidence against it is a warning.
"""

from collections.abc import Iterator

from planner.analysis.datum import (
    DECIDES,
    LEAST_POINTS,
    PointGroup,
    Trusted,
    Verdict,
    group_points,
    weigh_points,
)
from planner.analysis.outlines import OutlineVerdict, weigh_outlines
from planner.model.demand import Demand
from planner.model.entrances import Entrances
from planner.model.finding import Finding, Severity
from planner.model.scenario import Boundaries, InputFile
from planner.model.sites import Sites

_NAMES = {"wgs84": "WGS-84", "cgcs2000": "CGCS2000", "gcj02": "GCJ-02", "bd09": "BD-09"}
_TRUE = ("wgs84", "cgcs2000")


def audit_datum(
    boundaries: Boundaries,
    points: tuple[Sites | Demand | Entrances, ...],
    trusted: Trusted,
) -> tuple[Finding, ...]:
    """Find files, and sources within files, whose coordinates are on another datum than taken.

    Parameters
    ----------
    boundaries
        Boundary files as the scenario names them.
    points
        Facilities, candidates, demand points, entrances.
    trusted
        Streets and polygons as they were read.

    Returns
    -------
    tuple of Finding
        ``datum.wrong``, ``datum.streets`` and ``datum.outline`` are errors; ``datum.differs``,
        ``datum.contradiction`` and ``datum.hinted`` warnings; ``datum.few`` and
        ``datum.undecided`` notices. Nothing where the datum is as it should be.
    """
    findings = list(_of_outlines(boundaries, trusted))
    for table in points:
        for group in group_points(table):
            findings += _of_points(group, weigh_points(group, trusted))
    return tuple(findings)


def _of_points(group: PointGroup, verdict: Verdict) -> Iterator[Finding]:
    taken = "wgs84" if group.stated in ("", *_TRUE) else group.stated
    if verdict.why == "outside":
        return
    if not verdict.found:
        yield from _open(group, verdict)
    elif verdict.found == taken:
        return
    elif group.stated:
        found = verdict.found.removeprefix("streets_")
        told = _NAMES[found] if found == verdict.found else f"≠ {_NAMES[group.stated]}"
        expected = _NAMES[group.stated]
        yield _about(
            group, verdict, "datum.differs", Severity.WARNING, found=told, expected=expected
        )
    elif verdict.found.startswith("streets_"):
        found = _NAMES[verdict.found.removeprefix("streets_")]
        yield _about(group, verdict, "datum.streets", Severity.ERROR, found=found)
    else:
        key = verdict.found
        write = f'datums = {{"{group.source}" = "{key}"}}' if group.source else f'datum = "{key}"'
        found = _NAMES[key]
        yield _about(group, verdict, "datum.wrong", Severity.ERROR, found=found, expected=write)


def _open(group: PointGroup, verdict: Verdict) -> Iterator[Finding]:
    """Tell why nothing is decided, unless the scenario states the datum anyway."""
    if group.stated:
        return
    if group.hint:
        yield _about(group, verdict, "datum.hinted", Severity.WARNING, found=group.hint)
    elif verdict.why == "few":
        if not verdict.doubtful:
            return  # a small file without any sign of a shift
        expected = f"≥ {LEAST_POINTS}"
        yield _about(
            group,
            verdict,
            "datum.few",
            Severity.NOTICE,
            found=str(verdict.count),
            expected=expected,
        )
    elif verdict.why == "contradiction":
        by_streets = verdict.by_streets.removeprefix("streets_")
        found, expected = _NAMES[by_streets], _NAMES[verdict.by_units]
        yield _about(
            group, verdict, "datum.contradiction", Severity.WARNING, found=found, expected=expected
        )
    else:
        found = str(verdict.count)
        yield _about(group, verdict, "datum.undecided", Severity.NOTICE, found=found)


def _about(
    group: PointGroup,
    verdict: Verdict,
    rule: str,
    severity: Severity,
    **told: str,
) -> Finding:
    values = {"group": group.source or group.file.rsplit("/", 1)[-1], "count": str(verdict.count)}
    found = verdict.found or "wgs84"
    if verdict.standing:
        taken = group.stated if group.stated in ("gcj02", "bd09") else "wgs84"
        for label, name in (("given", taken), ("then", found)):
            values[f"near_{label}"] = f"{verdict.median_m[name]:.0f}"
            values[f"fit_{label}"] = f"{verdict.standing[name]:.1f}"
            inside = verdict.inside.get(name)
            values[f"inside_{label}"] = "—" if inside is None else str(inside)
        values["decides"] = f"{DECIDES:g}"
    values["declared"] = str(verdict.declared)
    values["shares"] = "; ".join(
        f"{_NAMES[name]} {hits}/{verdict.declared}" for name, hits in verdict.inside.items()
    )
    if verdict.shift_m[0] == verdict.shift_m[0]:
        values["east"], values["north"] = (f"{metres:+.0f}" for metres in verdict.shift_m)
    return Finding(
        rule=rule,
        severity=severity,
        source=group.file,
        layer=group.layer,
        row=group.row,
        values=tuple(sorted(values.items())),
        found=told.get("found", ""),
        expected=told.get("expected", ""),
    )


def _of_outlines(boundaries: Boundaries, trusted: Trusted) -> Iterator[Finding]:
    if boundaries.counties is None or trusted.counties is None:
        return
    verdict = weigh_outlines(
        trusted.counties.geometry, trusted.communities.geometry, trusted.ground
    )
    if verdict is None or verdict.ours == verdict.others:
        return
    files = (boundaries.counties, boundaries.communities)
    yield from _of_layer(verdict, files, verdict.ours, 1.0)
    yield from _of_layer(verdict, files[::-1], verdict.others, -1.0)


def _of_layer(
    verdict: OutlineVerdict, files: tuple[InputFile, InputFile], datum: str, sign: float
) -> Iterator[Finding]:
    if datum == "wgs84":
        return
    file, other = files
    pair = (verdict.ours, verdict.others)
    values = {
        "east": f"{sign * verdict.shift_m[0]:+.0f}",
        "north": f"{sign * verdict.shift_m[1]:+.0f}",
        "fit_then": f"{verdict.standing[pair]:.1f}",
        "fit_given": f"{verdict.standing['wgs84', 'wgs84']:.1f}",
        "decides": f"{DECIDES:g}",
        "other": other.path.name,
    }
    yield Finding(
        rule="datum.outline_differs" if file.datum else "datum.outline",
        severity=Severity.WARNING if file.datum else Severity.ERROR,
        source=file.path.name if file.path.is_absolute() else file.path.as_posix(),
        layer=file.layer or "",
        found=_NAMES[datum],
        expected=_NAMES[file.datum] if file.datum else f'datum = "{datum}"',
        values=tuple(sorted(values.items())),
    )
