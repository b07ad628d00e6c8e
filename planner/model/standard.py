"""Norms and rules as values, each with its source."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One value of a norm.

    Parameters
    ----------
    id
        Key, for example ``space.norm_m2_per_100_households``.
    value
        The number in force.
    unit
        Unit of the value.
    document, clause
        Where it is written.
    date
        In force since, or date of the source; `None` where not known.
    verified
        False where the value is an assumption or was not read in its source.
    zh, en
        What the value means, for readers.
    """

    id: str
    value: float
    unit: str
    document: str
    clause: str
    date: date | None
    verified: bool
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkingGroup:
    """A group of walkers.

    Parameters
    ----------
    id
        Key, for example ``slow_elder``.
    speed
        Walking speed on flat ground in metres per second, with its source.
    low, high
        Speeds the sources give for slower and faster people of the group, if they do.
    """

    id: str
    speed: Rule
    low: Rule | None = None
    high: Rule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlopeRule:
    """Tobler-type factor on a group's own flat speed.

    ``factor(S) = exp(-decay * |S + shift|) / exp(-decay * shift)``, S = rise over run, capped at
    ``cap``; steps are walked at ``steps_factor`` of the flat speed.
    """

    decay: float
    shift: float
    cap: float
    steps_factor: float
    source: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """A row of the plan's indicator table."""

    id: str
    zh: str
    en: str
    unit: str
    baseline: float | None
    target: float | None
    target_year: int | None
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standards:
    """All rules in force for a run."""

    rules: tuple[Rule, ...]
    groups: tuple[WalkingGroup, ...]
    slope: SlopeRule
    indicators: tuple[Indicator, ...]

    def rule(self, rule_id: str) -> Rule:
        """Return the rule `rule_id`.

        Raises
        ------
        KeyError
            If there is no such rule.
        """
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)

    def group(self, group_id: str) -> WalkingGroup:
        """Return the walking group `group_id`.

        Raises
        ------
        KeyError
            If there is no such group.
        """
        for group in self.groups:
            if group.id == group_id:
                return group
        raise KeyError(group_id)
