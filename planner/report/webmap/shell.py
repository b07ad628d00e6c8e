"""The page around the map: folium's shell, Leaflet from its package, a strict policy.

Nothing that comes from a file passes through a template: names travel in JSON islands and reach
the page as text nodes only.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, cast

import folium
import xstatic.pkg.leaflet
from branca.element import Element, Figure
from jinja2 import Template

from planner.report.packing import pack_lists
from planner.report.words import all_words

Bounds = tuple[float, float, float, float]

_SCRIPTS = ("base.js", "inflate.js", "unpack.js", "canvas.js", "draw.js", "points.js", "scene.js",
            "panels.js", "legend.js", "cards.js", "panes.js", "chart.js", "compare.js", "search.js",
            "measure.js", "link.js", "basemap.js", "live.js", "whatif.js",
            "whatif_panel.js", "page.js")  # fmt: skip
_STYLES = ("page.css", "reads.css", "compare.css", "whatif.css", "print.css")
_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src {styles}; img-src {images}; "
    "connect-src 'none'; base-uri 'none'; form-action 'none'"
)
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


class OfflineMap(folium.Map):
    """A folium map that asks the network for nothing."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012  (folium's own way)
    default_css: list[tuple[str, str]] = []  # noqa: RUF012


class _Verbatim(Element):
    """Text of our own that no template may touch."""

    _template = Template("{{ this.text }}")

    def __init__(self, text: str, name: str) -> None:
        super().__init__()
        self._name, self._id = "verbatim", name
        self.text = text


def page_html(islands: Mapping[str, Any], *, bounds: Bounds) -> str:
    """Return the page.

    Parameters
    ----------
    islands
        JSON values by the id of their ``<script type="application/json">``; long lists of
        ``planner-data`` go packed, into an island of their own.
    bounds
        West, south, east, north in degrees the map opens on.
    """
    west, south, east, north = bounds
    data, columns = pack_lists(islands["planner-data"])
    islands = {**islands, "planner-data": data, "planner-columns": columns}
    page = OfflineMap(
        location=[round((south + north) / 2, 5), round((west + east) / 2, 5)],
        tiles=None,
        zoom_start=10,
        zoom_snap=0.1,
        zoom_delta=0.5,
        max_zoom=18,
        min_zoom=5,
        attribution_control=False,
        zoom_control=False,
        font_size="14px",
    )
    page._id = "planner"  # noqa: SLF001  (folium's ids are random; law 10)
    figure = cast("Figure", page.get_root())
    figure._id = "planner"  # noqa: SLF001
    _fill(figure, islands)
    page.render()  # type: ignore[no-untyped-call]
    figure.script._children.move_to_end("start")  # noqa: SLF001  (after folium's own script)
    html: str = figure.render()
    html = html.replace("\r\n", "\n").replace("<html>", '<html lang="zh-CN">', 1)
    base = data.get("basemap")  # the one host, if any, that images may come from
    return _with_policy(html, base["host"] if base else "")


def _fill(figure: Figure, islands: Mapping[str, Any]) -> None:
    style = _short_css("\n".join([_leaflet_css(), *(_own(name) for name in _STYLES)]))
    parts = [
        (figure.header, f"<style>{style}</style>", "style"),
        (figure.header, f"<script>{_leaflet_js()}</script>", "leaflet"),
        (figure.html, _frame(), "frame"),
        (figure.html, "\n".join(_island(k, v) for k, v in islands.items()), "islands"),
        (figure.html, f"<script>{_own_js()}</script>", "planner"),
        (figure.script, "Planner.start(map_planner);", "start"),
    ]
    for parent, text, name in parts:
        parent.add_child(_Verbatim(text, name), name=name)


def _frame() -> str:
    """Return the empty places of the page; the scripts fill them."""
    needs = " ".join(all_words()["map.no_script"].values())
    return (
        '<a class="skip" href="#side" id="skip"></a><header id="head"></header>'
        '<div id="notices" role="note"></div><section id="figures"></section>'
        '<aside id="side"><div id="find" role="search"></div>'
        '<nav id="tabs" role="tablist"></nav><div id="panels"></div></aside>'
        f'<footer id="foot"></footer><noscript>{needs}</noscript>'
    )


def _island(name: str, value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f'<script type="application/json" id="{name}">{text}</script>'


def _own(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def _own_js() -> str:
    """Return our scripts without their indentation and comments on lines of their own."""
    lines = (line.strip() for name in _SCRIPTS for line in _own(name).splitlines())
    text = "\n".join(line for line in lines if line and not line.startswith("//"))
    return (
        text.replace("function (", "function(").replace(") {", "){").replace("} else {", "}else{")
    )


def _short_css(text: str) -> str:
    """Return styles without comments and the space around braces and ends of rules."""
    bare = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"\s*([{};])\s*", r"\1", bare).strip()


def _leaflet(name: str) -> Path:
    return Path(xstatic.pkg.leaflet.BASE_DIR) / name


def _leaflet_js() -> str:
    text = _leaflet("leaflet.js").read_text("utf-8")
    text = re.sub(r"//# sourceMappingURL=\S*", "", text)
    return text.replace("</script", "<\\/script")


def _leaflet_css() -> str:
    """Return Leaflet's styles without the images of its markers and layer switch.

    The page has signs and a legend of its own.
    """
    text = _leaflet("leaflet.css").read_text("utf-8")
    return re.sub(r"url\((?!['\"]?#)[^)]+\)", "none", text)


def _with_policy(html: str, image_host: str) -> str:
    scripts = " ".join(_hash(text) for text in _SCRIPT.findall(html))
    styles = " ".join(_hash(text) for text in _STYLE.findall(html))
    images = f"data: {image_host}".strip()
    policy = _POLICY.format(scripts=scripts, styles=styles, images=images)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return html.replace("<head>", f'<head>\n<meta charset="utf-8">\n{meta}', 1)


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
