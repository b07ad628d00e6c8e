"""What a run says on the terminal when it is done."""

import math
from collections.abc import Mapping

from planner.model.outcome import Outcome, Share, Spread
from planner.model.plan import PlanStatus, TierCoverage
from planner.model.scenario import Language
from planner.model.standard import Standards
from planner.report.living import is_spread, living_words
from planner.report.plain import plain
from planner.report.published import tier_is_small
from planner.report.suppression import is_small
from planner.report.walker import season_words, slope_words
from planner.report.words import say


def _percent(share: float) -> str:
    return _number(share, ".1%")


def headline(outcome: Outcome, language: Language) -> str:
    """Return the key figures of a run, a line each."""
    lines = []
    if outcome.scenario.synthetic:
        lines.append(say("terminal.headline.synthetic", language))
    for at, walking in enumerate(outcome.walking):
        spreads = (outcome.spread, outcome.spread_planned) if at == 0 else (None, None)
        states = (walking.baseline, walking.planned)
        told = [_coverage(*pair, language) for pair in zip(states, spreads, strict=True)]
        rule = outcome.standards.group(walking.group).speed
        name = rule.zh if language == "zh" else rule.en
        lines.append(
            say(
                "terminal.headline.walking",
                language,
                group=_walker(outcome, name, walking.speed_mps, language),
                limit=f"{outcome.scenario.walking.limit_min:g}",
                baseline=told[0],
                planned=told[1],
                covered=f"{walking.planned['city'].covered:,.0f}",
                total=f"{walking.planned['city'].total:,.0f}",
            )
        )
    if is_spread(outcome):
        told_at = living_words(outcome, language)
        lines.append(say("terminal.headline.living", language, told=told_at))
    lines += [_units(outcome, language), _space(outcome, language), _plan(outcome, language)]
    if outcome.plan.question != "most_people":
        asked = objective_words(outcome, language)
        lines.append(say("terminal.headline.question", language, told=asked))
    lines += [_tier(tier, outcome, language) for tier in outcome.plan.tiers]
    if outcome.plan.closed:
        lines.append(_closed(outcome, language))
    if weights := ages_words(outcome, language):
        lines.append(weights)
    if outcome.plan.variants:
        lines.append(_variants(outcome, language))
    return "\n".join(lines)


_FORMS = {
    "shortest_walk": ".2f",
    "worst_district": ".1%",
    "districts_in_turn": ".1%",
    "every_variant": ".1%",
}


def objective_words(outcome: Outcome, language: Language) -> str:
    """Return what the sites were chosen for and how good the plan is, in the question's unit."""
    plan = outcome.plan
    question = say(f"siting.question.{plan.question}", language)
    if plan.question == "most_people":
        return question
    form = _FORMS.get(plan.question, ",.0f")
    return say(
        f"siting.objective.{plan.question}",
        language,
        question=question,
        unit=say(f"siting.unit.{outcome.scenario.siting.least}", language),
        value=format(plan.objective, form),
        bound=format(plan.bound, form),
    )


def _tier(tier: TierCoverage, outcome: Outcome, language: Language) -> str:
    unsaid = tier_is_small(tier, outcome.scenario.sharing.least_count) or not tier.total > 0
    now, planned = (
        "-" if unsaid else _percent(count / tier.total) for count in (tier.baseline, tier.planned)
    )
    return say(
        "terminal.headline.tier",
        language,
        name=plain(tier.name),
        limit=f"{tier.limit_min:g}",
        standing=tier.standing,
        built=tier.built,
        baseline=now,
        planned=planned,
    )


def _closed(outcome: Outcome, language: Language) -> str:
    plan, least = outcome.plan, outcome.scenario.sharing.least_count
    moved = sum(bool(one.moved_to) for one in plan.closed)
    spent = ""
    if plan.spent is not None:
        spent = say("terminal.headline.spent", language, spent=f"{plan.spent:,.1f}")
    return say(
        "terminal.headline.closed",
        language,
        moved=moved,
        closed=len(plan.closed) - moved,
        lost=f"<{least}" if is_small(plan.lost, least) else f"{plan.lost:,.0f}",
        spent=spent,
    )


def ages_words(outcome: Outcome, language: Language) -> str:
    """Return what a person of each age counted when sites were chosen, '' where all alike."""
    siting, plan = outcome.scenario.siting, outcome.plan
    if not siting.age_weights or not math.isfinite(plan.objective):
        return ""
    young, middle, old = (f"{one:g}" for one in siting.person_weights())
    form = _FORMS.get(plan.question, ",.1f")
    value, bound = format(plan.objective, form), format(plan.bound, form)
    return say(
        "siting.ages", language, young=young, middle=middle, old=old, value=value, bound=bound
    )


def variant_words(name: str, language: Language) -> str:
    """Return what a variant is called."""
    if name.isdigit():
        return say("table.variant.year", language, year=name)
    return say(f"table.variant.{name}", language)


def _variants(outcome: Outcome, language: Language) -> str:
    told = [
        say(
            "terminal.headline.variant",
            language,
            name=variant_words(variant.name, language),
            held=f"{variant.held:.1%}",
            best=f"{variant.best:.1%}",
        )
        for variant in outcome.plan.variants
    ]
    mark = "、" if language == "zh" else ", "
    return say("terminal.headline.variants", language, list=mark.join(told))


def _walker(outcome: Outcome, name: str, speed_mps: float, language: Language) -> str:
    return say(
        "terminal.headline.walker",
        language,
        group=name,
        speed=f"{speed_mps:g}",
        direction=say(f"why.direction.{outcome.scenario.walking.direction}", language),
        season=season_words(outcome.scenario.walking.season_factor, language),
        slope=slope_words(outcome, language),
    )


def _coverage(
    shares: Mapping[str, Share], spread: Mapping[str, Spread] | None, language: Language
) -> str:
    """Return the city's share with its range, where there is one."""
    told = _percent(shares["city"].share)
    if not spread or "together" not in spread:
        return told
    ends = spread["together"]
    low, high = _number(ends.low, ".0%"), _number(ends.high, ".0%")
    return told + say("terminal.headline.range", language, low=low, high=high)


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
    gap = f"{plan.gap:.2%}" if plan.status in {PlanStatus.FEASIBLE, PlanStatus.GIVEN} else ""
    return say(
        "terminal.headline.plan",
        language,
        count=len(plan.picks),
        gain=f"{_gained(outcome):,.0f}",
        proof=say(key, language, gap=gap),
    )


def _gained(outcome: Outcome) -> float:
    """Return the people newly reached; gains count from the facilities that stay."""
    if not (outcome.plan.closed or outcome.plan.tiers):
        return sum(pick.gain for pick in outcome.plan.picks)
    own = outcome.walking[0]
    return own.planned["city"].covered - own.baseline["city"].covered + outcome.plan.lost


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
