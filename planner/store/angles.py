"""Angles written in degrees, minutes and seconds."""

import re
import unicodedata

_DEGREE, _MINUTE, _SECOND = "°º˚度", "′'‘’`分", '″"“”秒'
_ANGLE = re.compile(
    rf"(?P<before>[NSEW]|东经|西经|北纬|南纬)?:?(?P<degrees>\d{{1,3}})[{_DEGREE}]"
    rf"(?:(?P<minutes>\d{{1,2}}(?:\.\d+)?)[{_MINUTE}]"
    rf"(?:(?P<seconds>\d{{1,2}}(?:\.\d+)?)(?:[{_SECOND}]|[{_MINUTE}]{{2}})?)?)?"
    r"(?P<behind>[NSEW])?"
)
_BACKWARD = ("W", "S", "西经", "南纬")


def angle_of(value: object) -> float | None:
    """Return degrees of a text with degrees, minutes and seconds, `None` where it is none.

    ``123°45′30″``, ``东经123度45分30秒`` and ``123°45.5'E`` all are 123.758333; full-width forms
    count.
    """
    if not isinstance(value, str):
        return None
    text = "".join(c if c in _DEGREE + _SECOND else unicodedata.normalize("NFKC", c) for c in value)
    match = _ANGLE.fullmatch("".join(text.split()).upper())
    if match is None:
        return None
    degrees, minutes, seconds = (float(match[k] or 0) for k in ("degrees", "minutes", "seconds"))
    fraction = "." in (match["minutes"] or "") and match["seconds"] is not None
    if minutes >= 60 or seconds >= 60 or degrees > 180 or fraction:
        return None
    size = degrees + minutes / 60 + seconds / 3600
    return -size if {match["before"], match["behind"]} & set(_BACKWARD) else size
