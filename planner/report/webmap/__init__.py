"""``map.html`` and the page of several scenarios: one file each, without any request."""

from planner.model.outcome import Outcome
from planner.model.scenario import Language
from planner.report.published import Published
from planner.report.together import Together
from planner.report.webmap.comparing import comparison_data
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
    return page_html(islands, bounds=geometry.bounds)


def draw_comparison(together: Together, *, language: Language) -> str:
    """Return one page that holds several scenarios.

    Communities are drawn from the first scenario's shapes and joined to the others by code; what
    differs between the lists is told on the page.

    Parameters
    ----------
    together
        The scenarios and what may be shown of them side by side.
    language
        Language the page opens in; both are inside.

    Returns
    -------
    str
        HTML; the same outcomes give the same text (law 10).
    """
    geometry = page_geometry(*together.outcomes)
    islands = {
        "planner-data": comparison_data(together, language),
        "planner-geometry": geometry.island,
    }
    return page_html(islands, bounds=geometry.bounds)
