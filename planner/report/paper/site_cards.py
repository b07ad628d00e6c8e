"""A page for every proposed site: the neighbourhood, and what speaks for it."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from planner.model.outcome import Outcome
from planner.model.scenario import Language
from planner.report.palette import SITE
from planner.report.paper.ground import Ground
from planner.report.paper.marks import filled, furniture, pins
from planner.report.paper.page import Sheet, foot, head
from planner.report.plain import plain
from planner.report.published import Published

_MAP = (8.0, 50.0, 250.0, 222.0)
_AROUND_M = 1_600.0
_LINE = 8.6


def draw_site_card(
    outcome: Outcome, shown: Published, ground: Ground, at: int, language: Language
) -> Figure:
    """Return the page of one proposed site, A3 landscape.

    Parameters
    ----------
    outcome, shown
        What a run found, and what of it may be shown.
    ground
        Its shapes.
    at
        Which of the proposed sites.
    language
        Of the words on it.
    """
    sheet = Sheet(outcome, shown, language)
    site = sheet.summary["proposed_sites"][at]
    head(sheet)
    title = sheet.say("map.card.site", order=site["order"], name=plain(site["name"]))
    sheet.text(8, 37, title, size=20, bold=True, colour=SITE, wide=390)
    axes = sheet.axes(*_MAP)
    x, y = ground.sites[at]
    box = filled((x - _AROUND_M, y - _AROUND_M, x + _AROUND_M, y + _AROUND_M), _MAP[2] / _MAP[3])
    ground.draw(axes, box, fine=True)
    inside = np.flatnonzero(
        (ground.sites[:, 0] > box[0])
        & (ground.sites[:, 0] < box[2])
        & (ground.sites[:, 1] > box[1])
        & (ground.sites[:, 1] < box[3])
    )
    pins(axes, ground.sites[inside], box, _MAP[2], orders=(inside + 1).tolist())
    furniture(axes, box, _MAP[2])
    _facts(sheet, site)
    foot(sheet)
    return sheet.figure


def _facts(sheet: Sheet, site: dict[str, Any]) -> None:
    left, y, wide = 266.0, 52.0, 146.0
    for label, value in _rows(sheet, site):
        sheet.text(left, y, label, size=12, colour="#53626e", wide=58)
        for line in _folded(value, (wide - 60) / (12.5 * 25.4 / 72)):
            sheet.text(left + 60, y, line, size=12.5)
            y += 6.2
        y += _LINE - 6.2 + 1.5
        sheet.box(left, y - 2.2, wide, 0.35, "#d5dde3")


def _rows(sheet: Sheet, site: dict[str, Any]) -> list[tuple[str, str]]:
    near = site["next_best"]
    change = None if near is None else near["change"]
    told = sheet.say("map.card.no_neighbour")
    if near is not None:
        sign = "+" if change is not None and change > 0 else ""
        told = sheet.say(
            "map.card.next_best_told",
            name=plain(near["name"]),
            away=near["away_m"],
            change=sign + sheet.people(change),
        )
    still_open = sheet.say("map.card.open")
    tried = len(sheet.summary["variants"])
    return [
        (sheet.say("map.sites.gain"), sheet.people(site["gain"])),
        (sheet.say("map.sites.share"), sheet.percent(site["cumulative_share"])),
        (
            sheet.say("map.card.where"),
            ("、" if sheet.language == "zh" else ", ").join(site["where"])
            + ("…" if site["where_more"] else ""),
        ),
        (sheet.say("map.card.lost"), sheet.people(site["lost_if_dropped"])),
        (sheet.say("map.card.next_best"), told),
        (
            sheet.say("map.card.chosen_in"),
            sheet.say("map.card.chosen_in_told", count=len(site["chosen_in"]), tried=tried),
        ),
        (sheet.say("map.card.way"), plain(site["way"]) or still_open),
        (sheet.say("map.card.year"), still_open if site["year"] is None else str(site["year"])),
        (
            sheet.say("map.card.cost"),
            still_open if site["cost"] is None else sheet.number(site["cost"]),
        ),
        (sheet.say("map.card.place"), f"{site['lon']:.5f}, {site['lat']:.5f}"),
        (sheet.say("paper.decision"), sheet.say("paper.decision_room")),
    ]


def _folded(text: str, width_em: float) -> list[str]:
    """Return a text in lines no wider than so many of its own heights."""
    lines, line, room = [], "", width_em
    for character in text:
        wide = 1.0 if ord(character) > 0x2E80 else 0.56
        if room < wide and line:
            lines.append(line)
            line, room = "", width_em
        line += character
        room -= wide
    return [*lines, line] if line or not lines else lines
