"""Who walks, which way, in which season and on which slopes, in words; stated in every output."""

from typing import Literal

import numpy as np

from planner.model.outcome import Outcome
from planner.model.scenario import Language
from planner.report.plain import plain
from planner.report.words import say

Slope = Literal["counted", "off", "no_elevation"]


def slope_state(outcome: Outcome) -> Slope:
    """Return whether slopes are in the minutes, and why not where they are not."""
    if not outcome.scenario.walking.slope:
        return "off"
    return "counted" if np.isfinite(outcome.network.profile_m).any() else "no_elevation"


def slope_words(outcome: Outcome, language: Language) -> str:
    """Return what slopes do to the minutes."""
    return say(f"table.slope.{slope_state(outcome)}", language)


def season_words(factor: float, language: Language) -> str:
    """Return what the season does to the walking speed."""
    if factor == 1:
        return say("table.season.none", language)
    return say("table.season.reduced", language, factor=f"{factor:g}")


def group_words(outcome: Outcome, language: Language) -> str:
    """Return every walking group with its speed on flat ground in this season."""
    told = []
    for walking in outcome.walking:
        rule = outcome.standards.group(walking.group).speed
        name = plain(rule.zh if language == "zh" else rule.en)
        told.append(say("map.figure.compare", language, group=name, speed=f"{walking.speed_mps:g}"))
    return say("map.and", language).join(told)


def walker_words(outcome: Outcome, language: Language) -> str:
    """Return direction, season and slope of the walk, and the groups with their speeds."""
    walking = outcome.scenario.walking
    return say(
        "table.overview.direction_told",
        language,
        direction=say(f"table.direction.{walking.direction}", language),
        season=season_words(walking.season_factor, language),
        slope=slope_words(outcome, language),
        groups=group_words(outcome, language),
    )
