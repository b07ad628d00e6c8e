"""Pages with the same points and polygons: ours, folium's, geopandas', glify's, MapLibre's."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import folium
import geopandas
import numpy as np
import shapely
import xstatic.pkg.leaflet
from branca.element import Element

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))

from big_outcome import SOUTH, TALL, WEST, WIDE, big_outcome

from planner.model.outcome import Outcome
from planner.report.published import publish
from planner.report.webmap import draw_map

LEAFLET = Path(xstatic.pkg.leaflet.BASE_DIR)
COLOURS = ("#0b5394", "#7b3294", "#b35806", "#1b7837")
SHARED = """
    window.find_map = () => Object.values(window).find(v => v instanceof L.Map);
"""


class NotHereError(Exception):
    """A peer whose scripts are on this machine in no package."""


@dataclass(frozen=True)
class Things:
    """What every page draws: points with names and four attributes, polygons with two shares."""

    outcome: Outcome
    points: geopandas.GeoDataFrame
    areas: geopandas.GeoDataFrame


def make_things(points: int, areas: int) -> Things:
    outcome = big_outcome(points=points, communities=areas)
    sites, units = outcome.facilities, outcome.communities
    shown = publish(outcome).communities
    told = geopandas.GeoDataFrame(
        {
            "name": sites.name,
            "kind": [k.value for k in sites.kind],
            "floor": sites.floor_m2,
            "beds": sites.beds,
            "nursing": sites.nursing_beds,
        },
        geometry=shapely.points(np.round(sites.lonlat, 5)),
        crs=4326,
    )
    polygons = geopandas.GeoDataFrame(
        {
            "name": units.name,
            "share": np.round(shown.share(planned=False)[: len(units)], 4),
            "planned": np.round(shown.share(planned=True)[: len(units)], 4),
        },
        geometry=shapely.set_precision(list(units.geometry), 1e-5, mode="pointwise"),
        crs=4326,
    )
    return Things(outcome, told if points else told[:0], polygons if areas else polygons[:0])


def ours(things: Things) -> str:
    """Draw with `planner.report.webmap.draw_map`, as a run does."""
    return draw_map(things.outcome, publish(things.outcome), language="zh")


class Offline(folium.Map):
    default_js: list[tuple[str, str]] = []  # noqa: RUF012  (folium's own way)
    default_css: list[tuple[str, str]] = []  # noqa: RUF012


def with_leaflet(page: folium.Map, *scripts: str) -> str:
    text = (LEAFLET / "leaflet.js").read_text("utf-8").replace("//# sourceMappingURL", "// was")
    style = (LEAFLET / "leaflet.css").read_text("utf-8")
    root = page.get_root()
    body = [text, SHARED, *scripts]
    joined = "\n".join(f"<script>{part}\n</script>" for part in body).replace("{%", "{ %")
    root.header.add_child(
        Element("{% raw %}<style>" + style + "</style>" + joined + "{% endraw %}")
    )
    return str(root.render())


def around(page: folium.Map) -> folium.Map:
    page.fit_bounds([[SOUTH, WEST], [SOUTH + TALL, WEST + WIDE]])
    return page


def folium_page(things: Things, *, canvas: bool) -> str:
    page = around(Offline(tiles=None, prefer_canvas=canvas, max_zoom=18))
    if len(things.areas):
        folium.GeoJson(
            things.areas.to_json(drop_id=True, ensure_ascii=False),
            style_function=lambda _: {"fillColor": "#41b6c4", "weight": 0.5, "fillOpacity": 0.8},
            tooltip=folium.GeoJsonTooltip(["name", "share", "planned"]),
        ).add_to(page)
    if len(things.points):
        folium.GeoJson(
            things.points.to_json(drop_id=True, ensure_ascii=False),
            marker=folium.CircleMarker(radius=3, color=COLOURS[0], fill=True, fill_opacity=1),
            tooltip=folium.GeoJsonTooltip(["name", "kind", "floor", "beds", "nursing"]),
        ).add_to(page)
    return with_leaflet(page)


def folium_svg(things: Things) -> str:
    return folium_page(things, canvas=False)


def folium_canvas(things: Things) -> str:
    return folium_page(things, canvas=True)


def explore(things: Things) -> str:
    page = around(Offline(tiles=None, prefer_canvas=True, max_zoom=18))
    for table in (things.areas, things.points):
        if len(table):
            table.explore(m=page, tooltip=list(table.columns[:-1]))
    return with_leaflet(page)


def peer_file(variable: str, name: str) -> str:
    folder = os.environ.get(variable)
    if not folder or not (Path(folder) / name).exists():
        raise NotHereError(f"no {name}: name its folder in {variable} (see README)")
    return (Path(folder) / name).read_text("utf-8")


def as_json(table: geopandas.GeoDataFrame) -> str:
    return str(table.to_json(drop_id=True, ensure_ascii=False)).replace("<", "\\u003c")


def glify(things: Things) -> str:
    library = peer_file("GLIFY_DIST", "glify-browser.js")
    page = around(Offline(tiles=None, max_zoom=18))
    name = page.get_name()
    draw = ["L.glify.longitudeFirst();"]
    if len(things.areas):
        draw.append(
            f"L.glify.shapes({{map: {name}, data: {as_json(things.areas)}, border: true}});"
        )
    if len(things.points):
        draw.append(f"L.glify.points({{map: {name}, data: {as_json(things.points)}, size: 5}});")
    page.get_root().script.add_child(
        Element("{% raw %}addEventListener('load', () => {" + "\n".join(draw) + "});{% endraw %}")
    )
    return with_leaflet(page, library)


def maplibre(things: Things) -> str:
    library = peer_file("MAPLIBRE_DIST", "maplibre-gl.js").replace("</script", "<\\/script")
    style = peer_file("MAPLIBRE_DIST", "maplibre-gl.css")
    layers = []
    if len(things.areas):
        layers.append(("areas", things.areas, "fill", {"fill-color": "#41b6c4"}))
    if len(things.points):
        look = {"circle-radius": 3, "circle-color": COLOURS[0]}
        layers.append(("points", things.points, "circle", look))
    adds = "".join(
        f"map.addSource('{n}', {{type: 'geojson', data: {as_json(t)}}});"
        f"map.addLayer({{id: '{n}', type: '{kind}', source: '{n}', paint: {json.dumps(look)}}});"
        for n, t, kind, look in layers
    )
    bounds = [WEST, SOUTH, WEST + WIDE, SOUTH + TALL]
    return (
        f'<!doctype html><meta charset="utf-8"><style>{style} body{{margin:0}}'
        f"#m{{height:100vh}}</style><div id=m></div><script>{library}</script><script>"
        f"const map = new maplibregl.Map({{container: 'm', bounds: {bounds}, fadeDuration: 0,"
        "style: {version: 8, sources: {}, layers: []}});"
        f"map.on('load', () => {{ {adds} map.once('idle', () => {{ window.drawn = true; }}); }});"
        "window.find_map = () => ({latLngToContainerPoint: a => map.project([a[1], a[0]]),"
        "getContainer: () => map.getContainer()});</script>"
    )


MAKERS = {
    "planner": ours,
    "folium GeoJson (SVG)": folium_svg,
    "folium GeoJson (canvas)": folium_canvas,
    "geopandas.explore": explore,
    "Leaflet.glify": glify,
    "MapLibre GL": maplibre,
}
