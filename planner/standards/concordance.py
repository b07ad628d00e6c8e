"""The concordance of unit codes shipped with the planner."""

import csv
from datetime import date
from functools import cache
from importlib import resources

from planner.model.concordance import Became, Change, Concordance

_TABLES = ("unit_changes_benxi.csv",)


@cache
def read_concordance() -> Concordance:
    """Return the changes of townships and committees between the lists in ``NOTICE``.

    Returns
    -------
    Concordance
        Computed from the lists, not an official table: Benxi, 2017 to 2023.
    """
    changes = []
    for name in _TABLES:
        text = (resources.files(__package__) / name).read_text(encoding="utf-8")
        changes += [
            Change(
                old_date=date.fromisoformat(row["from"]),
                new_date=date.fromisoformat(row["to"]),
                code=row["code"],
                name=row["name"],
                new_code=row["new_code"],
                new_name=row["new_name"],
                became=Became(row["change"]),
            )
            for row in csv.DictReader(text.splitlines())
        ]
    return Concordance(tuple(sorted(changes, key=lambda c: (str(c.new_date), c.code, c.new_code))))
