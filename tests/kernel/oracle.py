"""The slow plain second version: scipy's Dijkstra on the graph cut at every stop."""

import itertools

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

ALMOST_NOTHING = 1e-4  # mm; a weight of 0 would be no arc at all to scipy


def oracle_costs(graph, sites, demand, *, towards, whole=True, limit_mm=np.inf):
    """Return the cost of every pair in mm, inf where there is no way, shape (s, n)."""
    costs = _costs(graph, sites, demand, towards, whole, limit_mm)
    return costs[:, costs.shape[1] - len(demand.edge) :]


def oracle_node_costs(graph, sites, *, towards):
    """Return the cost between every site and every node in mm, shape (s, nodes)."""
    nobody = type(sites)(*(column[:0] for column in sites))
    return _costs(graph, sites, nobody, towards, True, np.inf)[:, : len(graph.out_start) - 1]


def _costs(graph, sites, demand, towards, whole, limit_mm):
    """Return the cost from every site to everything: nodes, cuts, sites, demand."""
    matrix, first = plain_matrix(graph, sites, demand, towards=towards, whole=whole)
    place = np.arange(first, first + len(sites.edge))
    return dijkstra(matrix, indices=place, limit=limit_mm + 1.0)


def plain_matrix(graph, sites, demand, *, towards, whole=True):
    """Return the arcs a search from sites follows, and the number of the first site.

    Sites and then demand points are nodes of their own behind the nodes and the cuts. With
    `whole`, stops stand at whole millimetres of their edge as the kernel defines it; without,
    where their share says.
    """
    stops = [
        (int(edge), float(share), int(access))
        for group in (sites, demand)
        for edge, share, access in zip(*group, strict=True)
    ]
    arcs, cuts, first = cut_graph(graph, stops, whole)
    for i, (edge, share, access) in enumerate(stops):
        if edge >= 0:
            join(arcs, first + i, cuts[edge, share], access)
            join(arcs, cuts[edge, share], first + i, access)
    size = first + len(stops)
    pairs = np.array(list(arcs), np.int64).reshape(-1, 2)
    matrix = csr_matrix((list(arcs.values()), (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    return (matrix.T.tocsr() if towards else matrix), first


def cut_graph(graph, stops, whole):
    """Return arcs between the pieces of all edges, the node of every cut and the next number."""
    shares = {}
    for edge, share, _ in stops:
        shares.setdefault(edge, set()).add(share)
    number = len(graph.out_start) - 1
    arcs, cuts = {}, {}
    for edge, (tail, head) in enumerate(zip(graph.tail, graph.head, strict=True)):
        places = [(0.0, int(tail))]
        for share in sorted(shares.get(edge, ())):
            cuts[edge, share] = number
            places.append((share, number))
            number += 1
        places.append((1.0, int(head)))
        forward, backward = int(graph.forward_mm[edge]), int(graph.backward_mm[edge])
        for (sa, a), (sb, b) in itertools.pairwise(places):
            if sa == sb:  # one place: at an end of its edge a stop stands at the node
                join(arcs, a, b, 0)
                join(arcs, b, a, 0)
            if forward >= 0:
                cost = bent(graph.knots, graph.knots.forward_at, edge, forward)
                join(arcs, a, b, place(sb, cost, whole) - place(sa, cost, whole))
            if backward >= 0:
                cost = bent(graph.knots, graph.knots.backward_at, edge, backward)
                join(arcs, b, a, place(sb, cost, whole) - place(sa, cost, whole))
    return arcs, cuts, number


def join(arcs, a, b, cost):
    """Add an arc; of parallel arcs the shortest stays, for scipy would add them up."""
    arcs[a, b] = min(arcs.get((a, b), np.inf), max(float(cost), ALMOST_NOTHING))


def bent(knots, at, edge, cost):
    """Return the corners (share, cost) of the broken line by which the cost rises on an edge."""
    inner = slice(knots.start[edge], knots.start[edge + 1])
    return [(0.0, 0), *zip(knots.share[inner], at[inner].tolist(), strict=True), (1.0, cost)]


def place(share, corners, whole):
    """Return the cost at a place: of the corners around it, the earlier and a part of the rise."""
    for (sa, a), (sb, b) in itertools.pairwise(corners):
        if sa <= share <= sb and sa < sb:
            part = (share - sa) / (sb - sa) * (b - a)
            return a + (np.rint(part) if whole else part)
    raise AssertionError(share)


def as_dense(row_start, demand, mm, n):
    """Return covered pairs as a dense matrix, inf where a pair is not stored."""
    dense = np.full((len(row_start) - 1, n), np.inf)
    for i in range(len(dense)):
        columns = demand[row_start[i] : row_start[i + 1]]
        assert (np.diff(columns) > 0).all(), "demand must ascend within a row"
        dense[i, columns] = mm[row_start[i] : row_start[i + 1]]
    return dense


def assert_same_pairs(found, truth, limit_mm):
    """Assert 0 differing pairs and the same whole millimetres."""
    truth = np.where(np.rint(truth) <= limit_mm, np.rint(truth), np.inf)
    np.testing.assert_array_equal(found, truth)
