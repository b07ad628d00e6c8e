"""The real committees: reading the committed lists and the concordance between two of them."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

KINDS = ("居", "村", "其他")
LIST_HEADER = ("代码", "名称", "类别", "乡级代码", "乡级名称", "县级代码", "县级名称")
CHANGE_HEADER = ("代码2020", "名称2020", "代码2023", "名称2023", "变化", "规则")
COUNTIES = {
    "210502": "平山区",
    "210503": "溪湖区",
    "210504": "明山区",
    "210505": "南芬区",
    "210521": "本溪满族自治县",
    "210522": "桓仁满族自治县",
}
# One committee kind per ending, longest first; a typo of the list (居民委会) is one of them.
ENDINGS = (
    "社区居民委员会",
    "社区居民委会",
    "居民委员会",
    "村民委员会",
    "社区居委会",
    "村委会",
    "居委会",
    "社区",
    "村",
)


@dataclass(frozen=True, slots=True, order=True)
class Committee:
    """One row of a list; `kind` follows digits 10-12 of the code."""

    code: str
    name: str
    township: str
    township_name: str

    @property
    def county(self) -> str:
        """Return the county's six digits."""
        return self.code[:6]

    @property
    def kind(self) -> str:
        """Return 居, 村 or 其他."""
        return kind_of(self.code)

    @property
    def stem(self) -> str:
        """Return the name without the words that say what it is."""
        return stem_of(self.name)


def kind_of(code: str) -> str:
    """Return what a 12-digit code stands for: 居 001-199, 村 200-399, 其他 from 400."""
    number = int(code[9:12])
    return KINDS[0] if number < 200 else KINDS[1] if number < 400 else KINDS[2]


def stem_of(name: str) -> str:
    """Return a committee's name without its generic ending."""
    for ending in ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            return name.removesuffix(ending)
    return name


def read_committees(path: Path) -> list[Committee]:
    """Read a committed list, ordered by code.

    Raises
    ------
    ValueError
        If the header is not `LIST_HEADER` or a code stands twice.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    if tuple(rows[0]) != LIST_HEADER:
        raise ValueError(f"{path.name}: header {rows[0]}")
    made = sorted(Committee(row[0], row[1], row[3], row[4]) for row in rows[1:])
    if len({one.code for one in made}) != len(made):
        raise ValueError(f"{path.name}: a code stands twice")
    return made


def _by_stem(rows: list[Committee]) -> dict[tuple[str, str, str], list[Committee]]:
    made: dict[tuple[str, str, str], list[Committee]] = {}
    for one in rows:
        made.setdefault((one.county, one.kind, one.stem), []).append(one)
    return made


def build_concordance(old: list[Committee], new: list[Committee]) -> list[tuple[str, ...]]:
    """Match two lists.

    Rule 1, same code: ``unchanged`` when the names are equal, else ``renamed``. Rule 2, among
    the rest: same county, kind and stem, unique on both sides: ``recoded``. Left of the old
    list: ``merged-or-lost``; left of the new list: ``new``. Recoded or renamed units of one
    stem that stay ambiguous are left unmatched rather than guessed.

    Returns
    -------
    list of tuple
        Rows for `CHANGE_HEADER`, by old code, then new code.
    """
    at_new = {one.code: one for one in new}
    rows: list[tuple[str, ...]] = []
    left_old = []
    for one in old:
        same = at_new.pop(one.code, None)
        if same is None:
            left_old.append(one)
        else:
            change = "unchanged" if same.name == one.name else "renamed"
            rows.append((one.code, one.name, same.code, same.name, change, "code"))
    stems_old, stems_new = _by_stem(left_old), _by_stem(list(at_new.values()))
    for key, group in stems_old.items():
        match = stems_new.get(key, [])
        if len(group) == len(match) == 1:
            one, other = group[0], match[0]
            del at_new[other.code]
            rows.append((one.code, one.name, other.code, other.name, "recoded", "kind+stem+county"))
        else:
            rows += [(one.code, one.name, "", "", "merged-or-lost", "") for one in group]
    rows += [("", "", one.code, one.name, "new", "") for one in at_new.values()]
    return sorted(rows, key=lambda row: (row[0] == "", row[0], row[2]))


def count_kinds(rows: list[Committee]) -> dict[str, int]:
    """Return how many committees each township has of kind 居."""
    towns = sorted({one.township for one in rows})
    tally = np.zeros(len(towns), int)
    for one in rows:
        tally[towns.index(one.township)] += one.kind == KINDS[0]
    return dict(zip(towns, tally.tolist(), strict=True))
