"""What rows say about where they belong: the names beside their code."""

from planner.model.codes import find_code_fault
from planner.model.said import Said
from planner.store.records import Records


def belonging(records: Records) -> tuple[tuple[str, ...], tuple[Said, ...]]:
    """Return the community code of each row, and the names it gives beside it.

    A whole code that stands in the column of names is taken as the code where there is no other.
    """
    codes, names = records.codes("community"), records.texts("community_name")
    townships, counties = records.codes("township"), records.codes("county")
    columns = [records.header(field) for field in ("community", "community_name", "county")]
    made: dict[tuple[str, str, str], Said] = {}
    taken, said = [], []
    for code, name, township, county in zip(codes, names, townships, counties, strict=True):
        if not code and len(name) == 12 and find_code_fault(name) is None:
            taken.append(name)
            name = ""  # noqa: PLW2901  the cell held a code
        else:
            taken.append(code)
        key = (name, township, county)
        if key not in made:
            made[key] = Said(
                name=name,
                township=township,
                county=county,
                code_column=columns[0],
                name_column=columns[1],
                county_column=columns[2],
            )
        said.append(made[key])
    return tuple(taken), tuple(said)
