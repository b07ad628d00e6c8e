"""Dates as they stand in tables: typed, as texts, or as the serial numbers of a spreadsheet."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from functools import lru_cache

from planner.store.cells import as_text

_EPOCH = date(1899, 12, 30)
_FIRST, _LAST = 18264, 73051  # 1950 to 2099
_WRITTEN = re.compile(
    r"(?P<year>(?:19|20)\d\d)(?:[-/.年](?P<month>\d{1,2})(?:[-/.月](?P<day>\d{1,2})日?)?月?|年)?"
    r"(?:[t ]\d{1,2}:\d{2}.*)?"
)
_DIGITS = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")


def date_of(value: object) -> date | None:
    """Return the date in a cell, `None` where there is none.

    ``2023-12-31``, ``2023/12/31``, ``2023.12.31``, ``2023年12月31日`` and ``20231231`` are dates;
    ``2023年12月`` and ``2023`` are taken as their first day. Serial numbers are not read here.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        text = as_text(value)
        return _of_text(text) if text.isdecimal() else None  # 2023.1 may be October
    return _of_text(value) if isinstance(value, str) else None


def date_of_serial(value: object) -> date | None:
    """Return the date of a spreadsheet's serial number, `None` where it cannot be one."""
    if isinstance(value, str) and re.fullmatch(r"\d{5}(\.\d+)?", value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _EPOCH + timedelta(days=int(value)) if _FIRST <= value < _LAST else None


@lru_cache(maxsize=4096)
def _of_text(text: str) -> date | None:
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    match = _WRITTEN.fullmatch(re.sub(r"\s*([年月日/.-])\s*", r"\1", plain))
    parts = match.groups() if match else ()
    if not parts and (digits := _DIGITS.fullmatch(plain)):
        parts = digits.groups()
    try:
        return date(*(int(part or 1) for part in parts)) if parts else None
    except ValueError:
        return None
