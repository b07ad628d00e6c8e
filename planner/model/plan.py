"""A proposal: ordered sites and how far it is proven."""

from dataclasses import dataclass
from enum import StrEnum


class PlanStatus(StrEnum):
    """How far a plan is proven (law 4)."""

    OPTIMAL = "optimal"  # no better plan exists
    FEASIBLE = "feasible"  # a better plan may exist, at most `gap` better
    NOTHING_TO_DO = "nothing_to_do"  # no new site was asked for


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
    """

    site: int
    id: str
    name: str
    lon: float
    lat: float
    order: int
    gain: float
    cumulative_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Proposed sites with their proof.

    Parameters
    ----------
    picks
        In build order.
    status, objective, bound, gap
        Objective and bound in older people reached (existing sites included); the gap is
        ``(bound - objective) / bound``.
    solver
        Who proved it.
    candidates
        Number of candidates the choice was made from.
    """

    picks: tuple[Pick, ...]
    status: PlanStatus
    objective: float
    bound: float
    gap: float
    solver: str
    candidates: int
