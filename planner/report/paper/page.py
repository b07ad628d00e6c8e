"""A page of paper measured in millimetres, with the head and the foot every page carries."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from planner.model.outcome import Outcome
from planner.model.scenario import Language
from planner.report.living import is_spread, living_words
from planner.report.paper.fonts import shorten
from planner.report.plain import plain
from planner.report.published import Published
from planner.report.summary import summary_document
from planner.report.words import say

WIDE, TALL = 420.0, 297.0
EDGE = 8.0
INK, GREY, DARK = "#1d2730", "#53626e", "#12324a"


class Sheet:
    """A page measured in millimetres from its upper left corner."""

    def __init__(self, outcome: Outcome, shown: Published, language: Language) -> None:
        self.outcome, self.language = outcome, language
        self.summary: dict[str, Any] = summary_document(outcome, shown)
        self.figure = Figure(figsize=(WIDE / 25.4, TALL / 25.4), facecolor="white")

    def say(self, key: str, **values: object) -> str:
        """Return a sentence in the language of the sheet."""
        return say(key, self.language, **values)

    def either(self, texts: dict[str, str]) -> str:
        """Return the text in the language of the sheet."""
        return plain(texts[self.language])

    def text(  # noqa: PLR0913  (letters have many properties)
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 10.5,
        colour: str = INK,
        bold: bool = False,
        align: str = "left",
        wide: float | None = None,
    ) -> None:
        """Write at a place; what does not fit a width in mm is left out."""
        if wide is not None:
            text = shorten(text, wide / (size * 25.4 / 72))
        self.figure.text(
            x / WIDE, 1 - y / TALL, text, fontsize=size, color=colour, ha=align, va="top",
            fontweight="bold" if bold else "normal",
        )  # fmt: skip

    def axes(self, left: float, top: float, wide: float, tall: float) -> Axes:
        """Return a part of the page to draw on."""
        return self.figure.add_axes(
            (left / WIDE, 1 - (top + tall) / TALL, wide / WIDE, tall / TALL)
        )

    def box(self, left: float, top: float, wide: float, tall: float, colour: str) -> None:
        """Draw a filled box."""
        self.figure.add_artist(
            Rectangle((left / WIDE, 1 - (top + tall) / TALL), wide / WIDE, tall / TALL,
                      facecolor=colour, edgecolor="none", transform=self.figure.transFigure)
        )  # fmt: skip

    def people(self, value: float | None) -> str:
        """Return a count of people, or that it is not told."""
        return self.say("map.withheld") if value is None else f"{value:,.0f}"

    def percent(self, value: float | None) -> str:
        """Return a share in percent, or a dash."""
        return "—" if value is None else f"{value:.1%}"

    def number(self, value: float | None, digits: int = 1) -> str:
        """Return a number, or a dash."""
        return "—" if value is None else f"{value:,.{digits}f}"


def head(sheet: Sheet) -> None:
    """Write title, question, office, dates and what the map may be used for."""
    about = sheet.summary["about"]
    sheet.text(EDGE, 8, sheet.either(about["title"]), size=22, bold=True, wide=270)
    sheet.text(EDGE, 18.5, sheet.either(about["asks"]), size=12, colour=GREY, wide=270)
    right = WIDE - EDGE
    sheet.text(right, 8.5, plain(about["office"]), size=12, bold=True, align="right", wide=125)
    dates = sheet.say(
        "map.data_dates",
        people=sheet.outcome.demand.count_date.isoformat(),
        facilities=sheet.outcome.facilities.list_date.isoformat(),
        units=sheet.outcome.communities.list_date.isoformat(),
    )
    sheet.text(right, 14.5, dates, size=10.5, colour=GREY, align="right", wide=130)
    number = about["map_review_number"]
    state = (
        sheet.say("map.review", number=plain(number)) if number else sheet.say("summary.internal")
    )
    sheet.text(right, 20, state, size=10.5, colour="#8c2a04", bold=True, align="right", wide=165)
    if about["synthetic"]:
        sheet.box(EDGE, 25.5, 66, 6.2, "#b35806")
        sheet.text(
            EDGE + 2, 26.6, "演示数据 DEMONSTRATION DATA", size=11, colour="white", bold=True
        )
        sheet.text(EDGE + 69, 26.8, sheet.say("map.demonstration"), size=11, colour="#8c2a04")
    sheet.box(EDGE, 33, WIDE - 2 * EDGE, 0.5, DARK)


def foot(sheet: Sheet) -> None:
    """Write coordinate system, what is withheld, and the sources."""
    about = sheet.summary["about"]
    names = {plain(s.attribution) for s in sheet.outcome.sources if s.attribution}
    names.add(plain(sheet.outcome.network.source))
    sources = "; ".join(sorted(name for name in names if name))
    spread = []
    if is_spread(sheet.outcome):
        told = living_words(sheet.outcome, sheet.language)
        spread = [sheet.say("terminal.headline.living", told=told)]
    left = "  ·  ".join(
        [
            *spread,
            sheet.say("map.foot.crs"),
            sheet.say("map.foot.withheld", least=about["least_count"]),
            sheet.say("map.notes.shapes"),
        ]
    )
    sheet.box(EDGE, 277, WIDE - 2 * EDGE, 0.3, DARK)
    sheet.text(EDGE, 279, left, size=9.5, colour=GREY, wide=WIDE - 2 * EDGE)
    told = sheet.say("map.foot.sources", text=sources or sheet.say("map.none"))
    sheet.text(EDGE, 284, told, size=9.5, colour=GREY, wide=WIDE - 2 * EDGE)
