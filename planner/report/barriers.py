"""Why people are not reached, as far as it may be told (law 9)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.model.explanation import Reason
from planner.model.outcome import Outcome
from planner.report.suppression import Mask, hide_parts

REASONS = tuple(r.value for r in Reason if r is not Reason.COVERED)
_CROWD = 3  # times `least`: people not reached before a main reason is told
_LEAD = 2  # times `least`: people by which it must lead the second
_AGREE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Barriers:
    """Reasons for which people are not reached today; empty where none were given.

    Parameters
    ----------
    city
        Older people by reason; NaN where hidden. Empty without reasons.
    main
        The reason that holds the most older people of each community, '' where none is told,
        shape (communities,).
    withheld
        Communities whose main reason is hidden, shape (communities,).
    """

    city: Mapping[str, float]
    main: tuple[str, ...]
    withheld: Mask


def find_barriers(
    outcome: Outcome,
    today: NDArray[np.bool_],
    community: NDArray[np.intp],
    hidden: tuple[bool, Mask],
    least: float,
) -> Barriers:
    """Return the reasons that may be told.

    Parameters
    ----------
    outcome
        What a run found.
    today
        Demand points within reach today, shape (n,).
    community
        Row of the community of each demand point; rows after the last belong to none, shape (n,).
    hidden
        Whether the city's people by reach are hidden, and those of each community.
    least
        Smaller counts of people are hidden.

    Raises
    ------
    ValueError
        If the reasons and the people reached contradict each other (law 5).
    """
    n = len(outcome.communities)
    if not outcome.reasons:
        return Barriers(city={}, main=("",) * n, withheld=np.zeros(n, np.bool_))
    counts = _count(outcome, today, community)
    city = counts.sum(axis=0)
    unseen = hide_parts(city, least=least) | hidden[0]
    told = may_tell_main(counts[:n], hidden[1][:n], least=least)
    main = [REASONS[j] if ok else "" for j, ok in zip(counts[:n].argmax(axis=1), told, strict=True)]
    return Barriers(
        city=dict(zip(REASONS, np.where(unseen, np.nan, city).tolist(), strict=True)),
        main=tuple(main),
        withheld=~told & (hidden[1][:n] | (counts[:n].sum(axis=1) > 0)),
    )


def may_tell_main(counts: NDArray[np.float64], hidden: Mask, *, least: float) -> Mask:
    """Return the communities whose main reason may be told.

    Those whose people not reached may be told, are at least three times `least`, and are led by
    one reason by at least twice `least`: then moving `least` people from any reason to another
    contradicts nothing that is published, and the reason tells no more of a small count than the
    published sums do.

    Parameters
    ----------
    counts
        People not reached by community and reason, shape (n, reasons).
    hidden
        Communities whose people by reach are hidden, shape (n,).
    least
        Smaller counts of people are hidden.
    """
    ordered = np.sort(counts, axis=1)
    many = counts.sum(axis=1) >= _CROWD * least
    return np.asarray(many & (ordered[:, -1] - ordered[:, -2] >= _LEAD * least) & ~hidden)


def _count(
    outcome: Outcome, today: NDArray[np.bool_], community: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return people not reached by community and reason, shape (communities + 1, reasons)."""
    if len(outcome.reasons) != len(outcome.demand):
        raise ValueError(f"{len(outcome.reasons)} reasons for {len(outcome.demand)} points")
    weight = outcome.demand.weight()
    reason = np.array(outcome.reasons)
    unknown = sorted(set(outcome.reasons) - {r.value for r in Reason})
    if unknown:
        raise ValueError(f"unknown reasons {unknown}")
    differs = float(weight[(reason == Reason.COVERED.value) != today].sum())
    if differs > _AGREE:
        raise ValueError(f"reach and reasons contradict each other for {differs:g} people")
    counts = np.zeros((len(outcome.communities) + 1, len(REASONS)))
    for j, name in enumerate(REASONS):
        counts[:, j] = np.bincount(community, weight * (reason == name) * ~today, len(counts))
    return counts
