"""Small towns with any cover: who is reached by whom is drawn at random, the rest follows."""

from dataclasses import replace

import numpy as np
from full_outcome import full_outcome
from small_outcome import LIMIT, shares

from planner.kernel.frames import CoverRuns
from planner.kernel.patterns import group_patterns
from planner.model.outcome import Outcome, Reach
from planner.model.patterns import CoverPatterns

STANDING = ("f1", "f2", "f5")


def patterns_of(demand, covered, site_id, standing):
    """Build the exact structure from a table (points, sites)."""
    n = len(demand)
    district, at = np.unique(np.array(demand.community), return_inverse=True)
    first, last, start = [], [], [0]
    for site in range(covered.shape[1]):
        own = np.flatnonzero(covered[:, site])
        cut = np.flatnonzero(np.diff(own) > 1)
        if len(own):
            first += [own[0], *own[cut + 1]]
            last += [*(own[cut] + 1), own[-1] + 1]
        start.append(len(first))
    runs = CoverRuns(
        np.array(start, np.int64),
        np.array(first, np.int32),
        np.array(last, np.int32),
        np.arange(n, dtype=np.int32),
    )
    found = group_patterns(runs, demand.weight(), at.astype(np.intp))
    return CoverPatterns(
        district=tuple(district.tolist()),
        site_id=site_id,
        standing=standing,
        at=found.group,
        people=found.weight,
        start=found.start,
        site=found.site,
    )


def random_town(seed: int, *, most: int = 30) -> tuple[Outcome, np.ndarray]:
    """Return a town of six communities, three stations and three proposed sites.

    Also the table of who is covered by whom (points, sites).
    """
    rng = np.random.default_rng(seed)
    outcome = full_outcome()
    n = len(outcome.demand)
    older = rng.integers(0, most, n).astype(float)
    demand = replace(outcome.demand, older=older)
    home = np.array([int(code[-1]) for code in demand.community])
    part = rng.choice([0.1, 0.5, 1.0], (6, 6), p=[0.3, 0.2, 0.5])  # of a community
    chance = np.where(rng.random((6, 6)) < 0.5, part, 0.0)
    place = np.unique(np.array(demand.community), return_inverse=True)[1]
    covered = rng.random((n, 6)) < chance[place]
    today, planned = covered[:, :3].any(axis=1), covered.any(axis=1)
    minutes = np.where(today, 5.0 + home, LIMIT + 20)
    minutes_planned = np.where(planned, np.minimum(minutes, 9.0), minutes)
    base = float(older[today].sum())
    held, picks = today.copy(), []
    for j, pick in enumerate((*outcome.plan.picks, outcome.plan.picks[0])):
        site = outcome.candidates.id[j]
        alone = covered[:, 3 + j] & ~today & (covered[:, 3:].sum(axis=1) == 1)
        gain = float(older[covered[:, 3 + j] & ~held].sum())
        held |= covered[:, 3 + j]
        base += gain
        picks.append(
            replace(
                pick,
                site=j,
                id=site,
                name=outcome.candidates.name[j],
                order=j + 1,
                gain=gain,
                lost=float(older[alone].sum()),
                cumulative_share=base / max(older.sum(), 1.0),
                where=(),
            )
        )
    own = outcome.walking[0]
    walking = replace(
        own, baseline=shares(demand, minutes), planned=shares(demand, minutes_planned)
    )
    ids = (*STANDING, *outcome.candidates.id)
    reasons = tuple("covered" if near else "too_far" for near in today)
    return (
        replace(
            outcome,
            demand=demand,
            reach=Reach(
                nearest=np.zeros(n),
                minutes=minutes,
                minutes_planned=minutes_planned,
                access_m=np.zeros(n),
            ),
            walking=(walking,),
            reasons=reasons,
            tiers={},
            spread=None,
            spread_planned=None,
            plan=replace(outcome.plan, picks=tuple(picks)),
            patterns=patterns_of(demand, covered, ids, len(STANDING)),
        ),
        covered,
    )
