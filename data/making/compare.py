"""Comparing files by what they say, where packing may differ between library versions."""

from pathlib import Path

import numpy as np
import osmium
import pyogrio
import rasterio


def _streets(path: Path) -> list[str]:
    made = []
    for item in osmium.FileProcessor(str(path)):
        tags = sorted((tag.k, tag.v) for tag in item.tags)
        if item.is_node():
            made.append(f"n{item.id} {item.location.lon:.6f} {item.location.lat:.6f} {tags}")
        elif item.is_way():
            made.append(f"w{item.id} {[node.ref for node in item.nodes]} {tags}")
    return made


def _shapes(path: Path) -> list[str]:
    frame = pyogrio.read_dataframe(path)
    columns = [column for column in frame.columns if column != "geometry"]
    table = frame[columns].astype(str).agg("|".join, axis=1)
    return [f"{row} {shape.wkt}" for row, shape in zip(table, frame.geometry, strict=True)]


def _heights(path: Path) -> list[str]:
    with rasterio.open(path) as file:
        grid = file.read(1)
        return [str(file.crs), str(file.transform), *(row.tobytes().hex() for row in grid)]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


READERS = {".pbf": _streets, ".gpkg": _shapes, ".tif": _heights}


def differences(committed: Path, made: Path) -> list[str]:
    """Return what differs between two files, in words; empty when they say the same."""
    if not committed.exists():
        return [f"{committed.name}: missing"]
    if committed.read_bytes() == made.read_bytes():
        return []
    read = READERS.get(committed.suffix, _lines)
    old, new = read(committed), read(made)
    if len(old) != len(new):
        return [f"{committed.name}: {len(old)} items, regenerated {len(new)}"]
    wrong = np.flatnonzero([a != b for a, b in zip(old, new, strict=True)])
    if not len(wrong):
        return []
    k = int(wrong[0])
    return [f"{committed.name}: {len(wrong)} items differ, first {old[k][:80]} / {new[k][:80]}"]
