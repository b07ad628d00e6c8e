"""What all workbooks share: a fixed clock, text that is never a formula, widths, type."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

FONT = {"font_name": "Microsoft YaHei", "font_size": 10}
LONGEST = 32_000  # Excel holds 32,767 characters in a cell
_CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_WIDEST = 60
_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}


@contextmanager
def open_book(path: Path, title: str) -> Iterator[Any]:
    """Open a workbook to write; it carries no clock (law 10).

    Parameters
    ----------
    path
        File to write.
    title
        Title among its properties.
    """
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        book.set_properties({"title": title[:255], "created": _CREATED})
        yield book


def column_width(head: str, cells: Sequence[object], *, widest: int = _WIDEST) -> int:
    """Return the width of a column; a Chinese character counts two."""
    longest = max((letters(str(cell)) for cell in cells[:500] if cell is not None), default=0)
    return int(min(widest, max(9, letters(head) + 4, longest + 2)))


def letters(text: str) -> int:
    """Return how many narrow letters wide a text is."""
    return sum(2 if ord(c) > 0x2E80 else 1 for c in text)
