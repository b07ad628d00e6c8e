"""Letters for paper: a font of the machine that knows Chinese, or a clear refusal."""

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib as mpl
from matplotlib import font_manager

from planner.errors import OutputError
from planner.model.finding import Finding, Severity
from planner.model.scenario import Language

# as office machines have them: Windows, macOS, Linux
_CHINESE = (
    "Microsoft YaHei", "SimHei", "DengXian", "PingFang SC", "Hiragino Sans GB", "Heiti SC",
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback", "Noto Serif CJK SC",
    "Noto Serif CJK JP", "SimSun",
)  # fmt: skip


def chinese_font() -> str | None:
    """Return the name of a font with Chinese characters that this machine has, or `None`."""
    known = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in _CHINESE if name in known), None)


@contextmanager
def letters(language: Language) -> Iterator[None]:
    """Draw with a font that knows the language; names are never read as formulas.

    Raises
    ------
    OutputError
        If the language is Chinese and no font of this machine knows it.
    """
    found = chinese_font()
    if found is None and language == "zh":
        finding = Finding(rule="paper.no_font", severity=Severity.ERROR, found=", ".join(_CHINESE))
        raise OutputError("no font on this machine knows Chinese", [finding])
    with mpl.rc_context(
        {
            "font.family": [*([found] if found else []), "DejaVu Sans"],
            "text.parse_math": False,
            "axes.unicode_minus": False,
            "pdf.fonttype": 42,
            "hatch.linewidth": 0.4,
        }
    ):
        yield


def shorten(text: str, width_em: float) -> str:
    """Return a text no wider than so many of its own heights, its end left out if need be."""
    room = width_em
    for at, character in enumerate(text):
        room -= 1.0 if ord(character) > 0x2E80 else 0.56
        if room < 0:
            return text[: max(0, at - 1)] + "…"
    return text
