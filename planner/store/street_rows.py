"""What the columns of a road layer say of each row: kind, level, whether one walks there."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.model.finding import Finding, Severity
from planner.model.network import WayKind
from planner.store.cells import as_number
from planner.store.columns import kinds_of, normal
from planner.store.records import Records
from planner.store.walkable import walkable

_LEVELS = ("kind", "bridge", "tunnel", "level")


class StreetRows(NamedTuple):
    """What each row of a road layer is.

    Parameters
    ----------
    kind
        `WayKind`, int8, shape (n,).
    level
        Level the street lies on, 0 the ground, int64, shape (n,).
    left_out
        Why nobody walks there: a kind of ``not_walked``, ``foot``, or '' where one does, (n,).
    tells_levels
        Whether any column can tell bridges and tunnels from streets.
    lived_on
        Whether people live along it, shape (n,).
    """

    kind: NDArray[np.int8]
    level: NDArray[np.int64]
    left_out: NDArray[np.str_]
    tells_levels: bool
    lived_on: NDArray[np.bool_]


def read_street_rows(records: Records) -> tuple[StreetRows, tuple[Finding, ...]]:
    """Read the columns of a road layer.

    Parameters
    ----------
    records
        The rows of the layer.

    Returns
    -------
    tuple
        The rows, and notices of words nobody understands. A bridge or tunnel without a level of
        its own lies one above or below the ground.
    """
    kind, closed, unknown = _kinds(records)
    bridge, tunnel = (_said(records, field) for field in ("bridge", "tunnel"))
    plain = kind != WayKind.STEPS
    kind[plain & tunnel] = WayKind.TUNNEL
    kind[plain & bridge] = WayKind.BRIDGE
    level, faults = _levels(records)
    level[(level == 0) & (kind == WayKind.BRIDGE)] = 1
    level[(level == 0) & (kind == WayKind.TUNNEL)] = -1
    foot = [normal(text) for text in records.texts("foot")]
    rules, answers = walkable().sets, kinds_of("yes_no")
    yes = np.array([w in rules["foot_yes"] or answers.get(w) == "yes" for w in foot], np.bool_)
    no = np.array([w in rules["foot_no"] or answers.get(w) == "no" for w in foot], np.bool_)
    sidewalk = _said(records, "sidewalk")
    left_out = np.where(yes | sidewalk, "", closed)
    left_out = np.where(no, "foot", left_out)
    tells = any(field in records.at for field in _LEVELS)
    homes = [normal(text) in rules["homes"] for text in records.texts("kind")]
    lived_on = np.array(homes, np.bool_) & (kind == WayKind.STREET)
    return StreetRows(kind, level, left_out, tells, lived_on), (*unknown, *faults)


def _said(records: Records, field: str) -> NDArray[np.bool_]:
    """Return where a column says anything but no."""
    answers = kinds_of("yes_no")
    texts = records.texts(field)
    return np.array([bool(t) and answers.get(normal(t)) != "no" for t in texts], np.bool_)


def _kinds(
    records: Records,
) -> tuple[NDArray[np.int8], NDArray[np.str_], tuple[Finding, ...]]:
    """Return kind, reason not to walk, and notices of unknown words."""
    words, closed, rules = kinds_of("way_kind"), kinds_of("not_walked"), walkable()
    kinds = np.full(len(records), WayKind.STREET, np.int8)
    reasons = [""] * len(records)
    unknown: dict[str, list[int]] = {}
    for i, text in enumerate(records.texts("kind")):
        word = normal(text)
        if word in words:
            kinds[i] = WayKind[words[word].upper()]
        elif word in closed:
            reasons[i] = closed[word]
        elif text.lower() in rules.sets["path"]:
            kinds[i] = WayKind.PATH
        elif text.lower() in rules.sets["only_if_said"] | rules.sets["never"]:
            reasons[i] = "other"
        elif text and text.lower() not in rules.sets["street"]:
            unknown.setdefault(text, []).append(i)
    findings = tuple(
        records.table.fault(
            "streets.unknown_kind",
            Severity.NOTICE,
            at=rows[0],
            column=records.header("kind"),
            found=text,
            count=str(len(rows)),
        )
        for text, rows in unknown.items()
    )
    return kinds, np.array(reasons, np.str_), findings


def _levels(records: Records) -> tuple[NDArray[np.int64], tuple[Finding, ...]]:
    level = np.zeros(len(records), np.int64)
    bad: list[int] = []
    texts = records.texts("level")
    for i, text in enumerate(texts):
        number = as_number(text)
        if number is None or (np.isfinite(number) and not number.is_integer()):
            bad.append(i)
        elif np.isfinite(number):
            level[i] = int(np.clip(number, -99, 99))
    if not bad:
        return level, ()
    fault = records.table.fault(
        "streets.unknown_level",
        Severity.WARNING,
        at=bad[0],
        column=records.header("level"),
        found=texts[bad[0]],
        count=str(len(bad)),
    )
    return level, (fault,)
