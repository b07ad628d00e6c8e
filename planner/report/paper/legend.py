"""The legend and the table of the proposed sites beside the map."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from planner.report.palette import FACILITIES, FIVE, NO_DATA, RINGS, SHARE_BREAKS, SITE, WITHHELD
from planner.report.paper.ground import MARKERS, Ground, shown_kinds
from planner.report.paper.page import DARK, GREY, TALL, WIDE, Sheet
from planner.report.plain import plain

_SIDE = (310.0, 66.0, 102.0, 208.0)  # left, top, width, height in mm


def draw_legend(sheet: Sheet, ground: Ground) -> None:
    """Draw classes, signs and lines with their counts, and the proposed sites in build order."""
    left, y, wide, _ = _SIDE
    rows: list[tuple[Callable[[float], None], str, str]] = []
    counts = np.bincount(ground.classes, minlength=7)
    for at, (colour, hatch) in enumerate(
        [(c, "") for c in FIVE] + [(WITHHELD, "////"), (NO_DATA, "....")]
    ):
        if at < len(FIVE) or counts[at]:
            told = sheet.say("map.communities.count", n=int(counts[at]))
            rows.append((_patch(sheet, left, colour, hatch), _class_words(sheet, at), told))
    y = _rows(sheet, y, sheet.say("map.mode.share"), rows)
    kinds = [kind.value for kind in sheet.outcome.facilities.kind]
    rows = [
        (_sign(sheet, left, *FACILITIES[kind]), sheet.say(f"table.facility_kind.{kind}"),
         str(kinds.count(kind)))
        for kind in shown_kinds(sheet.outcome)
        if kind in kinds
    ]  # fmt: skip
    limit = sheet.summary["walking_coverage"]["limit_min"]
    states = ["baseline"] + (["planned"] if sheet.summary["proposed_sites"] else [])
    rows += [
        (_line(sheet, left, *RINGS[state]),
         sheet.say("map.ring", state=sheet.say(f"table.state.{state}"), limit=f"{limit:g}"), "")
        for state in states
    ]  # fmt: skip
    rows.append((_line(sheet, left, "#3d4852", "border"), sheet.say("map.legend.counties"), ""))
    y = _rows(sheet, y + 2, sheet.say("map.legend.facilities"), rows)
    _sites(sheet, left, y + 2, wide)


def _class_words(sheet: Sheet, at: int) -> str:
    if at >= len(FIVE):
        return sheet.say("map.class.withheld" if at == len(FIVE) else "map.class.no_data")
    told = [f"{round(100 * share)}%" for share in SHARE_BREAKS]
    if at == 0:
        return sheet.say("map.class.below", high=told[0])
    if at == len(SHARE_BREAKS):
        return sheet.say("map.class.from", low=told[-1])
    return sheet.say("map.class.between", low=told[at - 1], high=told[at])


def _rows(
    sheet: Sheet, y: float, title: str, rows: list[tuple[Callable[[float], None], str, str]]
) -> float:
    left, _, wide, _ = _SIDE
    sheet.text(left, y, title, size=11.5, bold=True, colour=DARK, wide=wide)
    y += 6.4
    for sign, words, count in rows:
        sign(y)
        sheet.text(left + 13, y + 0.3, words, size=10.5, wide=wide - (32 if count else 14))
        sheet.text(left + wide, y + 0.3, count, size=10.5, colour=GREY, align="right")
        y += 5.6
    return y


def _patch(sheet: Sheet, left: float, colour: str, hatch: str) -> Callable[[float], None]:
    def draw(y: float) -> None:
        sheet.figure.add_artist(
            Rectangle((left / WIDE, 1 - (y + 4.4) / TALL), 10 / WIDE, 4.2 / TALL, facecolor=colour,
                      edgecolor="#8a939b", linewidth=0.4, hatch=hatch or None,
                      transform=sheet.figure.transFigure)
        )  # fmt: skip

    return draw


def _sign(sheet: Sheet, left: float, shape: str, colour: str) -> Callable[[float], None]:
    def draw(y: float) -> None:
        sheet.figure.add_artist(
            Line2D([(left + 5) / WIDE], [1 - (y + 2.3) / TALL], marker=MARKERS[shape], color=colour,
                   markersize=7, linestyle="none", transform=sheet.figure.transFigure)
        )  # fmt: skip

    return draw


def _line(sheet: Sheet, left: float, colour: str, dash: str) -> Callable[[float], None]:
    style: Any = {"solid": "-", "dash": (0, (4, 2)), "border": (0, (9, 3, 2, 3))}[dash]

    def draw(y: float) -> None:
        sheet.figure.add_artist(
            Line2D([left / WIDE, (left + 10) / WIDE], [1 - (y + 2.3) / TALL] * 2, color=colour,
                   linewidth=1.6, linestyle=style, transform=sheet.figure.transFigure)
        )  # fmt: skip

    return draw


def _sites(sheet: Sheet, left: float, y: float, wide: float) -> None:
    sites = sheet.summary["proposed_sites"]
    if not sites:
        return
    sheet.text(left, y, sheet.say("map.legend.sites"), size=11.5, bold=True, colour=DARK, wide=wide)
    y += 6.6
    right = left + wide
    sheet.text(left, y, sheet.say("map.sites.order"), size=10, colour=GREY)
    sheet.text(left + 13, y, sheet.say("map.sites.name"), size=10, colour=GREY, wide=38)
    sheet.text(right - 27, y, sheet.say("map.sites.gain"), size=9, colour=GREY, align="right")
    sheet.text(right, y, sheet.say("map.sites.share"), size=9, colour=GREY, align="right")
    y += 5.4
    room = int((_SIDE[1] + _SIDE[3] - y) / 5.2)
    shown = sites if len(sites) <= room else sites[: room - 1]
    for site in shown:
        sheet.text(left, y, str(site["order"]), size=10.5, bold=True, colour=SITE)
        sheet.text(left + 13, y, plain(site["name"]), size=10.5, wide=wide - 60)
        gain, share = sheet.people(site["gain"]), sheet.percent(site["cumulative_share"])
        sheet.text(right - 27, y, gain, size=10.5, align="right")
        sheet.text(right, y, share, size=10.5, align="right")
        y += 5.2
    if len(shown) < len(sites):
        sheet.text(left, y, sheet.say("paper.more_sites", n=len(sites) - len(shown)), size=10.5)
