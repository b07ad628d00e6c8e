"""Rasters of heights above sea level (GeoTIFF, SRTM ``.hgt``), alone, in a zip or as tiles."""

import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import rasterio
from rasterio.errors import RasterioError

from planner.model.finding import Finding, Severity
from planner.model.provenance import Source
from planner.model.scenario import Elevation, InputFile
from planner.store.crs import find_door
from planner.store.heights import Heights, Tile, open_raster, sample_heights
from planner.store.reading import Read, about, has_error, locate, source_of

__all__ = ["Heights", "open_heights", "sample_heights"]

_ROLE = "elevation"
_RASTERS = (".tif", ".tiff", ".hgt")
_ALIGNED = 0.05  # of a cell: half a cell off would shift hills
_SAME = 1e-6
_FEET = {"ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "us survey foot": 1200 / 3937}
_ELSEWHERE = ("/vsi", "://")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """What a raster says about itself."""

    raster: str
    crs: str
    transform: rasterio.Affine
    height: int
    width: int
    bands: int
    cells: str
    unit: str


def open_heights(file: InputFile, folder: Path) -> Read[Heights]:
    """Open rasters of heights; cells are read when places are asked for.

    Parameters
    ----------
    file, folder
        The input as the scenario names it, and the folder of the scenario. The path is a raster,
        or a zip or folder of tiles that fit together.

    Returns
    -------
    Read of Heights
        What the scenario says about smoothing and voids goes with it; heights in 8 bits and in
        feet are said to be so.
    """
    path, rasters, findings = _rasters(file, folder)
    if findings:
        return Read(None, findings, source_of(file, path, _ROLE))
    try:
        opened = [_ask(raster) for raster in rasters]
    except (RasterioError, OSError) as error:
        fault = about(file, "file.unreadable", found=" ".join(str(error).split()))
        return Read(None, (fault,), source_of(file, path, _ROLE))
    findings = _unfit(file, opened)
    door, faults = find_door(opened[0].crs, file.crs, partial(about, file))
    findings += faults
    if not has_error(findings):
        tiles, faults = _tiled(file, opened)
        findings += faults
    options = file if isinstance(file, Elevation) else Elevation(path=file.path)
    metres, faults = _unit(options, opened[0].unit)
    findings += faults
    label = "" if door is None else door.label
    size = sum(one.height * one.width for one in opened)
    notes = (
        ("cells", opened[0].cells),
        ("tiles", str(len(opened))),
        ("smooth_m", f"{options.smooth_m:g}"),
        ("fill_voids_m", f"{options.fill_voids_m:g}"),
        ("metres_per_unit", f"{metres:g}"),
    )
    source, *further = _sources(file, path, rasters, rows=size, crs=label, notes=notes)
    if door is None or has_error(findings):
        return Read(None, findings, source, tuple(further))
    west = min(one.transform.c for one in opened)
    first = opened[0].transform
    north = max(one.transform.f for one in opened)
    heights = Heights(
        file=file,
        tiles=tiles,
        transform=rasterio.Affine(first.a, 0.0, west, 0.0, first.e, north),
        door=door,
        metres=metres,
        smooth_m=options.smooth_m,
        fill_voids_m=options.fill_voids_m,
    )
    return Read(heights, findings, source, tuple(further))


def _rasters(file: InputFile, folder: Path) -> tuple[Path, list[str], tuple[Finding, ...]]:
    """Return the path and what rasterio opens: the file, or the rasters in a folder or a zip."""
    path = folder / file.path
    if path.is_dir():
        names = sorted(p.name for p in path.iterdir() if p.name.lower().endswith(_RASTERS))
        fault = () if names else (about(file, "elevation.zip", found="—"),)
        return path, [str(path / name) for name in names], fault
    path, findings = locate(file, folder)
    if findings:
        return path, [], findings
    if path.suffix.lower() == ".vrt":
        text = path.read_text(encoding="utf-8", errors="replace")
        found = next((word for word in _ELSEWHERE if word in text), None)
        if found is not None:
            return path, [], (about(file, "elevation.elsewhere", found=found),)
    if path.suffix.lower() != ".zip":
        return path, [str(path)], ()
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(n for n in archive.namelist() if n.lower().endswith(_RASTERS))
    except (zipfile.BadZipFile, OSError) as error:
        return path, [], (about(file, "file.unreadable", found=str(error)),)
    listed = ", ".join(names) or "—"
    if file.layer is not None:
        names = [n for n in names if n == file.layer]
    fault = () if names else (about(file, "elevation.zip", found=listed),)
    inside = f"/vsizip/{path.resolve().as_posix()}"
    return path, [f"{inside}/{name}" for name in names], fault


def _ask(raster: str) -> _Opened:
    with open_raster(raster) as data:
        return _Opened(
            raster=raster,
            crs=data.crs.to_wkt() if data.crs else "",
            transform=data.transform,
            height=data.height,
            width=data.width,
            bands=data.count,
            cells=str(data.dtypes[0]),
            unit=(data.units[0] or "").strip().lower(),
        )


def _unfit(file: InputFile, opened: list[_Opened]) -> tuple[Finding, ...]:
    findings = []
    bands = max(one.bands for one in opened)
    if bands != 1:
        findings.append(about(file, "elevation.bands", found=str(bands)))
    if any(one.transform.b or one.transform.d for one in opened):
        findings.append(about(file, "elevation.turned"))
    if any(one.cells == "uint8" for one in opened):
        findings.append(about(file, "elevation.eight_bit", Severity.NOTICE, found="uint8"))
    return tuple(findings)


def _tiled(file: InputFile, opened: list[_Opened]) -> tuple[tuple[Tile, ...], tuple[Finding, ...]]:
    """Return where each raster lies in one grid, or the first that does not fit into it."""
    first = opened[0]
    wide, high = first.transform.a, first.transform.e
    west = min(one.transform.c for one in opened)
    north = max(one.transform.f for one in opened)
    tiles: list[Tile] = []
    for one in opened:
        row, column = (one.transform.f - north) / high, (one.transform.c - west) / wide
        fits = abs(one.transform.a - wide) <= _SAME * abs(wide)
        fits &= abs(one.transform.e - high) <= _SAME * abs(high)
        fits &= abs(row - round(row)) <= _ALIGNED and abs(column - round(column)) <= _ALIGNED
        if not fits or one.crs != first.crs:
            pair = f"{_name(first.raster)}, {_name(one.raster)}"
            return (), (about(file, "elevation.tiles_differ", found=pair),)
        tile = Tile(one.raster, round(row), round(column), one.height, one.width)
        twin = next((other for other in tiles if _shared(tile, other)), None)
        if twin is not None:
            pair = f"{_name(twin.raster)}, {_name(one.raster)}"
            return (), (about(file, "elevation.tiles_overlap", found=pair),)
        tiles.append(tile)
    return tuple(tiles), ()


def _name(raster: str) -> str:
    return raster.replace("\\", "/").rsplit("/", 1)[-1]


def _shared(one: Tile, other: Tile) -> bool:
    """Return whether two rasters share more than half of one of them."""
    rows = min(one.row + one.height, other.row + other.height) - max(one.row, other.row)
    columns = min(one.column + one.width, other.column + other.width)
    columns -= max(one.column, other.column)
    least = min(one.height * one.width, other.height * other.width)
    return rows > 0 and columns > 0 and 2 * rows * columns > least


def _unit(options: Elevation, unit: str) -> tuple[float, tuple[Finding, ...]]:
    """Return metres in one unit; what the scenario says goes before what the file says."""
    if options.unit is not None:
        return (_FEET["ft"] if options.unit == "ft" else 1.0), ()
    if unit in _FEET:
        return _FEET[unit], (about(options, "elevation.feet", Severity.NOTICE, found=unit),)
    return 1.0, ()


def _sources(
    file: InputFile,
    path: Path,
    rasters: list[str],
    *,
    rows: int,
    crs: str,
    notes: tuple[tuple[str, str], ...],
) -> list[Source]:
    """Return the provenance of every file that is read, the rasters a virtual one names too."""
    paths, named = [path], [file.path]
    if path.is_dir():
        paths = [Path(raster) for raster in rasters]
        named = [file.path / one.name for one in paths]
    elif path.suffix.lower() == ".vrt":
        with open_raster(str(path)) as data:
            others = [Path(name) for name in data.files if Path(name).name != path.name]
        paths += sorted(others)
        named += [file.path.parent / other.name for other in sorted(others)]
    sources: list[Source] = []
    for one, name in zip(paths, named, strict=True):
        about_one = file.model_copy(update={"path": name})
        first = not sources
        sources.append(
            source_of(
                about_one,
                one,
                _ROLE,
                rows=rows if first else 0,
                crs=crs,
                notes=notes if first else (),
            )
        )
    return sources
