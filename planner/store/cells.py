"""From what stands in a cell to a text, a code or a number; nothing is guessed."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$")
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$")
_WHOLE = re.compile(r"^(\d+)\.0+$")
_LARGEST_EXACT = 2.0**53


def is_blank(value: object) -> bool:
    """Return whether a cell holds nothing."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def as_text(value: object) -> str:
    """Return a cell as text: whole numbers without decimals, dates as ISO, '' for nothing."""
    if is_blank(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        number = float(value)
        whole = number.is_integer() and abs(number) < _LARGEST_EXACT
        return str(int(number)) if whole else repr(number)
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value).strip()


def as_code(value: object) -> str:
    """Return a cell as a code: half-width, no spaces, no '.0' of a spreadsheet."""
    text = unicodedata.normalize("NFKC", as_text(value)).strip()
    whole = _WHOLE.match(text)
    return whole[1] if whole else text


def as_number(value: object) -> float | None:
    """Return a cell as a number, NaN for nothing, `None` where it is not a number."""
    if is_blank(value):
        return float("nan")
    if isinstance(value, bool | np.bool_):
        return None
    if isinstance(value, int | float | np.integer | np.floating):
        number = float(value)
        return number if np.isfinite(number) else None
    if not isinstance(value, str):
        return None
    text = unicodedata.normalize("NFKC", value).strip()
    if _THOUSANDS.match(text):
        text = text.replace(",", "")
    if not _NUMBER.match(text):
        return None
    number = float(text)
    return number if np.isfinite(number) else None


def as_numbers(values: Sequence[Any] | NDArray[Any]) -> tuple[NDArray[np.float64], list[int]]:
    """Return a column as numbers, with the positions of what is not a number.

    Parameters
    ----------
    values
        Cells, shape (n,).

    Returns
    -------
    tuple
        Numbers with NaN for empty and unreadable cells, shape (n,); positions of the
        unreadable ones, ascending.
    """
    numbers = np.full(len(values), np.nan)
    bad: list[int] = []
    for i, value in enumerate(values):
        number = as_number(value)
        if number is None:
            bad.append(i)
        else:
            numbers[i] = number
    return numbers, bad
