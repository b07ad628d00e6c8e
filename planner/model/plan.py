"""A proposal: ordered sites, how far it is proven, and what speaks for every site."""

from dataclasses import dataclass
from enum import StrEnum


class PlanStatus(StrEnum):
    """How far a plan is proven (law 4)."""

    OPTIMAL = "optimal"  # no better plan exists
    FEASIBLE = "feasible"  # a better plan may exist, at most `gap` better
    GIVEN = "given"  # chosen by hand; the bound is of the best of as many sites
    NOTHING_TO_DO = "nothing_to_do"  # no new site was asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """The best place near a proposed site, and what moving there would cost.

    Parameters
    ----------
    name
        Of the place.
    lon, lat
        Degrees.
    away_m
        Straight distance to the proposed site.
    change
        Older people more reached by the whole plan with this place instead; below zero where
        fewer are.
    """

    name: str
    lon: float
    lat: float
    away_m: float
    change: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One proposed site in build order.

    Parameters
    ----------
    site
        Position among the candidates.
    id, name
        Of the candidate.
    lon, lat
        Degrees.
    order
        1 for the site to build first.
    gain
        Older people newly reached when it is added after those before it.
    cumulative_share
        Share of older people reached after it is built.
    cost
        Of opening it, or of moving one there, 10,000 yuan; `None` where it is not known.
    moved_from
        Id of the facility that moves here; empty for a new site.
    tier
        Name of its tier where several are planned at once; `gain` and `cumulative_share` are then
        of this tier.
    lost
        Older people no longer reached if it alone is dropped from the whole plan.
    where
        Code of each community and its older people newly reached, as `gain` counts them, most
        first.
    neighbour
        The next best place near it, `None` where there is none.
    chosen_in
        Names of the variants whose own best plan has a site here or near here.
    """

    site: int
    id: str
    name: str
    lon: float
    lat: float
    order: int
    gain: float
    cumulative_share: float
    cost: float | None = None
    moved_from: str = ""
    tier: str = ""
    lost: float = float("nan")
    where: tuple[tuple[str, float], ...] = ()
    neighbour: Neighbour | None = None
    chosen_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A facility that stands and is closed or moved by the plan.

    Parameters
    ----------
    site
        Position among the serving facilities.
    id, name
        Of the facility.
    lon, lat
        Degrees.
    loses
        Older people within its reach today whom the plan no longer reaches.
    others
        Older people within its reach today whom the plan still reaches.
    moved_to
        Id of the candidate it moves to; empty where it is closed only.
    """

    site: int
    id: str
    name: str
    lon: float
    lat: float
    loses: float
    others: float
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TierCoverage:
    """Who is within reach of one tier, today and with the plan.

    Parameters
    ----------
    name
        Of the tier.
    limit_min
        Minutes that count as near for it.
    standing, built
        Facilities of the tier itself that stand, and new ones.
    baseline, planned, total
        Older people reached today and with the plan, and all.
    """

    name: str
    limit_min: float
    standing: int
    built: int
    baseline: float
    planned: float
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontierPoint:
    """The most that so many new sites can reach.

    Parameters
    ----------
    sites
        Number of new sites.
    covered, bound
        Older people the best plan found reaches, and what no plan of this size exceeds; existing
        sites included.
    nested
        What the first so many sites of the build order reach, `None` beyond the plan. `covered`
        less `nested` is the price of building in that order.
    """

    sites: int
    covered: float
    bound: float
    nested: float | None

    @property
    def gap(self) -> float:
        """How much better a plan of this size could be, as a share of the bound."""
        return (self.bound - self.covered) / self.bound if self.bound > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The same question under another assumption.

    Parameters
    ----------
    name
        ``slow`` or ``fast`` for the ends of the group's speed, ``winter`` for snow and ice.
    speed_mps
        Walking speed on flat ground.
    held
        Share of older people the plan reaches then.
    best
        Share the best plan found for this variant reaches.
    bound
        Share no plan of this size exceeds then.
    """

    name: str
    speed_mps: float
    held: float
    best: float
    bound: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Proposed sites with their proof.

    Parameters
    ----------
    picks
        In build order.
    status, objective, bound, gap
        Objective and bound in the question's own unit, existing sites included; the gap is their
        difference as a share of the greater.
    question
        What was asked (`planner.model.scenario.Question`): older people reached (most_people),
        number of new sites or their cost (target_share), older people weighted by how near they
        are (gradual),
        mean minutes (shortest_walk), or longest minutes (nobody_far).
    solver
        Who proved it.
    candidates
        Number of candidates the choice was made from.
    frontier
        For 0, 1, 2, … new sites; empty where it was not asked for.
    variants
        What the plan is worth under other assumptions.
    closed
        Facilities the plan closes or moves. Everything about the proposed sites (gains, curve,
        variants) then starts from those that stay.
    lost
        Older people within reach today whom the plan no longer reaches.
    tiers
        Coverage of each tier where several are planned at once; objective and bound are then the
        sum over the tiers of people reached times the weight of the tier.
    spent
        What opening, moving and closing cost together, 10,000 yuan; `None` where no facility may
        be closed or costs play no part.
    """

    picks: tuple[Pick, ...]
    status: PlanStatus
    objective: float
    bound: float
    gap: float
    solver: str
    candidates: int
    question: str = "most_people"
    frontier: tuple[FrontierPoint, ...] = ()
    variants: tuple[Variant, ...] = ()
    closed: tuple[Closed, ...] = ()
    lost: float = 0.0
    tiers: tuple[TierCoverage, ...] = ()
    spent: float | None = None
