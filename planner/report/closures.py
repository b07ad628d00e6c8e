"""The facilities a plan closes or moves, as a table."""

from planner.model.outcome import Outcome
from planner.report.published import Published
from planner.report.summary import summary_document
from planner.report.tables import Table


def closed_table(outcome: Outcome, shown: Published) -> Table:
    """Return the facilities the plan closes or moves."""
    columns = (
        ("name", "text"),
        ("moved_to", "text"),
        ("loses", "count"),
        ("others", "count"),
        ("lon", "degrees"),
        ("lat", "degrees"),
        ("id", "text"),
    )
    rows = []
    for one in summary_document(outcome, shown)["closed"]:
        to = one["moved_to"]
        flat = one | {"moved_to": f"{to['order']} {to['name']}" if to else None}
        rows.append(tuple(flat[key] for key, _ in columns))
    withheld = {(i, j) for i, row in enumerate(rows) for j in (2, 3) if row[j] is None}
    return Table(
        key="closed_sites", columns=columns, rows=tuple(rows), withheld=frozenset(withheld)
    )
