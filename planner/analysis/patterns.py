"""The cover structure of a run: people by district and exact set of sites within their reach."""

import numpy as np
from numpy.typing import NDArray

from planner.analysis.coverage import runs_of
from planner.kernel.frames import CoverRuns
from planner.kernel.patterns import group_patterns
from planner.model.coverage import Coverage
from planner.model.demand import Demand
from planner.model.patterns import CoverPatterns


def build_patterns(
    existing: Coverage,
    offered: Coverage,
    picked: NDArray[np.intp],
    people: tuple[Demand, tuple[str, ...]],
) -> CoverPatterns:
    """Return the cover structure of the facilities that stand and the picked candidates.

    Parameters
    ----------
    existing
        Whom each serving facility reaches.
    offered
        Whom each candidate reaches, over the same order of the same points.
    picked
        Candidates in build order.
    people
        Demand points, and the code of the district of each.

    Raises
    ------
    ValueError
        If the two relations are over different orders.
    """
    demand, codes = people
    if not np.array_equal(existing.order, offered.order):
        raise ValueError("the two relations are over different orders")
    district, at = np.unique(np.array(codes, np.str_), return_inverse=True)
    found = group_patterns(
        _joined(runs_of(existing), runs_of(offered), picked), demand.weight(), at.reshape(-1)
    )
    return CoverPatterns(
        district=tuple(district.tolist()),
        site_id=(*existing.site_id, *(offered.site_id[i] for i in picked.tolist())),
        standing=len(existing.site_id),
        at=found.group,
        people=found.weight,
        start=found.start,
        site=found.site,
    )


def _joined(first: CoverRuns, second: CoverRuns, rows: NDArray[np.intp]) -> CoverRuns:
    """Return all rows of the first relation, then some of the second."""
    size = np.diff(second.row_start)[rows]
    runs = np.concatenate(
        [np.arange(second.row_start[row], second.row_start[row + 1]) for row in rows]
        + [np.empty(0, np.int64)]
    ).astype(np.intp)
    ends = np.cumsum(size) + first.row_start[-1]
    return CoverRuns(
        np.concatenate([first.row_start, ends]).astype(np.int64),
        np.concatenate([first.first, second.first[runs]]),
        np.concatenate([first.last, second.last[runs]]),
        first.order,
    )
