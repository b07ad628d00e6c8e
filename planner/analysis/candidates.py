"""Where new sites might stand: candidates from street nodes or from where people live."""

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree

from planner.analysis.attaching import Attached
from planner.model.demand import Demand
from planner.model.districts import Districts
from planner.model.finding import Finding, Severity
from planner.model.ground import Ground
from planner.model.network import Network, WayKind
from planner.model.sites import FacilityKind, Sites

_CARRIED = (WayKind.STEPS, WayKind.BRIDGE, WayKind.TUNNEL)


def candidates_from_nodes(
    network: Network,
    ground: Ground,
    communities: Districts,
    *,
    spacing_m: float,
    near: tuple[NDArray[np.float64], float] | None = None,
) -> Sites:
    """Take street nodes about `spacing_m` apart as candidates.

    The ground is laid out in squares of that side; in each square the node nearest its middle is
    taken. Nodes that only steps, bridges or tunnels meet are passed over. A candidate is named
    after the community it stands in.

    Parameters
    ----------
    network, ground, communities
        Streets, the plane they lie on, and the polygons that give the names.
    spacing_m
        Side of the squares in metres.
    near
        Places in metres, shape (k, 2), and how far from them nodes are taken; all nodes where not
        given.
    """
    standing = ~np.isin(network.kind, _CARRIED)
    ends = np.concatenate([network.tail[standing], network.head[standing]])
    first = network.edge_start[:-1][standing]
    last = network.edge_start[1:][standing] - 1
    nodes, at = np.unique(ends, return_index=True)
    xy = network.vertices[np.concatenate([first, last])][at]
    if near is not None:
        close = np.isfinite(KDTree(near[0]).query(xy, distance_upper_bound=near[1])[0])
        nodes, xy = nodes[close], xy[close]
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
