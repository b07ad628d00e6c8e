"""Places carried from the streets as they are to the streets as they will be.

A new street must lose nobody and a closed one gain nobody, so a place stays on the street it was
attached to: on the part of it that remains; where it closed at the nearer end, for who lives there
still comes out; and on a new street as well, where that is nearer than its own.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.analysis.attaching import (
    NO_DOORS,
    Attached,
    Doors,
    Rows,
    attach,
    gather_stops,
    join_stops,
    take_stops,
)
from planner.analysis.changes import Overlay
from planner.analysis.walk import Walk, build_walk
from planner.kernel.cover import nearest_site
from planner.kernel.graph import Graph, bend_graph, build_graph
from planner.kernel.snap import build_street_grid, snap_to_grid
from planner.kernel.stops import Stops
from planner.model.finding import Finding
from planner.model.ground import Ground
from planner.model.network import Network
from planner.model.scenario import Walking
from planner.model.standard import SlopeRule

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The streets before and after the changes of a scenario.

    Parameters
    ----------
    before, after
        Priced networks, the same one where nothing changes.
    overlay
        How the second came from the first, `None` where nothing changes.
    """

    before: Walk
    after: Walk
    overlay: Overlay | None = None


def build_ways(
    network: Network,
    overlay: Overlay | None,
    ground: Ground,
    slope: SlopeRule,
    walking: Walking,
) -> tuple[Ways, tuple[Finding, ...]]:
    """Price the streets before and after the changes; parameters as in `build_walk`."""
    before, findings = build_walk(network, ground, slope, walking)
    if overlay is None:
        return Ways(before=before, after=before), findings
    after, findings = build_walk(overlay.network, ground, slope, walking)
    return Ways(before=before, after=after, overlay=overlay), findings


def settle(ways: Ways, lonlat: F64, doors: Doors = NO_DOORS, *, sites: bool) -> Attached:
    """Attach places to the streets after the changes.

    Parameters
    ----------
    ways
        The streets.
    lonlat, doors
        As in `planner.analysis.attaching.attach`.
    sites
        Whether these are sites or demand points, which tells the direction they are walked in.
    """
    attached = attach(ways.before, lonlat, doors)
    return carry_places(ways, attached, sites=sites)


def carry_places(ways: Ways, attached: Attached, *, sites: bool) -> Attached:
    """Carry places attached before the changes over to the streets after them."""
    if ways.overlay is None:
        return attached
    moved, row = _moved(ways, ways.overlay, attached, sites=sites)
    new, new_row = _on_new_streets(ways, ways.overlay, attached)
    stops, row = join_stops(moved, new), np.concatenate([row, new_row])
    kept = _needed(stops, attached.owner[row], attached)
    stops, row = take_stops(stops, kept), row[kept]
    carried = gather_stops(stops, attached.owner[row], attached.xy[row], len(attached))
    access = np.fmin(attached.access_m, carried.access_m)  # not the way along a closed street
    return replace(carried, access_m=access)


def _needed(stops: Stops, owner: Rows, attached: Attached) -> Rows:
    """Return the stops to keep: not those that lead nowhere, but one for every place at least.

    An entrance of several that no street reaches stays, to be told.
    """
    on = stops.edge >= 0
    led = np.zeros(len(attached), np.bool_)
    led[owner[on]] = True
    doors = np.bincount(attached.owner, minlength=len(attached))
    first = np.zeros(len(owner), np.bool_)
    first[np.unique(owner, return_index=True)[1]] = True
    idle_door = (doors[owner] > 1) & led[owner]
    needed: Rows = np.flatnonzero(on | idle_door | (first & ~led[owner]))
    return needed


def _moved(ways: Ways, overlay: Overlay, attached: Attached, *, sites: bool) -> tuple[Stops, Rows]:
    """Return every stop on the part of its edge that remains, or where a closed one ends."""
    old = attached.stops
    shut = (old.edge >= 0) & overlay.closed[np.maximum(old.edge, 0)]
    stay, at = np.flatnonzero(~shut), np.flatnonzero(shut)
    kept = _on_parts(overlay, take_stops(old, stay))
    out = _out_of_closed(ways, overlay, take_stops(old, at), leaving=ways.before.towards != sites)
    return join_stops(kept, out), np.concatenate([stay, at])


def _out_of_closed(ways: Ways, overlay: Overlay, stops: Stops, *, leaving: bool) -> Stops:
    """Return stops on closed streets where these first meet an open one.

    The way along the closed street becomes a part of the access leg.
    """
    if not len(stops.edge):
        return stops
    before, after = ways.before.graph, ways.after.graph
    m = len(before.tail)
    shut = overlay.closed[:m]
    closed = build_graph(
        before.tail,
        before.head,
        before.node_count,
        np.where(shut, before.forward_mm, -1),
        np.where(shut, before.backward_mm, -1),
    )
    closed = bend_graph(closed, before.knots)
    edge = np.tile(np.flatnonzero(shut).astype(np.int32), 2)
    share = np.repeat([0.0, 1.0], len(edge) // 2)
    node = np.where(share == 0.0, before.tail[edge], before.head[edge])
    on, where = _open_street_at(after, node)
    ends = Stops(np.where(on >= 0, edge, -1), share, np.zeros(len(edge), np.int32))
    end, mm = nearest_site(closed, ends, stops, towards=leaving)
    led = end >= 0
    return Stops(
        np.where(led, on[end], -1).astype(np.int32),
        np.where(led, where[end], 0.0),
        np.where(led, mm, 0).astype(np.int32),
    )


def _on_parts(overlay: Overlay, stops: Stops) -> Stops:
    """Return stops on the parts of the edges they stood on."""
    edge, share = stops.edge.copy(), stops.share.copy()
    split = np.flatnonzero((overlay.parent >= 0) & (overlay.high - overlay.low < 1))
    for parent in np.unique(overlay.parent[split]):
        parts = split[overlay.parent[split] == parent]
        parts = parts[np.argsort(overlay.low[parts])]
        on = np.flatnonzero(stops.edge == parent)
        which = np.searchsorted(overlay.low[parts], stops.share[on], side="right") - 1
        low, high = overlay.low[parts][which], overlay.high[parts][which]
        edge[on] = parts[which]
        share[on] = np.clip((stops.share[on] - low) / (high - low), 0.0, 1.0)
    return Stops(edge, share, stops.access_mm)


def _open_street_at(
    graph: Graph, node: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return an open edge at every node, -1 where there is none, and which of its ends that is."""
    edge, share = np.full(len(node), -1, np.int32), np.zeros(len(node))
    both = (graph.forward_mm > 0) & (graph.backward_mm > 0)
    either = (graph.forward_mm > 0) | (graph.backward_mm > 0)
    for k in range(len(node)):
        touching = (graph.tail == node[k]) | (graph.head == node[k])
        there = [*np.flatnonzero(touching & both), *np.flatnonzero(touching & either)]
        if there:
            edge[k] = there[0]  # one that can be walked both ways, if there is any
            share[k] = 0.0 if graph.tail[there[0]] == node[k] else 1.0
    return edge, share


def _on_new_streets(ways: Ways, overlay: Overlay, attached: Attached) -> tuple[Stops, Rows]:
    """Return further stops on opened streets that are nearer than a stop's own, and whose."""
    network = ways.after.network
    grid = build_street_grid(network.vertices, network.edge_start, overlay.opened)
    snap = snap_to_grid(grid, attached.xy, max_m=ways.after.max_access_m, runner_up=False)
    old = attached.stops
    nearer = (snap.edge >= 0) & ((old.edge < 0) | (snap.access_mm < old.access_mm))
    row = np.flatnonzero(nearer)
    return take_stops(Stops(snap.edge, snap.share, snap.access_mm), row), row
