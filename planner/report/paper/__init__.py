"""The map on paper: PNG and PDF without a browser, the same colours and legend as the page."""

import warnings
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import PdfPages

from planner.model.outcome import Outcome
from planner.model.scenario import Language
from planner.report.paper.fonts import letters
from planner.report.paper.ground import Ground
from planner.report.paper.sheet import draw_sheet
from planner.report.paper.site_cards import draw_site_card
from planner.report.published import Published, publish
from planner.report.writing import replace_file

_DPI = 150


def write_paper(outcome: Outcome, path: Path, *, language: Language) -> None:
    """Write the map as a PNG, or as a PDF with one more page for every proposed site.

    Parameters
    ----------
    outcome
        What a run found.
    path
        File to write, ending in .png or .pdf; replaced as a whole or left as it was.
    language
        Of the words on it.

    Raises
    ------
    OutputError
        If the file cannot be written, or no font knows the language.
    """
    shown = publish(outcome)
    with letters(language), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        ground = Ground(outcome, shown)
        replace_file(path, lambda fresh: _write(outcome, shown, ground, fresh, language))


def _write(
    outcome: Outcome, shown: Published, ground: Ground, path: Path, language: Language
) -> None:
    sheet = draw_sheet(outcome, shown, ground, language)
    if path.suffix.lower() == ".png":
        FigureCanvasAgg(sheet).print_png(  # type: ignore[no-untyped-call]
            path, metadata={"Software": None}, pil_kwargs={"optimize": True}
        )
        return
    no_clock = {"CreationDate": None, "Producer": None, "Creator": "facility-coverage-planner"}
    with PdfPages(path, metadata=no_clock) as pages:
        pages.savefig(sheet)
        for at in range(len(outcome.plan.picks)):
            pages.savefig(draw_site_card(outcome, shown, ground, at, language))
