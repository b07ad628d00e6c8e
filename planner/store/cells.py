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
_PLAIN = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{0,12})?")
_PLAIN_LINES = re.compile(rf"(?:(?:{_PLAIN.pattern})?\n)*")
_LARGEST_EXACT = 2.0**53
_RUN = 4096

ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+?\d+")  # what a spreadsheet makes of a long code


class Formula(str):
    """A formula whose result a workbook does not keep; in a text file = is a letter like others."""

    __slots__ = ()


def is_blank(value: object) -> bool:
    """Return whether a cell holds nothing."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def as_text(value: object) -> str:
    """Return a cell as text: whole numbers without decimals, dates as ISO, '' for nothing."""
    if type(value) is str:
        return value.strip()
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
    if type(value) is str and value.isascii() and value.isalnum():
        return value
    text = unicodedata.normalize("NFKC", as_text(value)).strip()
    whole = _WHOLE.match(text)
    return whole[1] if whole else text


def as_number(value: object) -> float | None:  # noqa: PLR0911  a line per kind of cell
    """Return a cell as a number, NaN for nothing, `None` where it is not a number."""
    if is_blank(value):
        return float("nan")
    if isinstance(value, bool | np.bool_):
        return None
    if isinstance(value, int | float | np.integer | np.floating):
        try:
            number = float(value)
        except OverflowError:
            return None
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
    numbers, odd = plain_numbers(values)
    bad: list[int] = []
    for i in odd:
        number = as_number(values[i])
        if number is None:
            bad.append(i)
        else:
            numbers[i] = number
    return numbers, bad


def plain_numbers(values: Sequence[Any] | NDArray[Any]) -> tuple[NDArray[np.float64], list[int]]:
    """Return the numbers of a column that are written plainly, and where something else stands.

    Whole runs of plain cells are read at once, so that odd ones alone cost time.

    Parameters
    ----------
    values
        Cells, shape (n,).

    Returns
    -------
    tuple
        Numbers with NaN for empty and odd cells, shape (n,); positions of the odd ones,
        ascending.
    """
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiu":
        numbers = values.astype(np.float64)
        infinite = np.isinf(numbers)
        numbers[infinite] = np.nan
        return numbers, [int(i) for i in np.flatnonzero(infinite)]
    numbers = np.full(len(values), np.nan)
    odd: list[int] = []
    for begin in range(0, len(values), _RUN):
        run = list(values[begin : begin + _RUN])
        part = _plain_run(run)
        if part is not None:
            numbers[begin : begin + len(run)] = part
            continue
        for i, value in enumerate(run, start=begin):
            number = _plain(value)
            if number is None:
                odd.append(i)
            else:
                numbers[i] = number
    return numbers, odd


def _plain_run(run: list[Any]) -> NDArray[np.float64] | None:
    kinds = set(map(type, run))
    if kinds <= {float, int}:
        try:
            numbers = np.array(run, np.float64)
        except OverflowError:
            return None
        return None if np.isinf(numbers).any() else numbers
    if kinds <= {str} and _PLAIN_LINES.fullmatch("\n".join([*run, ""])):
        return np.array([float(text) if text else np.nan for text in run])
    return None


def _plain(value: object) -> float | None:
    if is_blank(value):
        return float("nan")
    if isinstance(value, str):
        text = value.strip()  # of more signs than float() takes off itself
        return float(text) if _PLAIN.fullmatch(text) else None
    return as_number(value)
