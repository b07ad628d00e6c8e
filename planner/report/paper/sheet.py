"""The A3 sheet: title block, key figures, map with its furniture, legend, sites, sources."""

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from planner.model.outcome import Outcome
from planner.model.scenario import Language
from planner.report.headline import objective_words
from planner.report.palette import SITE
from planner.report.paper.fonts import shorten
from planner.report.paper.ground import Box, Ground
from planner.report.paper.legend import draw_legend
from planner.report.paper.marks import filled, furniture, pins
from planner.report.paper.page import EDGE, GREY, INK, Sheet, foot, head
from planner.report.plain import plain
from planner.report.published import Published
from planner.report.tables import county_names

_MAP = (8.0, 66.0, 296.0, 208.0)  # left, top, width, height in mm
_CARDS = (118.0, 90.0, 98.0, 89.0)  # widths of the key figures in mm
_INSET = (92.0, 84.0)
_FEW = 3  # sites that are worth an inset
_COVERED = 0.12  # of the inset, at most, may lie over communities


def draw_sheet(outcome: Outcome, shown: Published, ground: Ground, language: Language) -> Figure:
    """Return the whole map sheet, A3 landscape.

    Parameters
    ----------
    outcome, shown
        What a run found, and what of it may be shown.
    ground
        Its shapes.
    language
        Of the words on it.
    """
    sheet = Sheet(outcome, shown, language)
    head(sheet)
    _figures(sheet)
    axes = sheet.axes(*_MAP)
    box = filled(ground.box, _MAP[2] / _MAP[3])
    ground.draw(axes, box, fine=False)
    _county_names(axes, ground, outcome)
    pins(axes, ground.sites, box, _MAP[2])
    furniture(axes, box, _MAP[2])
    _inset(sheet, axes, ground, box)
    draw_legend(sheet, ground)
    foot(sheet)
    return sheet.figure


def _figures(sheet: Sheet) -> None:
    walking, units = sheet.summary["walking_coverage"], sheet.summary["unit_coverage"]
    space, plan = sheet.summary["space_ratio"], sheet.summary["optimality"]
    rule = sheet.outcome.standards.group(walking["group"]).speed
    about = sheet.summary["about"]
    basis = sheet.say(
        "map.figure.walking_basis",
        limit=f"{walking['limit_min']:g}",
        group=plain(rule.zh if sheet.language == "zh" else rule.en),
        speed=f"{walking['speed_mps']:g}",
        direction=sheet.say(f"map.direction.{about['direction']}"),
        date=about["count_date"],
    )
    pairs = [
        (sheet.say(f"table.state.{state}"), sheet.percent(walking[state]["city"]["share"]),
         (f"{sheet.people(walking[state]['city']['covered'])} / "
          f"{sheet.people(walking[state]['city']['total'])}"))
        for state in ("baseline", "planned")
    ]  # fmt: skip
    _figure(sheet, 0, "#2c7fb8", sheet.say("map.figure.walking"), pairs, basis)
    pairs = [
        (sheet.say(f"map.figure.{kind}"), sheet.percent(units[kind]["share"]),
         f"{units[kind]['with_facility']} / {units[kind]['units']}")
        for kind in ("urban", "rural")
    ]  # fmt: skip
    basis = sheet.say("map.figure.units_basis", date=units["urban"]["list_date"])
    _figure(sheet, 1, "#41873f", sheet.say("map.figure.units"), pairs, basis)
    pairs = [
        (sheet.say(f"map.figure.{kind}"), sheet.number(space[kind]["m2_per_100_households"]),
         sheet.say("map.figure.meeting", share=sheet.percent(space[kind]["share_meeting"]),
                   n=f"{space[kind]['meeting']}/{space[kind]['known']}"))
        for kind in ("urban", "rural")
    ]  # fmt: skip
    basis = sheet.say(
        "map.figure.space_basis",
        norm=f"{space['norm_m2_per_100_households']:g}",
        definition=sheet.say(f"table.definition.{space['households_definition']}"),
        date=space["households_date"],
    )
    _figure(sheet, 2, "#8a6d1a", sheet.say("map.figure.space"), pairs, basis)
    sites = sheet.summary["proposed_sites"]
    gains = [site["gain"] for site in sites]
    told = ""
    if gains and None not in gains:
        told = sheet.say("map.figure.gain", n=sheet.people(sum(gains)))
    pairs = [
        (sheet.say("map.figure.sites"), sheet.say("map.figure.places", n=len(sites)), told),
        (sheet.say("map.figure.gap"), sheet.percent(plan["gap"]),
         sheet.say(f"map.figure.proof.{plan['status']}")),
    ]  # fmt: skip
    basis = objective_words(sheet.outcome, sheet.language)
    _figure(sheet, 3, SITE, sheet.say("map.figure.plan"), pairs, basis)


def _figure(
    sheet: Sheet,
    at: int,
    colour: str,
    title: str,
    pairs: list[tuple[str, str, str]],
    basis: str,
) -> None:
    wide = _CARDS[at]
    left = EDGE + sum(_CARDS[:at]) + 3 * at
    sheet.box(left, 36, wide, 27, "#f3f6f8")
    sheet.box(left, 36, wide, 1.1, colour)
    sheet.text(left + 2.5, 38.2, title, size=11.5, bold=True, wide=wide - 5)
    half = (wide - 5) / 2
    for k, (label, big, small) in enumerate(pairs):
        x = left + 2.5 + k * half
        sheet.text(x, 44.2, label, size=10, colour=GREY, wide=half * 0.36)
        sheet.text(x + half * 0.34, 43.2, big, size=17, bold=True, wide=half * 0.66)
        sheet.text(x, 51.5, small, size=10, wide=half - 1)
    sheet.text(left + 2.5, 57.5, basis, size=9, colour=GREY, wide=wide - 5)


def _inset(sheet: Sheet, whole: Axes, ground: Ground, box: Box) -> None:
    """Draw the thickest part of the plan larger, in a corner where hardly anything is covered."""
    if len(ground.sites) < _FEW:
        return
    metre = (box[2] - box[0]) / _MAP[2]
    wide, tall = _INSET[0] * metre / 4, _INSET[1] * metre / 4  # four times as large
    near = [
        (np.abs(ground.sites - site) < (wide / 2, tall / 2)).all(axis=1) for site in ground.sites
    ]
    most = near[int(np.argmax([part.sum() for part in near]))]
    if most.sum() < _FEW:
        return
    x, y = ground.sites[most].mean(axis=0)
    part = (x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2)
    corner = _free_corner(ground, box, metre)
    if corner is None:
        return
    axes = sheet.axes(*corner, *_INSET)
    ground.draw(axes, part, fine=False)
    seen = np.flatnonzero(((ground.sites > part[:2]) & (ground.sites < part[2:])).all(axis=1))
    pins(axes, ground.sites[seen], part, _INSET[0], orders=(seen + 1).tolist())
    whole.add_patch(
        Rectangle(part[:2], wide, tall, fill=False, edgecolor=INK, linewidth=0.9, zorder=24)
    )


def _free_corner(ground: Ground, box: Box, metre: float) -> tuple[float, float] | None:
    """Return left and top in mm of the emptiest corner for the inset, if one is empty enough."""
    left, top, wide, tall = _MAP
    shapes = shapely.union_all([g for g in ground.communities if g is not None])
    best: tuple[float, tuple[float, float]] | None = None
    for x, y in ((wide - _INSET[0], tall - _INSET[1]), (wide - _INSET[0], 0.0),
                 (wide / 2 - _INSET[0] / 2, tall - _INSET[1])):  # fmt: skip
        west, north = box[0] + x * metre, box[3] - y * metre
        frame = shapely.box(west, north - _INSET[1] * metre, west + _INSET[0] * metre, north)
        hidden = shapes.intersection(frame).area / frame.area
        if best is None or hidden < best[0]:
            best = (hidden, (left + x, top + y))
    return best[1] if best and best[0] < _COVERED else None


def _county_names(axes: Axes, ground: Ground, outcome: Outcome) -> None:
    if outcome.counties is None:
        return
    for code, geometry in zip(outcome.counties.code, ground.counties, strict=True):
        if geometry is not None:
            place = geometry.point_on_surface()
            name = shorten(plain(county_names(outcome).get(code, code)), 16)
            axes.text(
                place.x, place.y, name, fontsize=13, fontweight="bold", color="#22303c",
                ha="center", va="center", zorder=18,
                bbox={"facecolor": "white", "alpha": 0.6, "pad": 1.2, "linewidth": 0},
            )  # fmt: skip
