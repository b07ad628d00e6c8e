"""What a run says on the terminal when it is done."""

import math

from planner.model.outcome import Outcome
from planner.model.plan import PlanStatus
from planner.model.scenario import Language
from planner.model.standard import Standards
from planner.report.words import say


def _percent(share: float) -> str:
    return _number(share, ".1%")


def headline(outcome: Outcome, language: Language) -> str:
    """Return the key figures of a run, a line each."""
    lines = []
    if outcome.scenario.synthetic:
        lines.append(say("terminal.headline.synthetic", language))
    for walking in outcome.walking:
        rule = outcome.standards.group(walking.group).speed
        name = rule.zh if language == "zh" else rule.en
        lines.append(
            say(
                "terminal.headline.walking",
                language,
                group=f"{name} {walking.speed_mps:g} m/s",
                limit=f"{outcome.scenario.walking.limit_min:g}",
                baseline=_percent(walking.baseline["city"].share),
                planned=_percent(walking.planned["city"].share),
                covered=f"{walking.planned['city'].covered:,.0f}",
                total=f"{walking.planned['city'].total:,.0f}",
            )
        )
    lines += [_units(outcome, language), _space(outcome, language), _plan(outcome, language)]
    return "\n".join(lines)


def _number(value: float, form: str) -> str:
    return format(value, form) if math.isfinite(value) else "-"


def _units(outcome: Outcome, language: Language) -> str:
    urban, rural = outcome.unit_coverage["urban"], outcome.unit_coverage["rural"]
    return say(
        "terminal.headline.unit",
        language,
        date=urban.list_date.isoformat(),
        urban=_percent(urban.share),
        urban_with=urban.with_facility,
        urban_units=urban.units,
        rural=_percent(rural.share),
        rural_with=rural.with_facility,
        rural_units=rural.units,
    )


def _space(outcome: Outcome, language: Language) -> str:
    city = outcome.provision.summary("city")
    return say(
        "terminal.headline.space",
        language,
        urban=_number(outcome.provision.summary("urban").ratio, ".1f"),
        rural=_number(outcome.provision.summary("rural").ratio, ".1f"),
        norm=f"{outcome.provision.norm:g}",
        share=_percent(city.share_meeting),
        deficit=_number(city.deficit_m2, ",.0f"),
    )


def _plan(outcome: Outcome, language: Language) -> str:
    plan = outcome.plan
    key = f"terminal.headline.{plan.status.value}"
    gap = f"{plan.gap:.2%}" if plan.status is PlanStatus.FEASIBLE else ""
    return say(
        "terminal.headline.plan",
        language,
        count=len(plan.picks),
        gain=f"{sum(pick.gain for pick in plan.picks):,.0f}",
        proof=say(key, language, gap=gap),
    )


def standards_table(standards: Standards, language: Language) -> str:
    """Return the rules in force with document and clause, a line each."""
    rules = [group.speed for group in standards.groups] + list(standards.rules)
    lines = [say("terminal.standards.header", language)]
    for rule in rules:
        text = rule.zh if language == "zh" else rule.en
        known = say("terminal.yes" if rule.verified else "terminal.no", language)
        value = f"{rule.value:g} {rule.unit}"
        lines.append(f"{rule.id} | {text} | {value} | {rule.document} | {rule.clause} | {known}")
    return "\n".join(lines)
