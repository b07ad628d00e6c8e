"""The norms and the plan's indicators, as data: each value with document, clause and unit."""

import tomllib
from datetime import date
from importlib import resources
from typing import Any

from planner.model.standard import Indicator, Rule, SlopeRule, Standards, WalkingGroup


def _load(name: str) -> dict[str, dict[str, Any]]:
    text = (resources.files(__package__) / name).read_text(encoding="utf-8")
    return tomllib.loads(text)


def _rule(rule_id: str, row: dict[str, Any]) -> Rule:
    in_force: date | None = row.get("date")
    return Rule(
        id=rule_id,
        value=float(row["value"]),
        unit=row["unit"],
        document=row["document"],
        clause=row["clause"],
        date=in_force,
        verified=row["verified"],
        zh=row["zh"],
        en=row["en"],
    )


def _group(name: str, row: dict[str, Any]) -> WalkingGroup:
    ends = {end: _rule(f"walking.{name}.{end}", row[end]) for end in ("low", "high") if end in row}
    return WalkingGroup(id=name, speed=_rule(f"walking.{name}", row), **ends)


def _indicator(indicator_id: str, row: dict[str, Any]) -> Indicator:
    return Indicator(
        id=indicator_id,
        zh=row["zh"],
        en=row["en"],
        unit=row["unit"],
        baseline=row.get("baseline"),
        target=row.get("target"),
        target_year=row.get("target_year"),
        clause=row["clause"],
    )


def read_standards() -> Standards:
    """Return the rules shipped with the planner.

    Returns
    -------
    Standards
        Walking groups, slope rule, space norm and the plan's indicators.
    """
    walking = _load("walking.toml")
    groups = tuple(_group(name, row) for name, row in walking["groups"].items())
    slope = walking["slope"]
    space = _load("space.toml")
    rules = [_rule("walking.limit", walking["limit"]), _rule("walking.slope", slope)]
    rules += [end for group in groups for end in (group.low, group.high) if end is not None]
    rules += [_rule(f"space.{name}", row) for name, row in space.items()]
    return Standards(
        rules=tuple(rules),
        groups=groups,
        slope=SlopeRule(
            decay=slope["decay"],
            shift=slope["shift"],
            cap=slope["cap"],
            steps_factor=slope["steps_factor"],
            source=_rule("walking.slope", slope),
        ),
        indicators=tuple(
            _indicator(name, row) for name, row in _load("benxi_14th_five_year.toml").items()
        ),
    )
