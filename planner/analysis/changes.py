"""Streets that open or close, laid over a network: values in, a new network out."""

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from planner.analysis.crossings import AT_END_M, find_crossings, tell_crossings
from planner.analysis.joints import CLOSE_M, Joint, Place, corners_of, find_joints, lines_near
from planner.kernel.lines import length_of, stretch
from planner.kernel.snap import StreetGrid, build_street_grid, snap_to_grid
from planner.model.finding import Finding, Severity
from planner.model.network import Network, WayKind
from planner.model.street_changes import ChangeKind, StreetChange, StreetChanges

NEAREST_M = 15.0  # a point closes the nearest street within this
MOST = 0.5  # of an edge's length must lie along a line that closes it

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """A network with changes, and where each of its edges comes from.

    Nodes and edges that stay keep their numbers; the first part of an edge that was split keeps
    its number too, further parts and streets that opened stand at the end.

    Parameters
    ----------
    network
        The changed network; closed edges stay in it, walkable neither way.
    parent
        Edge of the old network each edge lies on, -1 for a street that opened, shape (m,).
    low, high
        Which part of the parent it is, by share of its length, shape (m,).
    closed
        Edges that the changes closed, shape (m,).
    """

    network: Network
    parent: NDArray[np.int32]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    closed: Mask

    @property
    def opened(self) -> Mask:
        """Edges that the changes opened, shape (m,)."""
        opened: Mask = self.parent < 0
        return opened


def apply_changes(network: Network, changes: StreetChanges) -> tuple[Network, tuple[Finding, ...]]:
    """Return the changed network and what was found; see `overlay_changes`."""
    overlay, findings = overlay_changes(network, changes)
    return overlay.network, findings


def overlay_changes(
    network: Network, changes: StreetChanges
) -> tuple[Overlay, tuple[Finding, ...]]:
    """Lay changes over a network.

    A line closes every edge that lies within 5 m of it over more than half of its length, a point
    the nearest edge within 15 m. A line that opens becomes an edge; each of its ends must lie
    within 5 m of a street that is open, which is split there, or of another line that opens. Where
    it crosses or touches level streets, or another line, both are split and meet; bridges and
    tunnels stay apart from what they cross.

    Parameters
    ----------
    network
        The streets as they are.
    changes
        What opens and closes, in metres of the same plane.

    Returns
    -------
    Overlay
        The changed network. Where an end is loose, nothing opens.
    findings
        ``changes.nothing_closed`` and ``changes.loose_end`` (errors, with the number of the
        feature), ``changes.crossings_joined`` (in how many places a feature meets what it
        crosses) and ``changes.applied`` (what was closed and opened).

    Raises
    ------
    ValueError
        If network and changes lie on different planes.
    """
    if changes.crs != network.crs:
        raise ValueError(f"changes in {changes.crs}, network in {network.crs}")
    open_now = network.walk_forward | network.walk_backward
    closed, findings = _close(network, [c for c in changes.changes if not _opens(c)], open_now)
    wanted = [c for c in changes.changes if _opens(c)]
    joints, loose = find_joints(network, wanted, open_now & ~closed)
    overlay, joined = _build(network, closed, wanted[: len(joints)], joints)
    return overlay, (*findings, *loose, *joined, *_applied(changes, overlay))


def _opens(change: StreetChange) -> bool:
    return change.change is ChangeKind.OPEN


def _close(
    network: Network, changes: list[StreetChange], open_now: Mask
) -> tuple[Mask, tuple[Finding, ...]]:
    """Return which edges close, and the changes that close none."""
    closed = np.zeros(len(network), np.bool_)
    if not changes:
        return closed, ()
    grid = build_street_grid(network.vertices, network.edge_start, open_now)
    corners = corners_of(network)
    findings = []
    for change in changes:
        if len(change.xy) == 1:
            snap = snap_to_grid(grid, change.xy, max_m=NEAREST_M, runner_up=False)
            hit = snap.edge[snap.edge >= 0].astype(np.int64)
        else:
            edges, lines = lines_near(network, corners, change.xy, open_now)
            hit = edges[_along(change, lines)]
        closed[hit] = True
        if not len(hit):
            findings.append(_nothing_closed(change, grid))
    return closed, tuple(findings)


def _along(change: StreetChange, lines: NDArray[np.object_]) -> Mask:
    """Return which lines run along a change over most of their length.

    A short street that only crosses it lies near it as well, but does not run along.
    """
    drawn = shapely.LineString(change.xy)
    band = drawn.buffer(CLOSE_M)
    length = shapely.length(lines)
    inside = shapely.length(shapely.intersection(lines, band))
    points, of = shapely.get_coordinates(lines, return_index=True)
    where = shapely.line_locate_point(drawn, shapely.points(points))
    first, last = np.full(len(lines), np.inf), np.full(len(lines), -np.inf)
    np.minimum.at(first, of, where)
    np.maximum.at(last, of, where)
    along: Mask = (inside > MOST * length) & (last - first >= MOST * MOST * length)
    return along


def _nothing_closed(change: StreetChange, grid: StreetGrid) -> Finding:
    wide = snap_to_grid(grid, change.xy[:1], max_m=1e6, runner_up=False)
    origin = change.origin
    return Finding(
        rule="changes.nothing_closed",
        severity=Severity.ERROR,
        source=origin.file,
        layer=origin.layer,
        row=origin.row,
        found=f"{wide.access_mm[0] / 1000.0:,.0f}",
        lon=round(float(change.lonlat[0, 0]), 6),
        lat=round(float(change.lonlat[0, 1]), 6),
    )


@dataclass(frozen=True, slots=True)
class _Cutting:
    """Nodes made while lines are cut: by line, the share of each cut and its node."""

    network: Network
    lines: list[NDArray[np.float64]]
    joints: list[Joint]
    cuts: dict[int, dict[float, int]] = field(default_factory=dict)
    made: list[Place] = field(default_factory=list)

    def line(self, number: int) -> NDArray[np.float64]:
        """Return the points and heights of an edge or a new line, shape (k, 3)."""
        network, m = self.network, len(self.network)
        if number >= m:
            return self.lines[number - m]
        part = slice(network.edge_start[number], network.edge_start[number + 1])
        return np.column_stack([network.vertices[part], network.profile_m[part]])

    def node(self, place: Place) -> int:
        """Return the node at a place, a new one where a line has to be cut there."""
        number, share = place
        total = length_of(self.line(number))
        ends = [end for end in (0, 1) if abs(share - end) * total <= AT_END_M]
        if ends and number < len(self.network):
            return int((self.network.tail, self.network.head)[ends[0]][number])
        if ends and self.joints[number - len(self.network)][ends[0]] != place:
            return self.node(self.joints[number - len(self.network)][ends[0]])
        cuts = self.cuts.setdefault(number, {})
        for known, node in cuts.items():
            if abs(known - share) * total <= AT_END_M:
                return node
        cuts[share] = self.network.node_count + len(self.made)
        self.made.append(place)
        return cuts[share]

    def point(self, place: Place) -> NDArray[np.float64]:
        """Return x, y and height of a place, shape (3,)."""
        point: NDArray[np.float64] = stretch(self.line(place[0]), place[1], place[1])[0]
        return point


def _build(
    network: Network, closed: Mask, opened: list[StreetChange], joints: list[Joint]
) -> tuple[Overlay, tuple[Finding, ...]]:
    """Cut edges where something joins them, add what opens, and keep the numbers of the rest."""
    m = len(network)
    lines = [np.column_stack([change.xy, change.profile_m]) for change in opened]
    cutting = _Cutting(network, lines, joints)
    ends = [tuple(cutting.node(place) for place in joint) for joint in joints]
    for line, joint in zip(lines, joints, strict=True):
        for at, place in zip((0, -1), joint, strict=True):
            meets = cutting.point(place)
            line[at] = np.where(np.isnan(meets), line[at], meets)
    ways = [change.way for change in opened]
    allowed = (network.walk_forward | network.walk_backward) & ~closed
    crossings = find_crossings(network, lines, ways, allowed)
    same = [(cutting.node(one), cutting.node(other)) for one, other in crossings]
    number = _united(same, network.node_count, len(cutting.made))
    met: list[set[int]] = [set() for _ in lines]
    for pair, nodes in zip(crossings, same, strict=True):
        for i in {place[0] - m for place in pair if place[0] >= m}:
            met[i].add(int(number[nodes[0]]))
    counts = [
        len(nodes.difference(number[list(joined)].tolist()))
        for nodes, joined in zip(met, ends, strict=True)
    ]
    pieces = [
        piece
        for edge in sorted(cutting.cuts)
        if edge < m
        for piece in _parts(cutting, edge, (int(network.tail[edge]), int(network.head[edge])))
    ]
    for i, (tail, head) in enumerate(ends):
        pieces += _parts(cutting, m + i, (tail, head))
    overlay = _assemble(network, closed, pieces, ways, number)
    return overlay, tell_crossings(opened, counts)


def _united(same: list[tuple[int, int]], old: int, made: int) -> NDArray[np.int32]:
    """Return the number of every node once nodes at one spot are one; old ones keep theirs."""
    one, other = np.array(same, np.int64).reshape(-1, 2).T
    links = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(old + made, old + made))
    count, label = connected_components(links, directed=False)
    first = np.full(count, old + made)
    np.minimum.at(first, label, np.arange(old + made))
    first = first[label]
    new = np.unique(first[first >= old])
    return np.where(first < old, first, old + np.searchsorted(new, first)).astype(np.int32)


class _Piece(NamedTuple):
    """A part of an edge, or of a new line (numbered from m), between two nodes."""

    source: int
    low: float
    high: float
    tail: int
    head: int
    line: NDArray[np.float64]


def _parts(cutting: _Cutting, number: int, ends: tuple[int, int]) -> list[_Piece]:
    """Return the parts between the cuts of a line, from its tail to its head."""
    line = cutting.line(number)
    slack = AT_END_M / max(length_of(line), AT_END_M)
    inner = sorted(s for s in cutting.cuts.get(number, {}) if slack < s < 1 - slack)
    shares = [0.0, *inner, 1.0]
    nodes = [ends[0], *(cutting.cuts[number][share] for share in inner), ends[1]]
    return [
        _Piece(number, low, high, tail, head, stretch(line, low, high))
        for (low, high), (tail, head) in zip(pairwise(shares), pairwise(nodes), strict=True)
    ]


def _assemble(
    network: Network,
    closed: Mask,
    pieces: list[_Piece],
    ways: list[WayKind],
    number: NDArray[np.int32],
) -> Overlay:
    """Put the first part of a split edge in its place and everything else at the end."""
    m = len(network)
    first = {p.source: p for p in pieces if p.source < m and p.low == 0.0}
    more = [p for p in pieces if p.source >= m or p.low > 0.0]
    chunks, counts = [], np.diff(network.edge_start)
    profiles, at = [], 0
    for edge, piece in sorted(first.items()):
        start, stop = network.edge_start[edge], network.edge_start[edge + 1]
        chunks += [network.vertices[at:start], piece.line[:, :2]]
        profiles += [network.profile_m[at:start], piece.line[:, 2]]
        counts[edge], at = len(piece.line), stop
    chunks += [network.vertices[at:], *(p.line[:, :2] for p in more)]
    profiles += [network.profile_m[at:], *(p.line[:, 2] for p in more)]
    counts = np.concatenate([counts, [len(p.line) for p in more]]).astype(np.int64)
    source = np.concatenate([np.arange(m), [p.source for p in more]]).astype(np.int64)
    is_new = source >= m
    old = np.minimum(source, m - 1)
    low, high = np.zeros(len(source)), np.ones(len(source))
    low[m:], high[m:] = [p.low for p in more], [p.high for p in more]
    length = network.length_m[old].copy()
    length[m:] = [length_of(p.line) for p in more]
    tail, head = network.tail[old].copy(), network.head[old].copy()
    tail[m:], head[m:] = [p.tail for p in more], [p.head for p in more]
    for edge, piece in first.items():
        high[edge], head[edge], length[edge] = piece.high, piece.head, length_of(piece.line)
    shut = closed[old] & ~is_new
    kind = network.kind[old].copy()
    kind[is_new] = [ways[number - m] for number in source[is_new]]
    changed = replace(
        network,
        tail=number[tail],
        head=number[head],
        node_count=max(network.node_count, int(number.max(initial=-1)) + 1),
        vertices=np.concatenate(chunks),
        edge_start=np.concatenate([[0], np.cumsum(counts)]),
        length_m=length,
        profile_m=np.concatenate(profiles),
        kind=kind,
        walk_forward=is_new | (network.walk_forward[old] & ~shut),
        walk_backward=is_new | (network.walk_backward[old] & ~shut),
        component=np.zeros(len(source), np.int32),
        lived_on=None,
    )
    return Overlay(
        network=replace(changed, component=_components(changed)),
        parent=np.where(is_new, -1, source).astype(np.int32),
        low=low,
        high=high,
        closed=shut,
    )


def _components(network: Network) -> NDArray[np.int32]:
    """Return the number of the connected piece each edge lies in, the longest piece being 0."""
    open_now = network.walk_forward | network.walk_backward
    ends = (network.tail[open_now], network.head[open_now])
    shape = (network.node_count, network.node_count)
    graph = coo_array((np.ones(len(ends[0]), np.int8), ends), shape=shape)
    count, label = connected_components(graph, directed=False)
    piece = label[network.tail]
    total = np.bincount(piece[open_now], weights=network.length_m[open_now], minlength=count)
    rank = np.empty(count, np.int32)
    rank[np.argsort(-total, kind="stable")] = np.arange(count, dtype=np.int32)
    return np.asarray(rank[piece], np.int32)


def _applied(changes: StreetChanges, overlay: Overlay) -> tuple[Finding, ...]:
    length, opened = overlay.network.length_m, overlay.opened
    if not (opened.any() or overlay.closed.any()):
        return ()
    origin = changes.changes[0].origin
    closed_m, opened_m = float(length[overlay.closed].sum()), float(length[opened].sum())
    finding = Finding(
        rule="changes.applied",
        severity=Severity.NOTICE,
        source=origin.file,
        layer=origin.layer,
        found=str(len(changes)),
        values=(
            ("closed", str(int(overlay.closed.sum()))),
            ("closed_m", f"{closed_m:,.0f}"),
            ("opened_m", f"{opened_m:,.0f}"),
        ),
    )
    return (finding,)
