"""Streets from a graph saved by OSMnx (``.graphml``)."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.model.finding import Finding, Severity
from planner.model.scenario import InputFile
from planner.store.crs import Door, find_door, off_the_earth, points_to_lonlat, to_lonlat
from planner.store.gates import gates_found, part_at
from planner.store.polylines import Polylines
from planner.store.reading import about, has_error
from planner.store.walkable import NODE_KEYS, walkable, way_kind

_Line = tuple[Any, Any, NDArray[np.float64], Mapping[str, Any]]
_NOTHING = ("", "None", "nan")
_ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0"


def read_graphml(file: InputFile, path: Path) -> tuple[Polylines | None, tuple[Finding, ...]]:
    """Read the edges of an OSMnx graph, both directions of a street as one edge.

    Parameters
    ----------
    file
        The input as the scenario names it.
    path
        The file on disk.

    Returns
    -------
    tuple
        The streets, `None` if the file is unusable, and what is wrong with it.
    """
    import osmnx  # noqa: PLC0415  slow to import, and only this format needs it

    fault = partial(about, file)
    try:
        graph = osmnx.load_graphml(path)
        nodes = {n: (float(d["x"]), float(d["y"])) for n, d in graph.nodes(data=True)}
    except Exception as error:  # noqa: BLE001  XML, missing attributes and unfit values
        return None, (fault("file.unreadable", found=" ".join(str(error).split())[:200]),)
    door, findings = find_door(str(graph.graph.get("crs", "")), file.crs, fault, datum=file.datum)
    if door is None:
        return None, findings
    xy = np.array(list(nodes.values()), np.float64).reshape(-1, 2)
    _, faults = points_to_lonlat(xy, door, None, fault)
    findings += faults
    if has_error(findings):
        return None, findings
    with np.errstate(all="ignore"):  # vertices that are no places are told below
        lines, left_out = _lines(graph, nodes)
    if left_out:
        findings += (fault("streets.motorways", Severity.NOTICE, found=str(left_out)),)
    whole = _polylines(lines, list(nodes), door)
    wrong = off_the_earth(whole.lonlat, np.arange(len(whole.lonlat)), fault)
    if wrong:
        return None, findings + wrong
    streets, places = part_at(whole, _closed(graph))
    return streets, findings + gates_found(file, places)


def _closed(graph: Any) -> NDArray[np.int64]:  # noqa: ANN401  a networkx.MultiDiGraph
    """Return the numbers of the nodes a walker cannot pass, where the graph's maker kept tags."""
    rules = walkable()
    tags = ({k: _first(data, k) for k in NODE_KEYS} for _, data in graph.nodes(data=True))
    given = ({k: v for k, v in of.items() if v not in _NOTHING} for of in tags)
    return np.flatnonzero([rules.closes(of) for of in given])


def _lines(
    graph: Any,  # noqa: ANN401  a networkx.MultiDiGraph
    nodes: Mapping[Any, tuple[float, float]],
) -> tuple[list[_Line], int]:
    """Return each street once, and how many were left out as motorways."""
    order = {node: i for i, node in enumerate(nodes)}
    never = walkable().sets["graphml_never"]
    lines: dict[tuple[int, int, bytes], _Line] = {}
    left_out = 0
    for tail, head, data in graph.edges(data=True):
        if set(_values(data.get("highway"))) & never:
            left_out += 1
            continue
        shape = data.get("geometry")
        xy = np.array([nodes[tail], nodes[head]])
        if shape is not None:
            xy = shapely.get_coordinates(shape)
        back = order[tail] > order[head]
        if tail == head:  # a loop runs both ways round: take the smaller of the two
            back = xy[::-1].tolist() < xy.tolist()
        a, b = (head, tail) if back else (tail, head)
        xy = xy[::-1] if back else xy
        lines.setdefault((order[a], order[b], np.round(xy, 7).tobytes()), (a, b, xy, data))
    return list(lines.values()), left_out


def _values(value: object) -> list[str]:
    """Return the values of an attribute; a simplified edge holds a list of them."""
    if value is None:
        return []
    return [str(v) for v in value] if isinstance(value, list | tuple | set) else [str(value)]


def _first(data: Mapping[str, Any], key: str) -> str:
    return next(iter(_values(data.get(key))), "")


def _polylines(lines: list[_Line], nodes: list[Any], door: Door) -> Polylines:
    order = {node: i for i, node in enumerate(nodes)}
    size = [len(xy) for _, _, xy, _ in lines]
    everywhere = np.ones(len(lines), np.bool_)
    xy = np.concatenate([xy for _, _, xy, _ in lines]) if lines else np.empty((0, 2))
    keys, rules = ("highway", "bridge", "tunnel", "service"), walkable()
    tags = [{key: _first(data, key) or "no" for key in keys} for _, _, _, data in lines]
    kinds, lived_on = [way_kind(one) for one in tags], [rules.lived_on(one) for one in tags]
    return Polylines(
        lonlat=to_lonlat(xy, door),
        start=np.concatenate([[0], np.cumsum(size)]).astype(np.int64),
        tail=np.array([order[a] for a, _, _, _ in lines], np.int64),
        head=np.array([order[b] for _, b, _, _ in lines], np.int64),
        kind=np.array(kinds, np.int8),
        forward=everywhere,
        backward=everywhere,
        lived_on=np.array(lived_on, np.bool_),
        attribution=_ATTRIBUTION,
        crs=door.label,
        notes=(("edges", str(len(lines))),),
    )
