"""Reading walking networks from OSM extracts, beside pyrosm and OSMnx's own XML reader.

python tests/benchmarks/inputs_streets.py [--only ID ...] [--quick]

prints one JSON object per line; README.md beside this file says how to read them.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import osmium
from measuring import Line, missing
from osmium.osm import NODE, WAY
from osmium.osm.mutable import Node, Way

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[2] / "shared" / "data" / "test-only"
IDS = ("osm_pbf_s", "osm_pbf_mb", "osm_large_mb")
PEERS = ("pyrosm", "osmnx")
TURNS = 2
NEAR = 0.1  # kilometres may differ by this share: each reader has walking rules of its own
STEP_DEG = 0.5  # between copies of a town
ROW = 20  # copies side by side


class Extract(NamedTuple):
    """A file, what it is called, the window to read, and which of ours reads it."""

    name: str
    path: Path
    box: tuple[float, float, float, float]
    reader: str = "ours"


CITIES = (
    Extract("andorra", DATA / "andorra" / "andorra.osm.pbf", (1.40, 42.42, 1.80, 42.67)),
    Extract(
        "porto_alegre", DATA / "porto_alegre" / "poa_osm.pbf", (-51.30, -30.15, -51.10, -29.95)
    ),
)


class Told(NamedTuple):
    """What one reading took and gave."""

    cpu: float
    wall: float
    mb: float
    before_mb: float
    nodes: int
    edges: int
    km: float


def spread(source: Extract, path: Path, copies: int, towns: int = 1) -> Extract:
    """Write `copies` of a town side by side, with a window around the first `towns` of them."""
    nodes = [
        (n.id, n.location.lon, n.location.lat, dict(n.tags))
        for n in osmium.FileProcessor(str(source.path), NODE)
    ]
    ways = [
        (w.id, [n.ref for n in w.nodes], dict(w.tags))
        for w in osmium.FileProcessor(str(source.path), WAY)
    ]
    node_step, way_step = (max(row[0] for row in rows) for rows in (nodes, ways))
    with osmium.SimpleWriter(str(path)) as writer:
        for k in range(copies):
            for ref, x, y, tags in nodes:
                place = (x + k % ROW * STEP_DEG, y + k // ROW * STEP_DEG)
                writer.add_node(Node(id=ref + k * node_step, location=place, tags=tags))
        for k in range(copies):
            for ref, refs, tags in ways:
                here = [r + k * node_step for r in refs]
                writer.add_way(Way(id=ref + k * way_step, nodes=here, tags=tags))
    return Extract(f"{copies} × {source.name}", path, around(source, towns), "lines")


def around(source: Extract, towns: int) -> tuple[float, float, float, float]:
    """Return the window around the first `towns` copies."""
    west, south, east, north = source.box
    return west, south, east + (towns - 1) * STEP_DEG, north


def highways_only(source: Extract, path: Path) -> None:
    """Write ways tagged highway and their nodes as XML: OSMnx takes every way for a street."""
    ways = [
        (w.id, [n.ref for n in w.nodes], dict(w.tags))
        for w in osmium.FileProcessor(str(source.path), WAY)
        if "highway" in w.tags
    ]
    there = {n.id for n in osmium.FileProcessor(str(source.path), NODE)}
    needed = {ref for _, refs, _ in ways for ref in refs}
    with osmium.SimpleWriter(str(path)) as writer:
        for node in osmium.FileProcessor(str(source.path), NODE):
            if node.id in needed:
                writer.add_node(node)
        for ref, refs, tags in ways:
            held = [r for r in refs if r in there]  # OSMnx stops at a node that is not there
            writer.add_way(Way(id=ref, nodes=held, tags=tags))


def way_nodes(extract: Extract) -> int:
    """Return how many node references all ways have."""
    return sum(len(way.nodes) for way in osmium.FileProcessor(str(extract.path), WAY))


def read(reader: str, path: Path, box: tuple[float, ...]) -> Told | str:
    """Read in a process of its own, the best of a few turns; words where it fails."""
    best: Told | None = None
    for _ in range(TURNS):
        asked = [sys.executable, str(HERE / "streets_child.py"), reader, str(path)]
        done = subprocess.run(
            [*asked, " " + ",".join(map(repr, box))], capture_output=True, text=True, check=False
        )
        if done.returncode:
            return f"{reader} failed: {(done.stderr.strip().splitlines() or ['?'])[-1][:200]}"
        now = Told(**json.loads(done.stdout.strip().splitlines()[-1]))
        best = now if best is None or now.cpu < best.cpu else best
    assert best is not None
    return best


def compared(ours: Told, peer: Told) -> str:
    return (
        f"km {ours.km:.0f} and {peer.km:.0f} (equal: within {NEAR:.0%}, nothing else compared; "
        f"each has its own walking rules); nodes {ours.nodes} and {peer.nodes}, edges "
        f"{ours.edges} and {peer.edges} (pyrosm counts every vertex and segment)"
    )


def city_lines(extract: Extract, folder: Path, wanted: list[str]) -> list[Line]:
    """Return seconds and memory of one extract beside each peer."""
    ours = read(extract.reader, extract.path, extract.box)
    if isinstance(ours, str):
        return [missing("osm_pbf_s", "", ours)]
    size = f"{extract.name}, {way_nodes(extract)} way nodes"
    if extract.reader == "lines":
        size += "; ours without the check on pieces, which refuses towns far apart"
    lines = []
    for name in PEERS:
        if find_spec(name) is None:
            peer: Told | str = f"{name} is not installed"
        else:
            path = extract.path
            if name == "osmnx":
                path = folder / f"{extract.path.name}.osm"
                highways_only(extract, path)
            peer = read(name, path, extract.box)
        label = f"{name} {version(name)}" if find_spec(name) else name
        if isinstance(peer, str):
            lines += [
                missing("osm_pbf_s", label, f"{size}; {peer}", ours=ours.cpu),
                missing("osm_pbf_mb", label, f"{size}; {peer}", ours=ours.mb, unit="MB"),
            ]
            continue
        equal = abs(ours.km - peer.km) <= NEAR * ours.km
        note = f"{size}; {compared(ours, peer)}"
        if name == "osmnx":
            note += "; OSMnx reads XML of highways only, the making of which is left out"
        clock = f"on the clock {ours.wall:.2f} s and {peer.wall:.2f} s"
        above = f"above the imports {ours.mb - ours.before_mb:.0f} and "
        above += f"{peer.mb - peer.before_mb:.0f} MB"
        lines += [
            Line("osm_pbf_s", ours.cpu, peer.cpu, label, peer.cpu / ours.cpu, "CPU s", equal,
                 f"{note}; {clock}"),
            Line("osm_pbf_mb", ours.mb, peer.mb, label, peer.mb / ours.mb, "MB", equal,
                 f"{note}; {above}"),
        ]  # fmt: skip
    return [line for line in lines if line.id in wanted]


def large_lines(source: Extract, folder: Path, copies: int) -> list[Line]:
    """Return peak memory on a large extract, for growing windows and beside the small one."""
    large = spread(source, folder / "large.osm.pbf", copies)
    alone = read("lines", source.path, source.box)
    assert isinstance(alone, Told)
    size = f"{large.name}, {large.path.stat().st_size / 1e6:.0f} MB, {way_nodes(large)} way nodes"
    lines = []
    for towns in (1, 4, 16):
        if towns > min(copies, ROW):
            break
        ours = read("lines", large.path, around(source, towns))
        assert isinstance(ours, Told)
        equal = (ours.nodes, ours.edges) == (towns * alone.nodes, towns * alone.edges)
        note = (
            f"{size}; window of {towns} towns ({ours.km:.0f} km), peer: ours on the extract of one "
            f"town; equal: nodes and edges are {towns} times those; above the imports "
            f"{ours.mb - ours.before_mb:.0f} and {alone.mb - alone.before_mb:.0f} MB; "
            f"{ours.cpu:.1f} CPU s"
        )
        lines.append(
            Line("osm_large_mb", ours.mb, alone.mb, "ours, one town", ours.mb / alone.mb, "MB",
                 equal, note)
        )  # fmt: skip
    if find_spec("pyrosm") is None:
        return [*lines, missing("osm_large_mb", "pyrosm", "pyrosm is not installed", unit="MB")]
    ours, peer = (read(name, large.path, source.box) for name in ("lines", "pyrosm"))
    label = f"pyrosm {version('pyrosm')}"
    if isinstance(peer, str) or isinstance(ours, str):
        return [*lines, missing("osm_large_mb", label, f"{size}; {peer}", unit="MB")]
    equal = abs(ours.km - peer.km) <= NEAR * ours.km
    note = f"{size}; window of 1 town; {compared(ours, peer)}; CPU s {ours.cpu:.1f} and "
    note += f"{peer.cpu:.1f}"
    lines.append(
        Line("osm_large_mb", ours.mb, peer.mb, label, peer.mb / ours.mb, "MB", equal, note)
    )
    return lines


def main(argv: list[str] | None = None) -> int:
    """Print the lines that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=IDS, default=list(IDS))
    parser.add_argument("--quick", action="store_true", help="Andorra and few copies")
    asked = parser.parse_args(argv)
    cities = [city for city in CITIES if city.path.exists()]
    if not cities:
        print(f"{DATA} is not here: nothing to read", file=sys.stderr)
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        extracts = cities[:1] if asked.quick else list(cities)
        if not asked.quick and cities[-1].name == "porto_alegre":
            extracts.append(spread(cities[-1], folder / "three.osm.pbf", 3, 3))
        if {"osm_pbf_s", "osm_pbf_mb"} & set(asked.only):
            for extract in extracts:
                for line in city_lines(extract, folder, asked.only):
                    print(line.as_json(), flush=True)
        if "osm_large_mb" in asked.only:
            for line in large_lines(extracts[min(1, len(extracts) - 1)], folder,
                                    4 if asked.quick else 60):  # fmt: skip
                print(line.as_json(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
