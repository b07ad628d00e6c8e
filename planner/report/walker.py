"""Which way and in which season people walk, in words; stated in every output."""

from planner.model.outcome import Outcome
from planner.model.scenario import Language
from planner.report.words import say


def season_words(factor: float, language: Language) -> str:
    """Return what the season does to the walking speed."""
    if factor == 1:
        return say("table.season.none", language)
    return say("table.season.reduced", language, factor=f"{factor:g}")


def walker_words(outcome: Outcome, language: Language) -> str:
    """Return direction and season of the walk."""
    walking = outcome.scenario.walking
    return say(
        "table.overview.direction_told",
        language,
        direction=say(f"table.direction.{walking.direction}", language),
        season=season_words(walking.season_factor, language),
    )
