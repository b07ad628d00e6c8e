"""What people of each age count when sites are chosen, and the people of other years."""

import numpy as np
from numpy.typing import NDArray

from planner.errors import InputError
from planner.model.demand import Demand
from planner.model.finding import Finding, Severity
from planner.model.scenario import Siting

F64 = NDArray[np.float64]

_WEIGHED = {"most_people", "gradual", "shortest_walk", "twice"}  # the others count shares or places


def worth_by_age(demand: Demand, siting: Siting) -> F64 | None:
    """Return what the people of every point count, or `None` where all count alike.

    A point where the file leaves the older bands empty counts its people as the next younger band.

    Parameters
    ----------
    demand
        The people, with the columns 65+ and 80+ where the file has them.
    siting
        With ``age_weights``: what a person of 60 to 64, 65 to 79, 80 and over counts.

    Returns
    -------
    ndarray or None
        Shape (n,).

    Raises
    ------
    InputError
        If a band is weighted whose column is missing, or the question knows no weights.
    """
    asked = siting.age_weights
    if not asked:
        return None
    known = {"65": demand.older_65, "80": demand.older_80}
    faults = [
        _fault("siting.no_age_column", band)
        for band in known
        if band in asked and known[band] is None
    ]
    closing = bool(siting.closable) and siting.closable != "none"
    beside = closing or siting.tiers or siting.district_target is not None
    if siting.question not in _WEIGHED or beside:
        faults.append(_fault("siting.no_weights_here", siting.question))
    if faults:
        raise InputError("the ages cannot be weighted so", faults)
    young, middle, old = siting.person_weights()
    if young == middle == old == 1.0:
        return None
    over_60 = demand.weight()
    over_80 = np.fmin(_people(demand.older_80), over_60)
    over_65 = np.clip(_people(demand.older_65), over_80, over_60)
    if demand.older_65 is None:  # who is 65 to 79 cannot be told from who is younger
        middle = young
    worth: F64 = young * (over_60 - over_65) + middle * (over_65 - over_80) + old * over_80
    return worth


def check_years(demand: Demand, siting: Siting) -> tuple[int, ...]:
    """Return the years among the variants, in the order of the scenario.

    Raises
    ------
    InputError
        If the households file projects nobody for one of them.
    """
    years = tuple(int(name) for name in siting.variants if name.isdigit())
    told = [year for year, people in demand.projected if np.nansum(people) > 0]
    faults = [
        Finding(
            rule="siting.no_year_column",
            severity=Severity.ERROR,
            column="siting.variants",
            found=str(year),
            expected=", ".join(str(one) for one in told) or "—",
        )
        for year in years
        if year not in told
    ]
    if faults:
        raise InputError("no people are projected for a year", faults)
    return years


def _people(column: F64 | None) -> F64 | float:
    return 0.0 if column is None else np.nan_to_num(column, nan=0.0)


def _fault(rule: str, found: str) -> Finding:
    return Finding(rule=rule, severity=Severity.ERROR, column="siting.age_weights", found=found)
