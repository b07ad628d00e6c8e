"""A made-up city in a valley: crooked streets, dead ends, one-ways, steps, villages far away."""

import itertools
from typing import NamedTuple

import numpy as np

from planner.kernel.graph import bend_graph
from planner.kernel.knots import Knots
from planner.kernel.paths import Graph, Stops, build_graph
from planner.kernel.snap import snap_points


class Valley(NamedTuple):
    graph: Graph
    vertices: np.ndarray
    edge_start: np.ndarray


def build_valley(seed, *, rows=9, columns=40, spacing=95.0):
    """Return a town of `rows` x `columns` crossings along a bent river and four villages."""
    rng = np.random.default_rng(seed)
    at = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).reshape(-1, 2) * spacing
    at[:, 1] += 300.0 * np.sin(at[:, 0] / 700.0)
    at += rng.normal(0, 14, at.shape)
    crossing = np.arange(rows * columns).reshape(rows, columns)
    east = np.column_stack([crossing[:, :-1].ravel(), crossing[:, 1:].ravel()])
    north = np.column_stack([crossing[:-1].ravel(), crossing[1:].ravel()])
    river = rows // 2
    bridge = (north[:, 0] // columns != river) | (north[:, 0] % columns % 8 == 3)
    pairs = np.concatenate([east, north[bridge]])
    pairs = pairs[rng.random(len(pairs)) > 0.18]
    ends = rng.choice(len(at), len(at) // 5, replace=False)  # dead ends
    spurs = at[ends] + rng.normal(0, 45, (len(ends), 2))
    villages = np.array([[-2600.0, 900], [-2500, 850], [7000, -1500], [7100, -1400]])
    first = len(at) + len(spurs)
    at = np.concatenate([at, spurs, villages])
    roads = [(0, first), (first, first + 1), (columns - 1, first + 2), (first + 2, first + 3)]
    extra = [(0, 1), (5, 5), (first + 1, first + 1)]  # a parallel street and two loops
    spur = np.column_stack([ends, rows * columns + np.arange(len(ends))])
    pairs = np.concatenate([pairs, spur, roads, extra])
    return _bend(rng, at, pairs)


def _bend(rng, at, pairs):
    lines, costs = [], []
    for tail, head in pairs:
        inner = 3 if tail == head else int(rng.integers(0, 4))
        steps = np.linspace(0, 1, inner + 2)[1:-1, None]
        reach = 40.0 if tail == head else 9.0
        middle = at[tail] + (at[head] - at[tail]) * steps + rng.normal(0, reach, (inner, 2))
        line = np.concatenate([at[[tail]], middle, at[[head]]])
        length = np.hypot(*np.diff(line, axis=0).T).sum() * 1000
        kind = rng.random()
        back = -1 if kind < 0.06 else length * (1.35 if kind < 0.25 else 1.0)  # one-way, slope
        lines.append(line)
        costs.append((round(length), round(back)))
    costs = np.array(costs)
    start = np.concatenate([[0], np.cumsum([len(line) for line in lines])])
    graph = build_graph(pairs[:, 0], pairs[:, 1], len(at), costs[:, 0], costs[:, 1])
    return Valley(graph, np.concatenate(lines), start)


def on_hills(valley, rng):
    """Return the valley with costs that rise unevenly from vertex to vertex, whole ones kept."""
    graph, start, share, costs = valley.graph, [0], [], ([], [])
    for edge, (first, last) in enumerate(itertools.pairwise(valley.edge_start)):
        length = np.hypot(*np.diff(valley.vertices[first:last], axis=0).T)
        share += (length.cumsum()[:-1] / length.sum()).tolist()
        start.append(len(share))
        for cost, whole in zip(costs, (graph.forward_mm, graph.backward_mm), strict=True):
            effort = length * rng.uniform(0.5, 4.0, len(length))
            cost.extend(np.rint(effort.cumsum()[:-1] / effort.sum() * whole[edge]).tolist())
    knots = Knots(np.array(start), np.array(share), *(np.array(cost, np.int32) for cost in costs))
    return valley._replace(graph=bend_graph(graph, knots))


def snapped(valley, points, *, max_m):
    """Return the stops of the points that are within reach of a street, and those points."""
    snap = snap_points(points, valley.vertices, valley.edge_start, max_m=max_m)
    near = snap.edge >= 0
    return Stops(snap.edge[near], snap.share[near], snap.access_mm[near]), points[near]


def points_around(valley, rng, count):
    """Return random points in the bounding box of the valley, shape (count, 2)."""
    low, high = valley.vertices.min(axis=0) - 80, valley.vertices.max(axis=0) + 80
    return low + rng.random((count, 2)) * (high - low)


def random_stops(graph, rng, count, *, access=40_000):
    """Return stops anywhere on the edges, some at their ends, several on one edge."""
    edge = rng.integers(0, len(graph.tail), count).astype(np.int32)
    edge[: count // 4] = edge[0]
    share = rng.random(count)
    share[::7] = 0.0
    share[3::7] = 1.0
    share[5::11] = share[5]
    return Stops(edge, share, rng.integers(0, access, count).astype(np.int32))
