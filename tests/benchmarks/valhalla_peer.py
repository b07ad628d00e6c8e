"""Valhalla's isochrones inside this process, on tiles built from the same extract.

The builder of tiles comes with the wheels of pyvalhalla for Python 3.12 and later. Where the
installed one has none, the environment variable PYVALHALLA_WHEEL names the folder of an unpacked
wheel that has (README.md).
"""

import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import shapely
from bench_city import STREETS

SPEED_KMH = 3.24  # 0.9 m/s
MINUTES = 15


def start_actor(folder: Path) -> Any:
    """Build tiles in `folder` and start Valhalla on them.

    Raises
    ------
    ImportError
        If pyvalhalla is not installed.
    FileNotFoundError
        If no builder of tiles is there.
    """
    import valhalla  # noqa: PLC0415 - the peer may be absent

    home = os.environ.get("PYVALHALLA_WHEEL")
    wheel = Path(home) if home else Path(valhalla.__file__).parents[1]
    builder = wheel / "valhalla" / "bin" / "valhalla_build_tiles"
    if not builder.exists():
        raise FileNotFoundError("the wheel of pyvalhalla has no valhalla_build_tiles")
    tiles, extract = folder / "tiles", folder / "tiles.tar"
    tiles.mkdir()
    extract.touch()  # newer versions ask that it be there
    config = valhalla.get_config(tile_extract=str(extract), tile_dir=str(tiles), verbose=False)
    path = folder / "valhalla.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    libraries = {**os.environ, "LD_LIBRARY_PATH": str(wheel / "pyvalhalla.libs")}
    command = [str(builder), "--config", str(path), str(STREETS)]
    subprocess.run(command, env=libraries, check=True, capture_output=True)
    with tarfile.open(extract, "w") as tar:
        for tile in sorted(tiles.rglob("*.gph")):
            tar.add(tile, tile.relative_to(tiles))
    return valhalla.Actor(config)


def ask_for(lon: float, lat: float) -> str:
    """Return the question for a polygon around one place."""
    question = {
        "locations": [{"lon": lon, "lat": lat}],
        "costing": "pedestrian",
        "costing_options": {"pedestrian": {"walking_speed": SPEED_KMH}},
        "contours": [{"time": MINUTES}],
        "polygons": True,
        "reverse": True,
    }
    return json.dumps(question)


def drawn_shape(answer: str) -> Any:
    """Return the polygon of an answer, in degrees."""
    features = json.loads(answer)["features"]
    return shapely.union_all(
        [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features]
    )
