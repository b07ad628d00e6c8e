"""One reading of an extract in a process of its own; prints what it took as JSON.

python streets_child.py ours|lines|pyrosm|osmnx FILE [WEST,SOUTH,EAST,NORTH]
"""

import json
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def peak_mb():
    """Return the peak memory of this process; Linux counts a parent's in `ru_maxrss`."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (t for t in status.read_text().splitlines() if t.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ours(path, box):
    from planner.model.ground import ground_for  # noqa: PLC0415
    from planner.model.scenario import InputFile  # noqa: PLC0415
    from planner.store.streets import read_network  # noqa: PLC0415

    def work():
        network = read_network(InputFile(path=path), Path(), ground_for(box), box).value
        return network.node_count, len(network), network.length_m.sum() / 1000

    return work


def lines(path, box):
    """Read all but the check on pieces: towns far apart are refused as a network."""
    import numpy as np  # noqa: PLC0415

    from planner.model.ground import ground_for  # noqa: PLC0415
    from planner.model.scenario import InputFile  # noqa: PLC0415
    from planner.store.streets_osm import read_osm  # noqa: PLC0415

    def work():
        found, _ = read_osm(InputFile(path=path), path, box)
        step = np.hypot(*np.diff(ground_for(box).to_metres(found.lonlat), axis=0).T)
        step[found.start[1:-1] - 1] = 0
        nodes = max(found.tail.max(), found.head.max()) + 1
        return nodes, len(found), step.sum() / 1000

    return work


def pyrosm(path, box):
    import pyrosm as peer  # noqa: PLC0415

    def work():
        osm = peer.OSM(str(path), bounding_box=list(box))
        nodes, edges = osm.get_network("walking", nodes=True)
        return len(nodes), len(edges), edges["length"].sum() / 1000

    return work


def osmnx(path, box):
    import osmnx as peer  # noqa: PLC0415

    def work():
        graph = peer.graph_from_xml(path, bidirectional=True, retain_all=True)
        edges = [length for *_, length in peer.convert.to_undirected(graph).edges(data="length")]
        return len(graph), len(edges), sum(edges) / 1000

    return work


def main(reader, path, box):
    work = {"ours": ours, "lines": lines, "pyrosm": pyrosm, "osmnx": osmnx}[reader](
        Path(path).resolve(), tuple(float(part) for part in box.split(","))
    )
    before = peak_mb()
    clock, busy = time.perf_counter(), time.process_time()
    nodes, edges, km = work()
    told = {
        "cpu": time.process_time() - busy,
        "wall": time.perf_counter() - clock,
        "mb": peak_mb(),
        "before_mb": before,
        "nodes": int(nodes),
        "edges": int(edges),
        "km": float(km),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
