"""The online basemap a reader may tick: where it comes from. Nothing is fetched here."""

from typing import Any

from planner.model.scenario import MapPage

_TIANDITU = "https://t0.tianditu.gov.cn"
_OSM = "https://tile.openstreetmap.org"


def choose_basemap(page: MapPage) -> dict[str, Any] | None:
    """Return the host and the tile addresses of the chosen basemap, or `None`.

    Both are in Web Mercator on WGS84 or CGCS2000, so that nothing is shifted (no GCJ-02).

    Parameters
    ----------
    page
        The scenario's choice.
    """
    if page.basemap == "none":
        return None
    if page.basemap == "osm":
        return {"name": "osm", "host": _OSM, "tiles": [_OSM + "/{z}/{x}/{y}.png"], "deepest": 19}
    return {
        "name": "tianditu",
        "host": _TIANDITU,
        "tiles": [_tianditu(layer, page.tianditu_key) for layer in ("vec", "cva")],
        "deepest": 18,
    }


def _tianditu(layer: str, key: str) -> str:
    return (
        f"{_TIANDITU}/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
        "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILECOL={x}&TILEROW={y}&TILEMATRIX={z}"
        f"&tk={key}"
    )
