"""Make the embedded demonstration city from the committed real lists and outlines.

Run ``python data/build.py`` to write the synthetic files, ``--check`` to compare what would be
written with what is there. Needs no network and nothing outside the repository.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from making import (
    committees,
    facilities,
    ground,
    hamlets,
    net,
    people,
    plane,
    rivers,
    roads,
    seats,
    shapes,
    streets,
    towns,
    write,
)
from making.compare import differences

HERE = Path(__file__).resolve().parent
WRITTEN = (
    "boundaries/concordance_2020_2023.csv",
    "boundaries/benxi_communities_2020_synthetic.gpkg",
    "boundaries/rivers_synthetic.geojson",
    "streets/benxi_synthetic.osm.pbf",
    "streets/elevation_synthetic.tif",
    "households/households_synthetic.csv",
    "facilities/facilities_synthetic.csv",
)


@dataclass(frozen=True, slots=True)
class Land:
    """Rivers, ground and built-up land of the whole municipality."""

    rivers: list[rivers.River]
    ground: ground.Ground
    urban: np.ndarray
    places: dict[str, np.ndarray]
    rim: np.ndarray


def read_outlines(path: Path) -> dict[str, shapely.Polygon]:
    """Return the county outlines in degrees, by code."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    made = {f["properties"]["code"]: shapely.geometry.shape(f["geometry"]) for f in features}
    return dict(sorted(made.items()))


def _table(rows: tuple[tuple[float, ...], ...]) -> np.ndarray:
    made = np.array(rows)
    made[:, :2] = plane.to_plane(made[:, :2])
    return made


def _cells(outline: shapely.Geometry) -> np.ndarray:
    rows, cols = plane.COARSE_SHAPE[0] * 2, plane.COARSE_SHAPE[1] * 2
    lon = plane.WEST + (np.arange(cols) + 0.5) * plane.FINE
    lat = plane.NORTH - (np.arange(rows) + 0.5) * plane.FINE
    shapely.prepare(outline)
    return shapely.contains_xy(outline, *np.meshgrid(lon, lat))


def make_land(
    rows: list[committees.Committee], counties: dict[str, shapely.Polygon], seed: int
) -> Land:
    """Draw rivers, hills and towns."""
    outline = shapely.union_all(list(counties.values()))
    rng = np.random.default_rng([seed, 1])
    courses = rivers.build_rivers(rng, _table(seats.CALM))
    heights = ground.build_ground(courses, _table(seats.FLOORS), _cells(outline), rng)
    places = towns.place_seats(rows, heights, counties)
    water = np.zeros(heights.height_m.shape)
    for river in courses:
        lonlat = plane.to_degrees(river.line)
        row = ((plane.NORTH - lonlat[:, 1]) / plane.FINE).astype(int).clip(0, water.shape[0] - 1)
        col = ((lonlat[:, 0] - plane.WEST) / plane.FINE).astype(int).clip(0, water.shape[1] - 1)
        water[row, col] = 1.0
    urban = towns.build_urban(places, committees.count_kinds(rows), heights, water, rng)
    return Land(courses, heights, urban, places, _cells(outline.buffer(0.015)))


def make_shapes(
    rows: list[committees.Committee],
    counties: dict[str, shapely.Polygon],
    land: Land,
    seed: int,
) -> list[shapely.Polygon]:
    """Draw a polygon for every committee, in the order of `rows`."""
    meshes, owners = {}, {}
    for k, (code, county) in enumerate(counties.items()):
        mine = [row for row in rows if row.county == code]
        meshes[code] = shapes.build_mesh(
            county, land.urban, land.ground, land.rivers, [seed, 10 + k]
        )
        rng = np.random.default_rng([seed, 20 + k])
        owners[code] = shapes.deal(meshes[code], mine, land.places, rng)
    drawn = shapes.build_shapes(counties, meshes, owners)
    return [shape for code in counties for shape in drawn[code]]


def make_streets(
    rows: list[committees.Committee],
    polygons: list[shapely.Polygon],
    counties: dict[str, shapely.Polygon],
    land: Land,
    seed: int,
) -> tuple[net.Net, list[hamlets.Hamlet]]:
    """Draw town streets, country roads and village lanes."""
    made = net.Net()
    for k, window in enumerate(streets.town_windows(land.urban)):
        streets.draw_town(made, k, window, (land.rivers, land.ground), [seed, 100 + k])
    homes = hamlets.build_hamlets(rows, polygons, land.ground, land.rivers, [seed, 200])
    outline = shapely.union_all(list(counties.values()))
    country = roads.build_country(outline, land.ground, land.rivers, [seed, 300])
    roads.draw_roads(made, homes, country, land.rivers, [seed, 301])
    net.node_crossings(made)
    return net.drop_pieces(made, 2000, 2), homes


def build(target: Path, seed: int) -> None:
    """Write every generated file under `target`, reading the real ones beside this script."""
    start = time.perf_counter()

    def say(what: str) -> None:
        print(f"{time.perf_counter() - start:6.1f} s  {what}", file=sys.stderr)

    rows = committees.read_committees(HERE / "boundaries/committees_2020.csv")
    later = committees.read_committees(HERE / "boundaries/committees_2023.csv")
    counties = read_outlines(HERE / "boundaries/benxi_counties.geojson")
    for name in ("boundaries", "streets", "households", "facilities"):
        (target / name).mkdir(parents=True, exist_ok=True)
    changes = committees.build_concordance(rows, later)
    write.write_table(target / WRITTEN[0], committees.CHANGE_HEADER, changes)
    land = make_land(rows, counties, seed)
    say("land")
    polygons = make_shapes(rows, counties, land, seed)
    write.write_communities(target / WRITTEN[1], rows, polygons)
    outline = shapely.union_all(list(counties.values()))
    write.write_rivers(target / WRITTEN[2], land.rivers, outline)
    write.write_elevation(target / WRITTEN[4], land.ground, land.rim)
    say("shapes")
    made, settlements = make_streets(rows, polygons, counties, land, seed)
    write.write_streets(target / WRITTEN[3], made)
    say(f"streets: {len(made.xy)} points, {len(made.edges)} pieces")
    dry = people.dry_land(polygons, land.rivers)
    homes = people.build_people(rows, dry, made, settlements, [seed, 400])
    write.write_homes(target / WRITTEN[5], homes)
    places = facilities.build_facilities(rows, dry, homes, made, [seed, 500])
    write.write_facilities(target / WRITTEN[6], places)
    say(f"people: {len(homes)} places; facilities: {len(places)}")


def main() -> int:
    """Parse the command line and build or compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=2020, help="of everything invented")
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    chosen = parser.parse_args()
    if not chosen.check:
        build(HERE, chosen.seed)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder), chosen.seed)
        found = [line for name in WRITTEN for line in differences(HERE / name, Path(folder) / name)]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
