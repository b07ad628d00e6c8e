"""One demand point explained in words and as a line, and a range of shares in words."""

import json
import math
from pathlib import Path
from typing import Any

import shapely

from planner.errors import OutputError
from planner.model.explanation import Explanation
from planner.model.finding import Finding, Severity
from planner.model.outcome import Spread
from planner.model.scenario import Language
from planner.report.plain import plain
from planner.report.words import say


def explanation_text(told: Explanation, language: Language, *, max_access_m: float) -> str:
    """Return what is to be said of a demand point, a line each.

    Parameters
    ----------
    told
        The explanation.
    language
        Of the words.
    max_access_m
        Farthest distance from a point to its street.
    """
    reason = say(f"reason.{told.reason}", language)
    name = plain(told.name)
    lines = [say("why.point", language, point=plain(told.point), name=name, reason=reason)]
    if told.route is None:
        lines.append(say("why.no_way", language))
    else:
        lines.append(
            say(
                "why.facility",
                language,
                name=plain(told.facility_name),
                facility=plain(told.facility),
                minutes=_number(told.minutes, 1),
                limit=f"{told.limit_min:g}",
                speed=f"{told.speed_mps:.3g}",
                direction=say(f"why.direction.{told.direction}", language),
            )
        )
        lines.append(
            say(
                "why.route",
                language,
                route=_number(told.route_m),
                access=_number(told.access_m),
                facility_access=_number(told.facility_access_m),
                flat=_number(told.minutes_flat, 1),
            )
        )
    lines.append(
        say(
            f"why.change.{told.reason}",
            language,
            max_access=_number(max_access_m),
            excess=_up(told.excess_m),
            flat=_number(told.minutes_flat, 1),
            needed="-" if told.needed_mps is None else f"{math.ceil(told.needed_mps * 100) / 100}",
        )
    )
    return "\n".join(lines)


def _number(value: float | None, places: int = 0) -> str:
    return "-" if value is None else f"{value:,.{places}f}"


def _up(value: float | None) -> str:
    return "-" if value is None else f"{math.ceil(value):,}"


def write_route(told: Explanation, path: Path) -> None:
    """Write the demand point's route as GeoJSON (RFC 7946), one feature.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    properties = {
        "point": told.point,
        "name": told.name,
        "reason": told.reason.value,
        "facility": told.facility,
        "facility_name": told.facility_name,
        "minutes": _rounded(told.minutes, 2),
        "minutes_flat": _rounded(told.minutes_flat, 2),
        "limit_min": told.limit_min,
        "speed_mps": told.speed_mps,
        "direction": told.direction,
        "route_m": _rounded(told.route_m, 1),
    }
    shape: dict[str, Any] | None = None
    if told.route is not None:
        places = shapely.get_coordinates(told.route).round(7).tolist()
        shape = {"type": "LineString", "coordinates": places}
    feature = {"type": "Feature", "properties": properties, "geometry": shape}
    document = {"type": "FeatureCollection", "features": [feature]}
    try:
        path.write_text(json.dumps(document, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        finding = Finding(
            rule="output.unwritable",
            severity=Severity.ERROR,
            source=path.name,
            found=error.strerror or type(error).__name__,
            values=(("folder", str(path)),),
        )
        raise OutputError(f"cannot write {path}: {error}", [finding]) from error


def _rounded(value: float | None, places: int) -> float | None:
    return None if value is None else round(value, places)


def spread_text(spread: Spread, language: Language) -> str:
    """Return a share with its range, such as ``47 % (41–52 %)``; ``-`` where nobody is counted."""
    if math.isnan(spread.central):
        return "-"
    low, central, high = (f"{100 * v:.0f}" for v in (spread.low, spread.central, spread.high))
    return say("spread.text", language, low=low, central=central, high=high)
