"""Changes of codes and names from one list to the next, shipped with the planner.

Reads the committed lists and writes what changed between each list and the following one; run
``python -m making.vintages`` in ``data``. The matching is that of `committees.build_concordance`.
"""

import csv
from collections import Counter
from itertools import pairwise
from pathlib import Path

from making.committees import Committee, build_concordance, read_committees

HERE = Path(__file__).resolve().parents[1]
WRITTEN = HERE.parent / "planner/standards/unit_changes_benxi.csv"
LISTS = {  # cut-off date of each list
    "2017-10-31": "committees_2017.csv",
    "2019-10-31": "committees_2019.csv",
    "2020-06-30": "committees_2020.csv",
    "2021-10-31": "committees_2021.csv",
    "2023-06-30": "committees_2023.csv",
}
HEADER = ("from", "to", "code", "name", "new_code", "new_name", "change")

Row = tuple[str, ...]


def committee_changes(old: list[Committee], new: list[Committee]) -> list[Row]:
    """Return every committee and what became of it: code, name, new ones, change."""
    words = {"merged-or-lost": "lost"}
    return [(*row[:4], words.get(row[4], row[4])) for row in build_concordance(old, new)]


def town_changes(old: list[Committee], new: list[Committee]) -> list[Row]:
    """Return every township and what became of it, by where its committees went.

    ``merged`` went whole into one other, ``split`` into several (one row each), ``lost`` into
    none that can be told.
    """
    names_old = {one.township: one.township_name for one in old}
    names_new = {one.township: one.township_name for one in new}
    went: dict[str, Counter[str]] = {}
    for code, _, new_code, _, change, _ in build_concordance(old, new):
        if change in {"recoded", "renamed", "unchanged"}:
            went.setdefault(code[:9], Counter())[new_code[:9]] += 1
    rows: list[Row] = []
    for code, name in sorted(names_old.items()):
        if code in names_new:
            change = "unchanged" if names_new[code] == name else "renamed"
            rows.append((code, name, code, names_new[code], change))
            continue
        heirs = sorted(went.get(code, ()))
        change = "merged" if len(heirs) == 1 else "split" if heirs else "lost"
        rows += [(code, name, heir, names_new[heir], change) for heir in heirs or ()]
        if not heirs:
            rows.append((code, name, "", "", change))
    rows += [
        ("", "", code, names_new[code], "new") for code in sorted(set(names_new) - set(names_old))
    ]
    return rows


def build_changes(folder: Path) -> list[Row]:
    """Return the rows of `HEADER` for all committed lists in a folder, by date and code.

    The step in which the number of townships changes, 2019 to 2020, is listed whole, so that every
    unit of any list stands in the table; the others by their changes.
    """
    lists = {day: read_committees(folder / name) for day, name in LISTS.items()}
    days = sorted(lists)
    rows: list[Row] = []
    for before, after in pairwise(days):
        old, new = lists[before], lists[after]
        towns, units = town_changes(old, new), committee_changes(old, new)
        whole = {one.township for one in old} != {one.township for one in new}
        told = [row for row in (*towns, *units) if whole or row[-1] != "unchanged"]
        rows += [(before, after, *row) for row in told]
    return rows


def main() -> None:
    """Write the shipped table."""
    with WRITTEN.open("w", encoding="utf-8", newline="") as file:
        made = csv.writer(file, lineterminator="\n")
        made.writerow(HEADER)
        made.writerows(build_changes(HERE / "boundaries"))


if __name__ == "__main__":
    main()
