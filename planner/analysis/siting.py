"""Where new sites should stand: candidates, and maximal coverage with its proof."""

from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.analysis.attaching import Attached
from planner.analysis.coverage import reached, runs_of
from planner.errors import InputError
from planner.kernel.pick import choose_exact, choose_greedy, order_by_gain
from planner.kernel.runs import union_weight
from planner.kernel.siting_reduce import merge_runs
from planner.model.coverage import Coverage
from planner.model.demand import Demand
from planner.model.districts import Districts
from planner.model.finding import Finding, Severity
from planner.model.ground import Ground
from planner.model.network import Network, WayKind
from planner.model.plan import Pick, Plan, PlanStatus
from planner.model.scenario import Siting
from planner.model.sites import FacilityKind, Sites

_CARRIED = (WayKind.STEPS, WayKind.BRIDGE, WayKind.TUNNEL)


def candidates_from_nodes(
    network: Network, ground: Ground, communities: Districts, *, spacing_m: float
) -> Sites:
    """Take street nodes about `spacing_m` apart as candidates.

    The ground is laid out in squares of that side; in each square the node nearest its middle is
    taken. Nodes that only steps, bridges or tunnels meet are passed over. A candidate is named
    after the community it stands in.
    """
    standing = ~np.isin(network.kind, _CARRIED)
    ends = np.concatenate([network.tail[standing], network.head[standing]])
    first = network.edge_start[:-1][standing]
    last = network.edge_start[1:][standing] - 1
    nodes, at = np.unique(ends, return_index=True)
    xy = network.vertices[np.concatenate([first, last])][at]
    cell = np.floor(xy / spacing_m).astype(np.int64)
    off = np.hypot(*((xy - (cell + 0.5) * spacing_m).T))
    order = np.lexsort((nodes, off, cell[:, 0], cell[:, 1]))
    kept = cell[order]
    lead = np.ones(len(order), np.bool_)
    lead[1:] = (kept[1:] != kept[:-1]).any(axis=1)
    return _candidates(ground.to_degrees(xy[order[lead]]), communities)


def candidates_from_centres(communities: Districts, demand: Demand) -> Sites:
    """Take the centre of the older people of every community as a candidate.

    Communities without people are represented by a point inside their polygon; those without
    either are left out.
    """
    weight = demand.weight()
    position = communities.position()
    at = np.array([position[c] for c in demand.community], np.intp)
    total = np.bincount(at, weights=weight, minlength=len(communities))
    places: list[tuple[float, float]] = []
    for i, geometry in enumerate(communities.geometry):
        if total[i] > 0:
            inside = at == i
            mean = (demand.lonlat[inside] * weight[inside, None]).sum(axis=0) / total[i]
            places.append((float(mean[0]), float(mean[1])))
        elif geometry is not None:
            point = geometry.representative_point()
            places.append((point.x, point.y))
    return _candidates(np.array(places).reshape(-1, 2), communities)


def _candidates(lonlat: NDArray[np.float64], communities: Districts) -> Sites:
    polygons = [g if g is not None else shapely.Polygon() for g in communities.geometry]
    point, polygon = shapely.STRtree(polygons).query(shapely.points(lonlat), predicate="intersects")
    inside = np.full(len(lonlat), len(polygons))
    np.minimum.at(inside, point, polygon)  # on a shared line the first community wins
    lonlat, inside = lonlat[inside < len(polygons)], inside[inside < len(polygons)]
    order = np.lexsort((lonlat[:, 0], lonlat[:, 1], inside))
    lonlat, inside = lonlat[order], inside[order]
    running = np.arange(len(inside)) - np.searchsorted(inside, inside) + 1
    codes = [communities.code[i] for i in inside]
    many = np.full(len(lonlat), np.nan)
    return Sites(
        id=tuple(f"{c}-{k:03d}" for c, k in zip(codes, running, strict=True)),
        name=tuple(f"{communities.name[i]} {k}" for i, k in zip(inside, running, strict=True)),
        kind=(FacilityKind.CANDIDATE,) * len(codes),
        community=tuple(codes),
        lonlat=lonlat,
        floor_m2=many,
        beds=many,
        nursing_beds=many,
        list_date=communities.list_date,
        synthetic=communities.synthetic,
    )


def audit_candidates(attached: Attached, max_access_m: float) -> tuple[Finding, ...]:
    """Tell how many candidates no street reaches; they take no part."""
    far = len(attached) - len(attached.usable())
    if not far:
        return ()
    finding = Finding(
        rule="siting.candidates_far",
        severity=Severity.WARNING,
        found=str(far),
        values=(("limit", f"{max_access_m:.0f}"),),
    )
    return (finding,)


def check_count(siting: Siting, candidates: int) -> None:
    """Refuse more new sites than there are candidates.

    Raises
    ------
    InputError
        With finding ``siting.too_many``.
    """
    if siting.new_sites > candidates:
        finding = Finding(
            rule="siting.too_many",
            severity=Severity.ERROR,
            column="siting.new_sites",
            found=str(siting.new_sites),
            expected=str(candidates),
        )
        raise InputError("more new sites than candidates", [finding])


def choose_sites(
    existing: Coverage,
    candidates: Sites,
    offered: Coverage,
    demand: Demand,
    siting: Siting,
    *,
    progress: Callable[[str], None] | None = None,
) -> Plan:
    """Choose new sites that bring the most older people within the limit.

    Existing sites stay. The coverage of the result is recomputed by the one coverage function and
    must equal the solver's objective.

    Parameters
    ----------
    existing, offered
        Coverage of the facilities that stand and of the candidates, on the same demand.
    candidates
        The candidates, in the rows of `offered`.
    siting
        How many, and how long to search.

    Raises
    ------
    InputError
        If more sites are asked for than there are candidates.
    RuntimeError
        If the recomputed coverage differs from the objective.
    """
    check_count(siting, len(candidates))
    weight = demand.weight()
    total = float(weight.sum())
    standing = reached(existing, np.arange(len(existing.site_id), dtype=np.intp))
    base = float(weight[standing].sum())
    runs = runs_of(offered)
    merged = merge_runs(runs, weight, ~standing)
    greedy = choose_greedy(runs, weight, siting.new_sites, ~standing)
    if progress:
        progress("exact")
    answer = choose_exact(
        merged, siting.new_sites, greedy, time_limit_s=siting.time_limit_s, gap=siting.gap
    )
    order, gain = order_by_gain(runs, weight, answer.rows, ~standing)
    useful = gain > 0
    order, gain = order[useful], gain[useful]
    recomputed = union_weight(runs, order, np.where(standing, 0.0, weight))
    if abs(recomputed - answer.objective) > 1e-6 * max(1.0, answer.objective):
        raise RuntimeError(
            f"coverage of the plan is {recomputed}, the solver says {answer.objective}"
        )
    objective, bound = base + recomputed, base + answer.bound
    share = (base + np.cumsum(gain)) / total if total else np.zeros(len(gain))
    picks = tuple(
        Pick(
            site=int(row),
            id=candidates.id[row],
            name=candidates.name[row],
            lon=float(candidates.lonlat[row, 0]),
            lat=float(candidates.lonlat[row, 1]),
            order=k + 1,
            gain=float(gain[k]),
            cumulative_share=float(share[k]),
        )
        for k, row in enumerate(order)
    )
    status = PlanStatus.OPTIMAL if answer.proven else PlanStatus.FEASIBLE
    return Plan(
        picks=picks,
        status=PlanStatus.NOTHING_TO_DO if siting.new_sites == 0 else status,
        objective=objective,
        bound=bound,
        gap=(bound - objective) / bound if bound > 0 else 0.0,
        solver="Lagrangian branch and bound, every proof rechecked",
        candidates=len(candidates),
    )
