"""``map.html``: one file for the meeting, without any request to a network."""

from planner.model.outcome import Outcome
from planner.model.scenario import Language
from planner.report.published import Published
from planner.report.webmap.basemap import choose_basemap
from planner.report.webmap.content import page_data
from planner.report.webmap.geometry import page_geometry
from planner.report.webmap.shell import page_html


def draw_map(outcome: Outcome, shown: Published, *, language: Language) -> str:
    """Return the map page.

    Parameters
    ----------
    outcome
        What a run found.
    shown
        The counts that may be shown.
    language
        Language the page opens in; both are inside.

    Returns
    -------
    str
        HTML; the same outcome gives the same text (law 10).
    """
    geometry = page_geometry(outcome)
    islands = {
        "planner-data": page_data(outcome, shown, language),
        "planner-geometry": geometry.island,
    }
    base = choose_basemap(outcome.scenario.map)
    islands["planner-data"]["basemap"] = base
    return page_html(islands, bounds=geometry.bounds, image_host=base["host"] if base else "")
