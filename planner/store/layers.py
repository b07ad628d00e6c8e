"""Features as they stand in a map layer: GeoPackage, GeoJSON, Shapefile and their like."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyogrio
import pyogrio.raw
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from planner.model.finding import Finding
from planner.model.scenario import InputFile
from planner.store.dbf import AS_BYTES, decode_column, decode_name, encodings_of
from planner.store.reading import about

_SUFFIXES = (".gpkg", ".geojson", ".json", ".shp", ".kml", ".fgb", ".gml")
_JSON = (".geojson", ".json")
_WGS84 = "OGC:CRS84"
_TROUBLE = (
    DataLayerError,
    DataSourceError,
    FeatureError,
    FieldError,
    GeometryError,
    shapely.errors.GEOSException,
    ValueError,
    RuntimeError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Features of one layer.

    Parameters
    ----------
    name
        Layer in the file, '' where the format has only one.
    headers
        Names of the attributes.
    columns
        Values of each attribute, each an object array of shape (n,).
    geometry
        Shapes in the layer's own coordinates, shape (n,), or `None` for a plain table.
    crs
        Coordinate system the file names, '' if it names none.
    count
        Number of features.
    notes
        What the reader decided.
    cut
        Positions of headers that may be the beginning of a longer one (Shapefile).
    """

    name: str
    headers: tuple[str, ...]
    columns: tuple[NDArray[np.object_], ...]
    geometry: NDArray[np.object_] | None
    crs: str
    count: int
    notes: tuple[tuple[str, str], ...]
    cut: frozenset[int] = frozenset()


def is_layer(path: Path) -> bool:
    """Return whether the file's name says that it is a map layer."""
    return path.suffix.lower() in _SUFFIXES


def read_layer(file: InputFile, path: Path) -> tuple[Layer | None, tuple[Finding, ...]]:
    """Read the features of a layer; coordinates stay as they are in the file.

    Parameters
    ----------
    file
        The input as the scenario names it.
    path
        The file on disk.

    Returns
    -------
    tuple
        The layer, `None` if the file is unusable, and what is wrong with it.
    """
    try:
        names = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
        wrong = _wrong_layer(file, names)
        if wrong is not None:
            return None, (wrong,)
        layer: Layer | None = _read(path, file.layer or names[0], file.encoding)
        if layer is not None and path.suffix.lower() == ".shp":
            trials = encodings_of(path, file.encoding)
            layer = next(filter(None, (_decoded(layer, e) for e in trials)), None)
            if layer is None:
                return None, (about(file, "file.encoding", found=", ".join(trials)),)
        elif layer is not None and path.suffix.lower() in _JSON and not (layer.crs or file.crs):
            layer = replace(layer, crs=_WGS84)  # RFC 7946, where nobody says otherwise
    except (UnicodeDecodeError, LookupError):
        return None, (about(file, "file.encoding", found=file.encoding or "utf-8"),)
    except _TROUBLE as error:
        return None, (about(file, "file.unreadable", found=" ".join(str(error).split())),)
    if layer is None or not layer.count:
        headers = layer.headers if layer is not None else ()
        return None, (about(file, "table.no_rows", found=", ".join(headers)),)
    return layer, ()


def _wrong_layer(file: InputFile, names: list[str]) -> Finding | None:
    if not names:
        return about(file, "table.empty")
    if file.layer is None:
        return about(file, "file.which_layer", found=", ".join(names)) if len(names) > 1 else None
    if file.layer in names:
        return None
    return about(file, "file.no_such_layer", found=", ".join(names), expected=file.layer)


def _decoded(layer: Layer, encoding: str) -> Layer | None:
    """Return the layer of a Shapefile with its texts, `None` if they are not so encoded."""
    try:
        names = [decode_name(header, encoding) for header in layer.headers]
        columns = tuple(decode_column(list(column), encoding) for column in layer.columns)
    except (UnicodeDecodeError, LookupError):
        return None
    return replace(
        layer,
        headers=tuple(name for name, _ in names),
        columns=columns,
        cut=frozenset(i for i, (_, full) in enumerate(names) if full),
        notes=(("encoding", encoding),),
    )


def _read(path: Path, name: str, encoding: str | None) -> Layer:
    if path.suffix.lower() == ".shp":
        encoding = AS_BYTES
    meta, _, shapes, values = pyogrio.raw.read(
        path, layer=name, encoding=encoding, datetime_as_string=True
    )
    geometry = None
    if shapes is not None:
        geometry = np.asarray(shapely.force_2d(shapely.from_wkb(shapes)), object)
    columns = tuple(np.asarray(column).astype(object) for column in values)
    crs = meta["crs"] or ""
    if path.suffix.lower() in _JSON:
        crs = crs if _names_crs(path) else ""
    count = len(shapes) if shapes is not None else (len(columns[0]) if columns else 0)
    notes = (("layer", name), ("encoding", encoding or meta["encoding"] or ""))
    return Layer(
        name=name if path.suffix.lower() not in (*_JSON, ".shp") else "",
        headers=tuple(str(f) for f in meta["fields"]),
        columns=columns,
        geometry=geometry,
        crs=crs,
        count=count,
        notes=notes,
    )


def _names_crs(path: Path) -> bool:
    """Return whether a GeoJSON file has the crs member of the 2008 format."""
    text = path.read_bytes()
    if b'"crs"' not in text:
        return False
    document = json.loads(text)
    return isinstance(document, dict) and document.get("crs") is not None
