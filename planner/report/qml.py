"""QGIS styles (QML) of the layers, made by hand so that they need no QGIS to write."""

from xml.etree import ElementTree as ET

from planner.model.scenario import Language
from planner.report.palette import (
    CLOSED,
    FACILITIES,
    FIVE,
    NO_DATA,
    RINGS,
    SHARE_BREAKS,
    SITE,
    WITHHELD,
)
from planner.report.words import say

_MARKERS = {"cross": "cross2"}
_CATCHMENTS = {"merged": 0.4, "single": 0.2, "split": 0.26}  # width of the outline, mm
_SEVERITY = {"error": "#b2182b", "warning": "#e08214", "notice": "#5e5e5e"}


def layer_style(layer: str, aliases: list[tuple[str, str]], language: Language) -> str:
    """Return the style of a layer as QML.

    Parameters
    ----------
    layer
        Name of the layer.
    aliases
        Field names and their aliases, in the order of the fields.
    language
        Of the legend.
    """
    root = ET.Element("qgis", version="3.22.0", styleCategories="Symbology|Labeling|Fields")
    renderers = {
        "communities": _communities,
        "facilities": _facilities,
        "catchments": _catchments,
        "proposed_sites": _sites,
        "closed_sites": _closed,
        "demand": _demand,
        "findings": _findings,
    }
    root.append(renderers[layer](language))
    if layer == "proposed_sites":
        root.append(_labels("order", 10))
    holder = ET.SubElement(root, "aliases")
    for at, (field, alias) in enumerate(aliases, start=1):
        ET.SubElement(holder, "alias", field=field, index=str(at), name=alias)
    ET.indent(root, space=" ")
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + ET.tostring(
        root, encoding="unicode"
    )


def _communities(language: Language) -> ET.Element:
    """Five classes of walking coverage, then withheld and without data, by rules."""
    edges = (0.0, *SHARE_BREAKS, 1.0)
    cases = []
    for i, colour in enumerate(FIVE):
        low, high = edges[i], edges[i + 1]
        top = "<=" if i == len(FIVE) - 1 else "<"
        rule = f'"share_planned" >= {low:g} AND "share_planned" {top} {high:g}'
        label = say("map.class.between", language, low=f"{low:.0%}", high=f"{high:.0%}")
        cases.append((rule, label, _fill(colour)))
    cases.append(
        ('"suppressed"', say("map.class.withheld", language), _fill(WITHHELD, "b_diagonal"))
    )
    empty = '"share_planned" IS NULL AND NOT "suppressed"'
    cases.append((empty, say("map.class.no_data", language), _fill(NO_DATA, "f_diagonal")))
    return _rules(cases)


def _facilities(language: Language) -> ET.Element:
    cases = [
        (
            f"\"kind\" = '{kind}'",
            say(f"table.facility_kind.{kind}", language),
            _marker(shape, colour, 2.8),
        )
        for kind, (shape, colour) in FACILITIES.items()
        if kind != "candidate"
    ]
    return _rules(cases)


def _catchments(language: Language) -> ET.Element:
    """Draw merged rings by state; single and split ones stand in the legend, not ticked."""
    cases = []
    for kind, width_mm in _CATCHMENTS.items():
        for state, (colour, line) in RINGS.items():
            rule = f"\"kind\" = '{kind}' AND \"state\" = '{state}'"
            label = say(f"table.state.{state}", language)
            if kind != "merged":
                label += f" · {say(f'table.catchment_kind.{kind}', language)}"
            cases.append((rule, label, _outline(colour, line, width_mm)))
    renderer = _rules(cases)
    for case in renderer.iterfind("rules/rule"):
        if "'merged'" not in case.get("filter", ""):
            case.set("checkstate", "0")
    return renderer


def _closed(language: Language) -> ET.Element:
    label = say("table.layer.closed_sites", language)
    return _rules([("TRUE", label, _marker("cross2", CLOSED, 5.0))])


def _sites(language: Language) -> ET.Element:
    label = say("table.layer.proposed_sites", language)
    return _rules([("TRUE", label, _marker("star", SITE, 6.0))])


def _demand(language: Language) -> ET.Element:
    shown = [
        (
            '"older" >= 200',
            say("map.class.from", language, low=200),
            _marker("circle", "#404040", 3.6),
        ),
        (
            '"older" >= 50 AND "older" < 200',
            say("map.class.between", language, low=50, high=200),
            _marker("circle", "#404040", 2.4),
        ),
        (
            '"older" < 50',
            say("map.class.below", language, high=50),
            _marker("circle", "#404040", 1.4),
        ),
        ('"older" IS NULL', say("map.class.withheld", language), _marker("cross", "#909090", 1.4)),
    ]
    return _rules(shown)


def _findings(language: Language) -> ET.Element:
    cases = [
        (
            f"\"severity\" = '{severity}'",
            say(f"table.severity.{severity}", language),
            _marker("pentagon", colour, 3.4),
        )
        for severity, colour in _SEVERITY.items()
    ]
    return _rules(cases)


def _rules(cases: list[tuple[str, str, ET.Element]]) -> ET.Element:
    renderer = ET.Element(
        "renderer-v2", type="RuleRenderer", symbollevels="0", enableorderby="0", forceraster="0"
    )
    rules = ET.SubElement(renderer, "rules", key="root")
    symbols = ET.SubElement(renderer, "symbols")
    for at, (rule, label, symbol) in enumerate(cases):
        ET.SubElement(rules, "rule", key=f"rule{at}", symbol=str(at), filter=rule, label=label)
        symbol.set("name", str(at))
        symbols.append(symbol)
    return renderer


def _fill(colour: str, style: str = "solid") -> ET.Element:
    symbol = ET.Element("symbol", type="fill", alpha="0.85", clip_to_extent="1", force_rhr="0")
    options = {
        "color": _rgba(colour) if style == "solid" else _rgba("#8c8c8c"),
        "style": style,
        "outline_color": _rgba("#7a7a7a"),
        "outline_style": "solid",
        "outline_width": "0.1",
        "outline_width_unit": "MM",
    }
    return _layer(symbol, "SimpleFill", options)


def _outline(colour: str, line: str, width_mm: float) -> ET.Element:
    symbol = ET.Element("symbol", type="fill", alpha="1", clip_to_extent="1", force_rhr="0")
    options = {
        "color": _rgba(colour, 20),
        "style": "solid",
        "outline_color": _rgba(colour),
        "outline_style": line,
        "outline_width": f"{width_mm:g}",
        "outline_width_unit": "MM",
    }
    return _layer(symbol, "SimpleFill", options)


def _marker(shape: str, colour: str, size_mm: float) -> ET.Element:
    symbol = ET.Element("symbol", type="marker", alpha="1", clip_to_extent="1", force_rhr="0")
    options = {
        "color": _rgba(colour),
        "name": _MARKERS.get(shape, shape),
        "outline_color": _rgba("#ffffff" if shape != "cross" else colour),
        "outline_style": "solid",
        "outline_width": "0.3",
        "outline_width_unit": "MM",
        "size": f"{size_mm:g}",
        "size_unit": "MM",
    }
    return _layer(symbol, "SimpleMarker", options)


def _layer(symbol: ET.Element, kind: str, options: dict[str, str]) -> ET.Element:
    """Write the options twice: QGIS before 3.26 reads `prop`, later ones `Option`."""
    layer = ET.SubElement(
        symbol, "layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"}
    )
    holder = ET.SubElement(layer, "Option", type="Map")
    for key, value in options.items():
        ET.SubElement(holder, "Option", type="QString", name=key, value=value)
    for key, value in options.items():
        ET.SubElement(layer, "prop", k=key, v=value)
    return symbol


def _labels(field: str, size_pt: int) -> ET.Element:
    labeling = ET.Element("labeling", type="simple")
    settings = ET.SubElement(labeling, "settings", calloutType="simple")
    ET.SubElement(
        settings,
        "text-style",
        fieldName=field,
        fontSize=str(size_pt),
        fontWeight="75",
        textColor=_rgba(SITE),
        isExpression="0",
    )
    ET.SubElement(settings, "placement", placement="1", quadOffset="2", xOffset="2", yOffset="-2")
    return labeling


def _rgba(colour: str, alpha: int = 255) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"{red},{green},{blue},{alpha}"
