"""One shortest way from door to door, edge by edge.

The costs of all nodes around the goal are searched once; the way then runs downhill on them, since
along a shortest way every edge lowers the cost left by exactly its own.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.frames import UNREACHED, Placed
from planner.kernel.lines import stretch
from planner.kernel.paths import LONGEST_MM, Graph, Stops, place_stops, search_labels

_Step = tuple[int, float, float]


class Route(NamedTuple):
    """A way along edges in walking order.

    Parameters
    ----------
    edge
        Edges walked on, int32, shape (r,).
    first, last
        Where each is entered and left, from its tail (0) to its head (1), shape (r,).
    mm
        Cost of the whole way, both access legs included, flat-equivalent millimetres.
    """

    edge: NDArray[np.int32]
    first: NDArray[np.float64]
    last: NDArray[np.float64]
    mm: int


def find_route(
    graph: Graph, start: Stops, goal: Stops, *, limit_mm: int | None = None
) -> Route | None:
    """Return the shortest way from one stop to another.

    Parameters
    ----------
    graph
        The network.
    start, goal
        One stop each.
    limit_mm
        Largest cost, or `None` for any up to 1,074 km; a known cost makes the search small.

    Returns
    -------
    Route or None
        `None` where no way is within the limit. Of ways of equal cost the one along the edge both
        stops stand on, then the one by the smaller edge numbers is taken.

    Raises
    ------
    ValueError
        If there is not exactly one stop on either side, or they do not fit the graph.
    """
    if len(start.edge) != 1 or len(goal.edge) != 1:
        raise ValueError(f"{len(start.edge)} starts and {len(goal.edge)} goals; expected one each")
    if start.edge[0] < 0 or goal.edge[0] < 0:
        return None
    limit = LONGEST_MM if limit_mm is None else limit_mm
    a = place_stops(graph, start, leaving=True)
    b = place_stops(graph, goal, leaving=False)
    label = np.full(graph.node_count, UNREACHED, np.int64)
    found = search_labels(graph, goal, limit_mm=limit, towards=True)
    label[found.node] = found.mm
    own = int(a.edge[0])
    ends = ((graph.tail[own], int(a.tail_mm[0]), 0.0), (graph.head[own], int(a.head_mm[0]), 1.0))
    straight = _straight(a, b)
    ways = [(straight, -1, 0.0)]
    ways += [(int(label[node]) + mm, int(node), end) for node, mm, end in ends]
    total, node, end = min(ways)
    if total > limit or total >= UNREACHED:
        return None
    if node < 0:
        return _route([(own, float(a.share[0]), float(b.share[0]))], total)
    steps: list[_Step] = [(own, float(a.share[0]), end)]
    steps += _descend(graph, label, node, b)
    return _route(steps, total)


def _straight(a: Placed, b: Placed) -> int:
    """Return the cost along the edge both stops stand on, `UNREACHED` where there is none."""
    if a.edge[0] != b.edge[0]:
        return UNREACHED
    legs = int(a.access_mm[0]) + int(b.access_mm[0])
    if a.share[0] == b.share[0]:
        return legs
    if a.share[0] < b.share[0]:
        if a.forward_at[0] < 0:
            return UNREACHED
        return int(b.forward_at[0]) - int(a.forward_at[0]) + legs
    if a.backward_at[0] < 0:
        return UNREACHED
    return int(a.backward_at[0]) - int(b.backward_at[0]) + legs


def _descend(graph: Graph, label: NDArray[np.int64], node: int, goal: Placed) -> list[_Step]:
    """Walk from a node to the goal, each edge lowering the label by its own cost."""
    last = int(goal.edge[0])
    seeds = {int(graph.head[last]): (int(goal.head_mm[0]), 1.0)}
    tail = int(graph.tail[last])
    if tail not in seeds or goal.tail_mm[0] <= seeds[tail][0]:
        seeds[tail] = (int(goal.tail_mm[0]), 0.0)
    steps: list[_Step] = []
    while True:
        left = int(label[node])
        if node in seeds and seeds[node][0] == left:
            steps.append((last, seeds[node][1], float(goal.share[0])))
            return steps
        node, step = _next(graph, label, node, left)
        steps.append(step)


def _next(graph: Graph, label: NDArray[np.int64], node: int, left: int) -> tuple[int, _Step]:
    """Return the node and the edge by which a shortest way goes on."""
    out = np.flatnonzero(graph.tail == node)
    rest = label[graph.head[out]] + graph.forward_mm[out]
    with_it = out[(graph.forward_mm[out] > 0) & (rest == left)]
    back = np.flatnonzero(graph.head == node)
    rest = label[graph.tail[back]] + graph.backward_mm[back]
    against = back[(graph.backward_mm[back] > 0) & (rest == left)]
    if with_it.size and not (against.size and against[0] < with_it[0]):
        edge = int(with_it[0])
        return int(graph.head[edge]), (edge, 0.0, 1.0)
    edge = int(against[0])
    return int(graph.tail[edge]), (edge, 1.0, 0.0)


def _route(steps: list[_Step], mm: int) -> Route:
    edge, first, last = zip(*steps, strict=True)
    return Route(np.array(edge, np.int32), np.array(first), np.array(last), mm)


def route_line(
    route: Route, vertices: NDArray[np.float64], edge_start: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the points of a way on the ground, without its access legs.

    Parameters
    ----------
    route
        The way.
    vertices, edge_start
        Polylines of the edges in metres, shapes (v, 2) and (m + 1,).

    Returns
    -------
    NDArray[np.float64]
        Metres, no point twice in a row, at least one, shape (k, 2).
    """
    parts = [
        stretch(vertices[edge_start[edge] : edge_start[edge + 1]], first, last)
        for edge, first, last in zip(route.edge, route.first, route.last, strict=True)
    ]
    line = np.concatenate(parts)
    moves = np.ones(len(line), np.bool_)
    moves[1:] = (line[1:] != line[:-1]).any(axis=1)
    kept: NDArray[np.float64] = line[moves]
    return kept
