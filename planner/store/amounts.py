"""Numbers as people write them: with a unit, about, a range, in full-width or Chinese digits."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from planner.model.finding import Severity
from planner.store.cells import as_number, as_text, is_blank

ERROR, WARNING, NOTICE = Severity.ERROR, Severity.WARNING, Severity.NOTICE
NOT_A_NUMBER = "table.not_a_number"

_NAN = float("nan")
_NOTHING = frozenset(
    ["无", "-", "--", "—", "——", "–", "/", "\\", "...", "......", "*", "**", "不详", "暂无", "未知",
     "待定", "不明", "无数据", "未统计", "暂缺", "缺", "空", "nan", "null", "none", "na", "n/a",
     "unknown"]
)  # fmt: skip
_FORMULA = re.compile(r"=\s*[-+]?(?:[A-Za-z][\w.]*\(|\$?[A-Za-z]{1,3}\$?\d|'|\d|\(|[^=]*!)")
_EXCEL_ERROR = re.compile(
    r"#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)"
)
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_NUMBER = r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:e[+-]?\d+)?"
_WRITTEN = re.compile(
    rf"(?P<about>约为?|大约|大概|将近|接近|近|估计|~|≈|about|approx\.?|ca\.?)?(?P<number>{_NUMBER})"
    r"(?P<more>多|余|来)?(?P<times>[十百千万亿])?(?P<more2>多|余)?"
    r"(?P<unit>[^\d+.,]*?|m2|m3|km2)(?P<tail>左右|上下|许|多|余)?"
)
_BETWEEN = re.compile(rf"{_NUMBER}\D{{0,4}}?(?:-|~|—|–|至|到){_NUMBER}\D{{0,4}}")
_BOUND = re.compile(
    rf"(?:[<>≤≥]=?|不少于|不低于|不超过|不足|超过|超|至少|最多|大于|小于|多于|少于){_NUMBER}\D{{0,4}}"
    rf"|{_NUMBER}\D{{0,4}}(?:以上|以下|以内|\+)"
)
_SHARE = re.compile(rf"{_NUMBER}(?:%|‰)")
_SIDES = re.compile(r"^(?:东经|北纬|[en])|[en]$")
_TIMES = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {
    c: i for i, c in enumerate("〇壹贰叁肆伍陆柒捌玖")
} | {"两": 2}  # fmt: skip
_STEPS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_FOREIGN = frozenset(
    ["亩", "公顷", "ha", "平方公里", "km2", "平方千米", "元", "万元", "间", "栋", "套", "个", "米",
     "m", "层", "座", "家", "处", "m3", "人次", "天", "年", "岁"]
)  # fmt: skip
_LONGEST = 60
_LEAP = 60  # the 29th of February 1900, which only spreadsheets know
_EPOCH = date(1899, 12, 30)


class Amount(NamedTuple):
    """What a cell says.

    Parameters
    ----------
    value
        The number, NaN for nothing and for what cannot be read.
    rule
        What is to be told about it, '' for a plain number.
    severity
        How bad that is.
    expected
        What it was read as, or what it should be.
    proposed
        What a corrected cell would hold, `None` where only a person can say.
    """

    value: float
    rule: str = ""
    severity: Severity = NOTICE
    expected: str = ""
    proposed: str | None = None


def read_amount(value: object, units: Sequence[str] = ()) -> Amount:  # noqa: PLR0911  a line per kind
    """Return the number a cell states; nothing is guessed and nothing is changed in silence.

    Parameters
    ----------
    value
        The cell.
    units
        Units that say no more than the header does.
    """
    if is_blank(value):
        return Amount(_NAN)
    if isinstance(value, datetime | date | time | timedelta):
        return Amount(_NAN, "cell.date", ERROR, _serial(value))
    if not isinstance(value, str):
        number = as_number(value)
        return Amount(_NAN, NOT_A_NUMBER, ERROR) if number is None else Amount(number)
    trouble = trouble_of(value)
    if trouble:
        return Amount(_NAN, trouble, ERROR)
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", value)).strip()
    if is_nothing(plain):
        return Amount(_NAN, "cell.none", NOTICE, proposed="")
    if len(plain) > _LONGEST:
        return Amount(_NAN, NOT_A_NUMBER, ERROR)
    text = _compact(plain).casefold()
    number = as_number(text)
    if number is not None:
        return _tidied(value, text, number)
    return _worded(text, tuple(_compact(unicodedata.normalize("NFKC", u)) for u in units))


def trouble_of(text: str) -> str:
    """Return the rule of a cell that a spreadsheet left without a value, '' for any other."""
    bare = text.strip()
    if bare.startswith("#") and _EXCEL_ERROR.fullmatch(bare.upper()):
        return "cell.excel_error"
    return "cell.formula" if _FORMULA.match(bare) else ""


def is_nothing(text: str) -> bool:
    """Return whether a text says that there is nothing to say."""
    return text.strip().casefold() in _NOTHING


def shown(number: float) -> str:
    """Return a number as a corrected cell would hold it."""
    return as_text(round(number, 10))


def _serial(value: date | time | timedelta) -> str:
    """Return the number a spreadsheet keeps for a date."""
    if isinstance(value, date):
        days = (date(value.year, value.month, value.day) - _EPOCH).days
        return str(days if days > _LEAP else days - 1)
    return "—"


def _compact(text: str) -> str:
    """Return `text` without spaces, except where they part two numbers."""
    if re.search(r"\d\s+\d", text) and not re.fullmatch(r"\d{1,3}(\s\d{3})+(\.\d+)?", text):
        return text
    return re.sub(r"\s+", "", text).removeprefix("'")


def _tidied(value: str, text: str, number: float) -> Amount:
    if value.strip() == text or value.strip().casefold() == text:
        return Amount(number) if "," not in text else _told("cell.tidied", NOTICE, number)
    return _told("cell.tidied", NOTICE, number)


def _told(rule: str, severity: Severity, number: float) -> Amount:
    return Amount(number, rule, severity, shown(number), shown(number))


def _worded(text: str, units: tuple[str, ...]) -> Amount:  # noqa: PLR0911  a line per kind
    """Return what a text with more than digits in it says."""
    if _SHARE.fullmatch(text):
        return Amount(_NAN, "cell.share", ERROR)
    if _BETWEEN.fullmatch(text) or _BOUND.fullmatch(text):
        return Amount(_NAN, "cell.range", ERROR)
    if "度" in units:
        text = _SIDES.sub("", text)
    match = _WRITTEN.fullmatch(text)
    if match is None:
        return _in_chinese(text, units)
    unit = match["unit"]
    if unit and unit not in units:
        known = unit in _FOREIGN or (bool(units) and unit.endswith(units))
        rule = "cell.wrong_unit" if known else NOT_A_NUMBER
        return Amount(_NAN, rule, ERROR, " / ".join(units))
    number = as_number(match["number"])
    if number is None:
        return Amount(_NAN, NOT_A_NUMBER, ERROR)
    number *= _TIMES.get(match["times"] or "", 1)
    if match["about"] or match["more"] or match["more2"] or match["tail"]:
        return _told("cell.approximate", WARNING, number)
    if match["times"]:
        return _told("cell.converted", WARNING, number)
    return _told("cell.unit", NOTICE, number)


def _in_chinese(text: str, units: tuple[str, ...]) -> Amount:
    for unit in ("", *units):
        if unit and not text.endswith(unit):
            continue
        number = _numeral(text.removesuffix(unit))
        if number is not None:
            return _told("cell.tidied", NOTICE, float(number))
    return Amount(_NAN, NOT_A_NUMBER, ERROR)


def _numeral(text: str) -> int | None:
    """Return a number written in Chinese characters, `None` where it is none."""
    if not set(text) & {*_DIGITS, *"十拾"} or any(
        c not in _DIGITS and c not in _STEPS and c != "万" for c in text
    ):
        return None
    if all(c in _DIGITS for c in text):
        if 1 < len(text) < 4 and not set(text) & {"〇", "零"}:
            return None  # 二三 is two or three
        return int("".join(str(_DIGITS[c]) for c in text))
    total = part = digit = 0
    before = ""
    for c in text:
        if c in _DIGITS:
            if _DIGITS.get(before):
                return None
            digit = _DIGITS[c]
        elif c in _STEPS:
            part += (digit or 1) * _STEPS[c]
            digit = 0
        else:
            total, part, digit = (part + digit) * 10_000, 0, 0
        before = c
    return total + part + digit if digit == 0 or before in _DIGITS else None
