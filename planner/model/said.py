"""What a row says about where it belongs, beside its code."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Names as they stand in a row, and the headers of the columns.

    Parameters
    ----------
    name
        Name of the community, '' where the row has none.
    township, county
        Name or code of the township and the county, '' where the row has none.
    code_column, name_column, county_column
        Headers, '' where the file has no such column.
    """

    name: str = ""
    township: str = ""
    county: str = ""
    code_column: str = ""
    name_column: str = ""
    county_column: str = ""


NOTHING_SAID = Said()
