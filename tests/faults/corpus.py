"""All damaged inputs; ``python tests/faults/corpus.py`` writes the table of the README."""

from pathlib import Path

import cases_codes
import cases_files
import cases_places
import cases_scenario
import cases_streets
import cases_tables
from case import CASES

MODULES = (cases_files, cases_tables, cases_places, cases_codes, cases_streets, cases_scenario)
README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- corpus: begin -->", "<!-- corpus: end -->"

READY = CASES
FAULTS = [case for case in READY if case.told]
HARMLESS = [case for case in READY if not case.told]


def table():
    """Return the table of the README."""
    lines = [
        "| case | what is damaged | finding | file | row | column |",
        "|---|---|---|---|---|---|",
    ]
    for case in READY:
        told = case.told or (None,)
        for one in told:
            cells = ("none: read right", "", "", "") if one is None else (
                f"`{one.rule}`", one.file, "" if one.row is None else str(one.row), one.column
            )  # fmt: skip
            what = case.what.replace("|", "\\|")
            lines.append(f"| `{case.name}` | {what} | {' | '.join(cells)} |")
    return "\n".join(lines)


def readme():
    """Return the README with its table renewed."""
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    README.write_text(readme(), encoding="utf-8")
