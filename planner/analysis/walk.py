"""A priced network and the pace of those who walk on it.

Costs are flat-equivalent millimetres: time multiplied by the walker's own speed on flat ground, so
that one search serves every speed and every season.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.kernel.chains import Chains, chain_stops, contract
from planner.kernel.graph import Graph, bend_graph, build_graph
from planner.kernel.slope import SlopeModel, flat_equivalent_mm
from planner.kernel.snap import StreetGrid, build_street_grid
from planner.kernel.stops import CostedStops, Stops
from planner.model.finding import Finding, Severity
from planner.model.ground import Ground
from planner.model.network import Network, WayKind
from planner.model.scenario import Walking
from planner.model.standard import SlopeRule, Standards

I32 = NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast people walk and how long counts as near.

    Parameters
    ----------
    speed_mps
        Speed on flat ground in this season, metres per second.
    limit_min
        Minutes that count as near, the limit itself included.
    """

    speed_mps: float
    limit_min: float

    @property
    def limit_mm(self) -> int:
        """The limit in whole flat-equivalent millimetres."""
        return limit_mm(self.speed_mps, self.limit_min)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A network ready to be walked on.

    Parameters
    ----------
    graph
        Directed costs in flat-equivalent millimetres, edge by edge as the streets are drawn; on a
        round trip both ways cost the mean, also along an edge.
    chains
        The same with streets between junctions as one edge, to count on.
    network
        The streets it was made from.
    ground
        The metre plane of the network.
    grid
        The streets one may walk on, filed for attaching points.
    direction
        ``to_facility``, ``from_facility`` or ``round_trip``.
    max_access_m
        Farthest distance from a point to its street.
    """

    graph: Graph
    chains: Chains
    network: Network
    ground: Ground
    grid: StreetGrid
    direction: str
    max_access_m: float

    @property
    def towards(self) -> bool:
        """Whether costs are those of walking to the facility (a round trip costs both ways)."""
        return self.direction != "from_facility"

    @property
    def net(self) -> Graph:
        """The network to count on, with stops from `costed`; costs are those of `graph`."""
        return self.chains.graph

    def costed(self, stops: Stops) -> CostedStops:
        """Return stops on edges as `net` takes them."""
        return chain_stops(self.chains, self.graph, stops)


def limit_mm(speed_mps: float, minutes: float) -> int:
    """Return how far a walker gets on flat ground, in whole millimetres."""
    return int(np.floor(speed_mps * minutes * 60_000.0 + 1e-6))


def minutes_of(length_mm: NDArray[np.integer[Any]], speed_mps: float) -> NDArray[np.float64]:
    """Return minutes for flat-equivalent millimetres at `speed_mps`."""
    minutes: NDArray[np.float64] = np.asarray(length_mm, np.float64) / (speed_mps * 60_000.0)
    return minutes


def pace_of(standards: Standards, group: str, walking: Walking) -> Pace:
    """Return the pace of a walking group in the scenario's season.

    Raises
    ------
    KeyError
        If the standards have no such group.
    """
    speed = standards.group(group).speed.value * walking.season_factor
    return Pace(speed_mps=speed, limit_min=walking.limit_min)


def build_walk(
    network: Network, ground: Ground, slope: SlopeRule, walking: Walking
) -> tuple[Walk, tuple[Finding, ...]]:
    """Price every edge in the scenario's direction.

    Parameters
    ----------
    network
        The streets.
    ground
        The plane they are measured on.
    slope
        What slopes and steps cost.
    walking
        Direction, whether slopes count, and the longest access leg.

    Returns
    -------
    Walk
        The priced network. A round trip goes there and back the same way: each edge costs the mean
        of its two directions, and one that is closed in either cannot be walked.
    findings
        ``walking.slope_unknown`` where some heights are missing.
    """
    sloped = walking.slope and bool(np.isfinite(network.profile_m).any())
    graph, unknown = _price(network, slope, walking.direction, sloped=sloped)
    walk = Walk(
        graph=graph,
        chains=contract(graph, node_places(network)),
        network=network,
        ground=ground,
        grid=build_street_grid(
            network.vertices, network.edge_start, network.walk_forward | network.walk_backward
        ),
        direction=walking.direction,
        max_access_m=walking.max_access_m,
    )
    if not unknown:
        return walk, ()
    finding = Finding(
        rule="walking.slope_unknown",
        severity=Severity.WARNING,
        source=network.source,
        found=str(unknown),
        values=(("share", f"{unknown / len(network):.1%}"),),
    )
    return walk, (finding,)


def flatten_walk(walk: Walk, slope: SlopeRule) -> Walk:
    """Return the same streets as if all ground were flat; steps stay steps."""
    graph, _ = _price(walk.network, slope, walk.direction, sloped=False)
    return replace(walk, graph=graph, chains=contract(graph, node_places(walk.network)))


def node_places(network: Network) -> NDArray[np.float64]:
    """Return the metres of every node, shape (n, 2); neighbours there are near in memory too."""
    places = np.full((network.node_count, 2), np.nan)
    places[network.tail] = network.vertices[network.edge_start[:-1]]
    places[network.head] = network.vertices[network.edge_start[1:] - 1]
    return places


def _price(
    network: Network, slope: SlopeRule, direction: str, *, sloped: bool
) -> tuple[Graph, int]:
    """Return the priced graph, and on how many edges a slope is unknown."""
    carried = (network.kind == WayKind.BRIDGE) | (network.kind == WayKind.TUNNEL)
    priced = flat_equivalent_mm(
        network.vertices,
        network.edge_start,
        network.profile_m if sloped else None,
        (network.kind == WayKind.STEPS, carried),
        SlopeModel(slope.decay, slope.shift, slope.cap, slope.steps_factor),
    )
    forward = np.where(network.walk_forward, priced.forward_mm, -1).astype(np.int32)
    backward = np.where(network.walk_backward, priced.backward_mm, -1).astype(np.int32)
    knots = priced.knots
    if direction == "round_trip":
        forward = backward = there_and_back(forward, backward)
        mean = there_and_back(knots.forward_at, knots.backward_at)
        knots = knots._replace(forward_at=mean, backward_at=mean)
    graph = build_graph(network.tail, network.head, network.node_count, forward, backward)
    return bend_graph(graph, knots), priced.unknown


def there_and_back(forward_mm: I32, backward_mm: I32) -> I32:
    """Return the mean of both directions, half a millimetre rounded up; -1 if either is closed."""
    mean = (forward_mm.astype(np.int64) + backward_mm + 1) // 2
    return np.where((forward_mm < 0) | (backward_mm < 0), -1, mean).astype(np.int32)


def state_assumptions(walking: Walking) -> tuple[Finding, ...]:
    """Return notices that say how minutes are meant where it is not the common way."""
    findings = []
    if walking.direction == "round_trip":
        findings.append(
            Finding(
                rule="walking.round_trip",
                severity=Severity.NOTICE,
                column="walking.direction",
                found=walking.direction,
                values=(("limit", f"{walking.limit_min:g}"),),
            )
        )
    if walking.season_factor < 1:
        findings.append(
            Finding(
                rule="walking.season",
                severity=Severity.NOTICE,
                column="walking.season_factor",
                found=f"{walking.season_factor:g}",
            )
        )
    return tuple(findings)
