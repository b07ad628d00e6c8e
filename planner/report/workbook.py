"""``tables.xlsx``: the tables of a result as planners file them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from planner.model.outcome import Outcome
from planner.model.plan import PlanStatus
from planner.model.scenario import Language
from planner.report.closures import closed_table
from planner.report.headline import objective_words
from planner.report.living import living_words
from planner.report.plain import plain
from planner.report.published import Published
from planner.report.summary import summary_document
from planner.report.tables import (
    Cell,
    Table,
    community_table,
    finding_table,
    frontier_table,
    indicator_table,
    site_table,
    source_table,
)
from planner.report.walker import walker_words
from planner.report.words import say

_FORMATS = {
    "count": "#,##0.##",
    "number": "#,##0.0",
    "share": "0.0%",
    "degrees": "0.000000",
    "text": "@",
}
_CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_FONT = {"font_name": "Microsoft YaHei", "font_size": 10}
_WIDEST = 60
_LONGEST = 32_000  # Excel holds 32,767 characters in a cell


def write_workbook(outcome: Outcome, shown: Published, path: Path, *, language: Language) -> None:
    """Write the workbook.

    Parameters
    ----------
    outcome
        What a run found.
    shown
        The counts that may be shown.
    path
        File to write.
    language
        Of sheet names, headers and words.
    """
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        title = plain(getattr(outcome.scenario.title, language))
        book.set_properties({"title": title[:255], "created": _CREATED})
        formats = {
            kind: book.add_format({**_FONT, "num_format": code}) for kind, code in _FORMATS.items()
        }
        formats["head"] = book.add_format(
            {**_FONT, "bold": True, "bg_color": "#DCE9F2", "text_wrap": True, "valign": "vcenter"}
        )
        formats["notice"] = book.add_format(
            {**_FONT, "bold": True, "font_color": "#9C2A00", "text_wrap": True}
        )
        formats["title"] = book.add_format({**_FONT, "bold": True, "font_size": 16})
        _write_overview(book, formats, outcome, shown, language)
        for table in (
            indicator_table(outcome, shown, language),
            community_table(outcome, shown),
            site_table(outcome, shown),
            *((closed_table(outcome, shown),) if outcome.plan.closed else ()),
            frontier_table(outcome, shown),
            finding_table(outcome, language),
            source_table(outcome),
        ):
            _write_table(book, formats, table, language)


def _write_table(
    book: Any,  # noqa: ANN401  (xlsxwriter has no types)
    formats: dict[str, Any],
    table: Table,
    language: Language,
) -> None:
    sheet = book.add_worksheet(say(f"table.sheet.{table.key}", language))
    sheet.freeze_panes(1, min(2, len(table.columns)))
    sheet.set_row(0, 32)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, max(1, len(table.rows)), len(table.columns) - 1)
    for j, (key, kind) in enumerate(table.columns):
        head = say(f"table.column.{key}", language)
        cells = [_spoken(row[j], kind, language) for row in table.rows]
        sheet.set_column(j, j, _width(head, cells))
        sheet.write_string(0, j, head, formats["head"])
        look = formats.get(kind, formats["text"])
        for i, cell in enumerate(cells, start=1):
            if (i - 1, j) in table.withheld:
                sheet.write_string(i, j, say("table.withheld", language), formats["text"])
            elif isinstance(cell, str):
                sheet.write_string(i, j, cell[:_LONGEST], formats["text"])
            elif cell is not None:
                sheet.write_number(i, j, cell, look)


def _spoken(cell: Cell, kind: str, language: Language) -> Cell:
    if isinstance(cell, bool):
        return say("table.yes" if cell else "table.no", language)
    if kind.startswith("word:") and isinstance(cell, str):
        return say_value(kind.removeprefix("word:"), cell, language)
    return cell


def say_value(group: str, value: str, language: Language) -> str:
    """Return the word of a coded value, or the value where it has none."""
    try:
        return say(f"table.{group}.{value}", language)
    except KeyError:
        return plain(value)


def _width(head: str, cells: list[Cell]) -> int:
    def columns(text: str) -> int:
        return sum(2 if ord(c) > 0x2E80 else 1 for c in text)

    longest = max((columns(str(cell)) for cell in cells[:500] if cell is not None), default=0)
    return int(min(_WIDEST, max(9, columns(head) + 4, longest + 2)))


def _write_overview(
    book: Any,  # noqa: ANN401  (xlsxwriter has no types)
    formats: dict[str, Any],
    outcome: Outcome,
    shown: Published,
    language: Language,
) -> None:
    sheet = book.add_worksheet(say("table.sheet.overview", language))
    sheet.set_column(0, 0, 58)
    sheet.set_column(1, 2, 18)
    sheet.set_column(3, 3, 58)
    summary = summary_document(outcome, shown)
    about = summary["about"]
    sheet.write_string(0, 0, plain(about["title"][language])[:_LONGEST], formats["title"])
    line = 1
    for notice in about["notices"]:
        sheet.write_string(line, 0, notice[language], formats["notice"])
        line += 1
    facts = [
        (say("table.overview.asks", language), plain(about["asks"][language])),
        (say("table.overview.office", language), plain(about["office"])),
        (say("table.overview.review", language), plain(about["map_review_number"])),
        (say("table.overview.crs", language), about["crs"]),
        (say("table.overview.direction", language), walker_words(outcome, language)),
        (say("table.overview.living", language), living_words(outcome, language)),
        (say("table.overview.question", language), objective_words(outcome, language)),
        (say("table.overview.proof", language), _proof(outcome, language)),
    ]
    for label, text in facts:
        sheet.write_string(line, 0, label, formats["text"])
        sheet.write_string(line, 1, text[:_LONGEST], formats["text"])
        line += 1
    line += 1
    sheet.freeze_panes(0, 1)
    for j, key in enumerate(("figure", "now", "planned", "basis")):
        sheet.write_string(line, j, say(f"table.column.{key}", language), formats["head"])
    for label, kind, now, planned, basis in _figures(outcome, summary, language):
        line += 1
        sheet.write_string(line, 0, label, formats["text"])
        sheet.write_string(line, 3, basis, formats["text"])
        for j, value in ((1, now), (2, planned)):
            if isinstance(value, str):
                sheet.write_string(line, j, value, formats["text"])
            elif value is not None:
                sheet.write_number(line, j, value, formats[kind])
    for key in ("two_families", "withheld"):
        line += 2 if key == "two_families" else 1
        text = say(f"table.overview.{key}", language, least=shown.least)
        sheet.write_string(line, 0, text, formats["text"])


def _proof(outcome: Outcome, language: Language) -> str:
    plan = outcome.plan
    gap = f"{plan.gap:.2%}" if plan.status is PlanStatus.FEASIBLE else ""
    return say(f"table.status.{plan.status.value}", language, gap=gap)


Figure = tuple[str, str, float | str | None, float | str | None, str]


def _figures(outcome: Outcome, summary: dict[str, Any], language: Language) -> list[Figure]:
    """Return the key figures: label, format, now, planned, basis."""

    def spoken(key: str, **values: object) -> str:
        return say(f"table.overview.{key}", language, **values)

    rows: list[Figure] = []
    walking = summary["walking_coverage"]
    people_date = spoken("count_date", date=summary["about"]["count_date"])
    for at, states in enumerate((walking, *walking["compare"])):
        speed = outcome.standards.group(states["group"]).speed
        now, planned = states["baseline"]["city"], states["planned"]["city"]
        label = spoken(
            "walking",
            limit=f"{walking['limit_min']:g}",
            group=plain(speed.zh if language == "zh" else speed.en),
            speed=f"{states['speed_mps']:g}",
        )
        rows.append((label, "share", now["share"], planned["share"], people_date))
        if at == 0:
            counts = [f"{_told(s['covered'])} / {_told(s['total'])}" for s in (now, planned)]
            rows.append((spoken("walking_people"), "text", counts[0], counts[1], people_date))
            rows += [*_ranges(walking, language), *_reasons(walking, language)]
    for kind in ("urban", "rural"):
        units = summary["unit_coverage"][kind]
        word = say(f"table.unit_kind.{kind}", language)
        basis = spoken("list_date", date=units["list_date"])
        rows.append((spoken("units", kind=word), "share", units["share"], None, basis))
        counted = f"{units['with_facility']} / {units['units']}"
        rows.append((spoken("unit_count", kind=word), "text", counted, None, basis))
    rows += _space_figures(summary["space_ratio"], language)
    rows.append((spoken("sites"), "count", None, len(summary["proposed_sites"]), ""))
    for tier in summary["tiers"]:
        label = spoken(
            "tier", name=tier["name"], limit=f"{tier['limit_min']:g}", built=tier["built"]
        )
        shares = (tier["baseline"]["share"], tier["planned"]["share"])
        now, planned = (say("table.withheld", language) if s is None else s for s in shares)
        rows.append((label, "share", now, planned, people_date))
    if summary["closed"]:
        moved = sum(one["moved_to"] is not None for one in summary["closed"])
        rows.append((spoken("moved"), "count", None, moved, ""))
        rows.append((spoken("closed"), "count", None, len(summary["closed"]) - moved, ""))
        lost = walking["lost"]["city"]
        rows.append((spoken("lost"), "count", None, _told(lost) if lost is None else lost, ""))
    return rows


def _ranges(walking: dict[str, Any], language: Language) -> list[Figure]:
    """Return what each assumption makes of the share."""
    states = walking.get("range", {})
    sources = dict.fromkeys(source for ends in states.values() for source in ends)
    rows: list[Figure] = []
    for source in sources:
        word = say(f"spread.source.{source}", language)
        label = say("table.overview.range", language, source=word)
        now, planned = (
            _range(states.get(state, {}).get(source), language) for state in ("baseline", "planned")
        )
        rows.append((label, "text", now, planned, say("table.overview.range_basis", language)))
    return rows


def _range(ends: dict[str, float | None] | None, language: Language) -> str | None:
    if ends is None:
        return None
    low, high = (
        say("table.withheld", language) if share is None else f"{share:.1%}"
        for share in (ends["low"], ends["high"])
    )
    return say("table.overview.range_told", language, low=low, high=high)


def _reasons(walking: dict[str, Any], language: Language) -> list[Figure]:
    """Return the people not reached today by reason."""
    basis = say("table.overview.reason_basis", language)
    rows: list[Figure] = []
    for reason, count in walking.get("reasons", {}).items():
        word = say_value("reason", reason, language)
        told = say("table.withheld", language) if count is None else count
        label = say("table.overview.reason", language, reason=word)
        rows.append((label, "count", told, None, basis))
    return rows


def _space_figures(space: dict[str, Any], language: Language) -> list[Figure]:
    basis = say(
        "table.overview.space_basis",
        language,
        households=say_value("definition", space["households_definition"], language),
        households_date=space["households_date"],
        area_date=space["area_date"],
    )
    norm = f"{space['norm_m2_per_100_households']:g}"
    rows: list[Figure] = []
    for group in ("city", "urban", "rural"):
        values = space if group == "city" else space[group]
        word = say(
            "table.overview.city" if group == "city" else f"table.unit_kind.{group}", language
        )
        for key, kind, value in (
            ("ratio", "number", values["mean_m2_per_100_households"]),
            ("meeting", "share", values["share_meeting"]),
            ("deficit", "count", values["deficit_m2"]),
        ):
            label = say(f"table.overview.{key}", language, kind=word, norm=norm)
            rows.append((label, kind, value, None, basis))
    return rows


def _told(count: float | None) -> str:
    return "*" if count is None else f"{count:,}"
