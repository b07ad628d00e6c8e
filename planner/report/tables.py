"""The tables of a result, without words: the workbook and the layers share them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.model.outcome import Outcome
from planner.model.scenario import Language
from planner.report.plain import finding_words, plain, without_small_counts
from planner.report.published import Counts, Published, community_county, people
from planner.report.summary import summary_document

Cell = str | float | int | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of a result.

    Parameters
    ----------
    key
        Name of the sheet or layer.
    columns
        ``(key, kind)``; kinds are ``text``, ``count``, ``number``, ``share``, ``degrees``,
        ``flag`` and ``word:GROUP`` (a key of the words ``table.GROUP.*``).
    rows
        Cells in the order of the columns; `None` where there is no data.
    withheld
        Cells ``(row, column)`` that are hidden because they count too few people.
    """

    key: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Cell, ...], ...]
    withheld: frozenset[tuple[int, int]] = frozenset()


_PEOPLE = (
    ("older", "count"),
    ("reached", "count"),
    ("newly", "count"),
    ("reached_planned", "count"),
    ("unreached", "count"),
    ("share", "share"),
    ("share_planned", "share"),
)


_LOST = ("lost", "count")


def _people_columns(counts: Counts) -> tuple[tuple[str, str], ...]:
    """Return the columns of people, with those who lose where the plan closes facilities."""
    return _PEOPLE if counts.lost is None else (*_PEOPLE[:3], _LOST, *_PEOPLE[3:])


def community_table(outcome: Outcome, shown: Published) -> Table:
    """Return the communities with people, space and nearest facility."""
    columns = (
        ("code", "text"),
        ("name", "text"),
        ("kind", "word:unit_kind"),
        ("county_code", "text"),
        ("county", "text"),
        *_people_columns(shown.communities),
        ("suppressed", "flag"),
        ("minutes", "number"),
        ("minutes_planned", "number"),
        ("nearest", "text"),
        ("why", "word:reason"),
        ("has_station", "flag"),
        ("households", "count"),
        ("floor_m2", "number"),
        ("m2_per_100", "number"),
        ("deficit_m2", "number"),
    )
    space = outcome.provision
    place = {code: i for i, code in enumerate(space.community)}
    names = county_names(outcome)
    rows = []
    for i, (code, county) in enumerate(
        zip(outcome.communities.code, community_county(outcome), strict=True)
    ):
        at = place.get(code)
        nearest = int(shown.nearest[i])
        rows.append(
            (
                code,
                plain(outcome.communities.name[i]),
                outcome.communities.kind[i].value,
                county,
                names.get(county, ""),
                *_people(shown.communities, i),
                bool(shown.communities.hidden_split[i]),
                _number(shown.minutes[i], 1),
                _number(shown.minutes_planned[i], 1),
                plain(outcome.facilities.name[nearest]) if nearest >= 0 else None,
                shown.barriers.main[i] or None,
                code in outcome.station_in,
                *(
                    _number(values[at], 2) if at is not None else None
                    for values in (space.households, space.floor_m2, space.ratio, space.deficit_m2)
                ),
            )
        )
    why = [key for key, _ in columns].index("why")
    unsaid = {(int(i), why) for i in np.flatnonzero(shown.barriers.withheld)}
    return Table(
        key="communities",
        columns=columns,
        rows=tuple(rows),
        withheld=_withheld(columns, shown.communities, len(rows)) | unsaid,
    )


def demand_table(shown: Published) -> Table:
    """Return the grid cells, cut by community, with people."""
    columns = (
        ("id", "text"),
        ("community", "text"),
        *_people_columns(shown.cells.counts),
        ("suppressed", "flag"),
        ("minutes", "number"),
    )
    cells = shown.cells
    rows = tuple(
        (
            cells.counts.key[i],
            cells.community[i],
            *_people(cells.counts, i),
            bool(cells.counts.hidden_split[i]),
            _number(cells.minutes[i], 1),
        )
        for i in range(len(cells.community))
    )
    return Table(
        key="demand",
        columns=columns,
        rows=rows,
        withheld=_withheld(columns, cells.counts, len(rows)),
    )


def facility_table(outcome: Outcome) -> Table:
    """Return the facilities that stand."""
    columns = (
        ("id", "text"),
        ("name", "text"),
        ("kind", "word:facility_kind"),
        ("community", "text"),
        ("floor_m2", "number"),
        ("beds", "count"),
        ("nursing_beds", "count"),
        ("serves", "flag"),
        *((("stays", "flag"),) if outcome.plan.closed else ()),
        ("lon", "degrees"),
        ("lat", "degrees"),
    )
    goes = {one.id for one in outcome.plan.closed}
    sites = outcome.facilities
    rows = tuple(
        (
            sites.id[i],
            plain(sites.name[i]),
            sites.kind[i].value,
            sites.community[i],
            _number(sites.floor_m2[i], 2),
            _number(sites.beds[i], 0),
            _number(sites.nursing_beds[i], 0),
            sites.kind[i].value in outcome.scenario.walking.kinds,
            *((sites.id[i] not in goes,) if goes else ()),
            _number(sites.lonlat[i, 0], 6),
            _number(sites.lonlat[i, 1], 6),
        )
        for i in range(len(sites))
    )
    return Table(key="facilities", columns=columns, rows=rows)


def site_table(outcome: Outcome, shown: Published) -> Table:
    """Return the proposed sites in build order."""
    columns = (
        ("order", "count"),
        ("name", "text"),
        *((("moved_from", "text"),) if outcome.plan.closed else ()),
        *((("tier", "text"),) if outcome.plan.tiers else ()),
        ("gain", "count"),
        ("cumulative_share", "share"),
        ("where", "text"),
        ("lost_if_dropped", "count"),
        ("next_best", "text"),
        ("next_best_away_m", "count"),
        ("next_best_change", "count"),
        ("chosen_in", "count"),
        ("tried_in", "count"),
        ("way", "text"),
        ("year", "count"),
        ("cost", "number"),
        ("lon", "degrees"),
        ("lat", "degrees"),
        ("id", "text"),
    )
    tried = len(outcome.plan.variants)
    rows = []
    for site in summary_document(outcome, shown)["proposed_sites"]:
        near = site["next_best"] or {"name": None, "away_m": None, "change": None}
        flat = site | {
            "moved_from": (site["moved_from"] or {"name": None})["name"],
            "where": "、".join(site["where"]) + ("…" if site["where_more"] else ""),
            "next_best": near["name"],
            "next_best_away_m": near["away_m"],
            "next_best_change": near["change"],
            "chosen_in": len(site["chosen_in"]),
            "tried_in": tried,
        }
        rows.append(tuple(_plain_cell(flat[key]) for key, _ in columns))
    keys = [key for key, _ in columns]
    near = keys.index("next_best")
    withheld = {
        (i, keys.index(key))
        for i, row in enumerate(rows)
        for key in ("gain", "cumulative_share", "lost_if_dropped", "next_best_change")
        if not (outcome.plan.tiers and key == "lost_if_dropped")  # not looked at for tiers
        and row[keys.index(key)] is None
        and (key != "next_best_change" or row[near] is not None)
    }
    return Table(
        key="proposed_sites", columns=columns, rows=tuple(rows), withheld=frozenset(withheld)
    )


def frontier_table(outcome: Outcome, shown: Published) -> Table:
    """Return the most that 0, 1, 2, ... new sites reach, and what the build order reaches."""
    columns = (
        ("sites", "count"),
        ("covered", "count"),
        ("cumulative_share", "share"),
        ("bound", "count"),
        ("gap", "share"),
        ("nested", "count"),
        ("price_of_order", "count"),
    )
    rows = []
    for point in summary_document(outcome, shown)["frontier"]:
        known = point["covered"] is not None and point["nested"] is not None
        price = people(point["covered"] - point["nested"]) if known else None
        flat = point | {"cumulative_share": point["share"], "price_of_order": price}
        rows.append(tuple(_plain_cell(flat[key]) for key, _ in columns))
    withheld = {(i, j) for i, row in enumerate(rows) for j in (1, 2, 3) if row[j] is None}
    return Table(key="frontier", columns=columns, rows=tuple(rows), withheld=frozenset(withheld))


def finding_table(outcome: Outcome, language: Language) -> Table:
    """Return the findings, the worst first, told in `language`."""
    columns = (
        ("severity", "word:severity"),
        ("what", "text"),
        ("to_do", "text"),
        ("source", "text"),
        ("layer", "text"),
        ("row", "count"),
        ("column", "text"),
        ("unit", "text"),
        ("found", "text"),
        ("rule", "text"),
        ("lon", "degrees"),
        ("lat", "degrees"),
    )
    order = ("error", "warning", "notice")
    rows = []
    for told in sorted(outcome.findings, key=lambda f: order.index(f.severity.value)):
        finding = without_small_counts(told, outcome.scenario.sharing.least_count)
        rows.append(
            (
                finding.severity.value,
                *finding_words(finding, language),
                plain(finding.source),
                plain(finding.layer),
                finding.row,
                plain(finding.column),
                plain(finding.unit),
                plain(finding.found),
                finding.rule,
                _number(finding.lon, 6),
                _number(finding.lat, 6),
            )
        )
    return Table(key="findings", columns=columns, rows=tuple(rows))


def indicator_table(outcome: Outcome, shown: Published, language: Language) -> Table:
    """Return the plan's indicators as computed."""
    columns = (
        ("id", "text"),
        ("indicator", "text"),
        ("measure", "word:measure"),
        ("value", "number"),
        ("numerator", "number"),
        ("denominator", "number"),
        ("baseline", "number"),
        ("target", "number"),
        ("date", "text"),
        ("needs", "text"),
    )
    keys = ("id", language, "unit", *(key for key, _ in columns[3:]))
    rows = summary_document(outcome, shown)["indicators"]
    cells = tuple(tuple(_plain_cell(row[key]) for key in keys) for row in rows)
    return Table(key="indicators", columns=columns, rows=cells)


def source_table(outcome: Outcome) -> Table:
    """Return the input files."""
    columns = (
        ("role", "word:role"),
        ("path", "text"),
        ("date", "text"),
        ("rows", "count"),
        ("crs", "text"),
        ("attribution", "text"),
        ("synthetic", "flag"),
        ("notes", "text"),
        ("sha256", "text"),
    )
    rows = tuple(
        (
            source.role,
            plain(source.path),
            source.data_date.isoformat() if source.data_date else None,
            source.rows,
            plain(source.crs),
            plain(source.attribution),
            source.synthetic,
            plain("; ".join(f"{key}: {text}" for key, text in source.notes)),
            source.sha256,
        )
        for source in outcome.sources
    )
    return Table(key="sources", columns=columns, rows=rows)


def county_names(outcome: Outcome) -> dict[str, str]:
    """Return the names of the counties by code; the code itself where no name is known."""
    names = {key: key for key in outcome.walking[0].baseline if key != "city"}
    if outcome.counties is not None:
        given = zip(outcome.counties.code, outcome.counties.name, strict=True)
        names.update({code: plain(name) for code, name in given})
    return names


def _people(counts: Counts, at: int) -> tuple[Cell, ...]:
    reached, newly = float(counts.reached[at]), float(counts.newly[at])
    return (
        people(float(counts.older[at])),
        people(reached),
        people(newly),
        *(() if counts.lost is None else (people(float(counts.lost[at])),)),
        people(float(counts.reached_planned()[at])),
        people(float(counts.unreached[at])),
        _share(float(counts.share(planned=False)[at])),
        _share(float(counts.share(planned=True)[at])),
    )


def _withheld(
    columns: Sequence[tuple[str, str]], counts: Counts, n: int
) -> frozenset[tuple[int, int]]:
    keys = [key for key, _ in columns]
    first = keys.index("older")
    cells = {(int(i), first) for i in np.flatnonzero(counts.hidden_total[:n])}
    split = range(first + 1, first + len(_people_columns(counts)))
    cells |= {(int(i), j) for i in np.flatnonzero(counts.hidden_split[:n]) for j in split}
    return frozenset(cells)


def _number(value: float | None, digits: int) -> float | None:
    return round(float(value), digits) if value is not None and math.isfinite(value) else None


def _share(value: float) -> float | None:
    return _number(value, 6)


def _plain_cell(value: Cell) -> Cell:
    return plain(value) if isinstance(value, str) else value
