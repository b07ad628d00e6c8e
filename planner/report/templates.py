"""Empty workbooks and layers to fill in, and the scenario that names them."""

import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw

from planner.model.blank import BlankField, BlankTable
from planner.report.books import FONT, column_width, letters, open_book
from planner.report.layers import fixed_clock
from planner.report.words import all_words, say
from planner.report.writing import replace_file

NOTES = "填写说明 how to fill"
_ROWS = 20_000  # how far limits and drop-downs reach
_CODE_DIGITS = 12
_DEGREES = {"lon": (73, 136), "lat": (3, 54)}
_PATH = re.compile(r'(?P<lead>#?\s*(?:file = \{)?)path = "(?P<name>[^"/]+)"')
_RENAMED = {  # what planner new writes in place of what the template names
    "counties.geojson": "counties.gpkg",
    "entrances.csv": "entrances.xlsx",
    "street_changes.geojson": "street_changes.gpkg",
}
_NOTE_COLUMNS = ("header", "about_zh", "about_en", "needed", "unit", "example", "choices", "also")
_LONGEST_LIST = 255  # letters Excel takes in a drop-down


def sheet_name(table: str) -> str:
    """Return the name of the sheet to fill in."""
    return say(f"template.{table}.sheet", "zh")


def header_of(field: BlankField) -> str:
    """Return the header of a column, with its unit where a number has one."""
    if not field.unit or "(" in field.header:
        return field.header
    return f"{field.header}({say(f'template.unit.{field.unit}', 'zh')})"


def words_of(field: BlankField) -> dict[str, str]:
    """Return the Chinese word of each kind that may stand in a column."""
    return {kind: say(f"template.value.{field.type}.{kind}", "zh") for kind in field.kinds}


def example_of(table: str, field: BlankField) -> str:
    """Return what might stand in a column."""
    return _said(table, field, "example")[0]


def write_template(table: BlankTable, path: Path) -> None:
    """Write an empty workbook: a sheet to fill in, and one that explains every column.

    Parameters
    ----------
    table
        What to fill in.
    path
        File to write.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    replace_file(path, lambda fresh: _fill(fresh, table))


def write_layer_template(table: BlankTable, path: Path, *, geometry: str) -> None:
    """Write an empty GeoPackage layer in CGCS2000 degrees, to draw in.

    Parameters
    ----------
    table
        Its fields.
    path
        File to write.
    geometry
        Kind of shape, as GDAL names it.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    fields = [field.header for field in table.fields]

    def write(fresh: Path) -> None:
        fresh.unlink()
        with fixed_clock():
            pyogrio.raw.write(
                fresh,
                geometry=np.empty(0, object),
                field_data=[np.empty(0, object) for _ in fields],
                fields=fields,
                geometry_type=geometry,
                crs="EPSG:4490",
                layer=table.name,
                driver="GPKG",
            )

    replace_file(path, write)


def write_guide(tables: tuple[BlankTable, ...], path: Path) -> None:
    """Write a workbook that explains the columns of layers, which have no sheet of notes.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """

    def write(fresh: Path) -> None:
        with open_book(fresh, NOTES) as book:
            for table in tables:
                _write_notes(book, _formats(book), table, sheet_name(table.name))

    replace_file(path, write)


def scenario_text(name: str, folder: str, sheets: Mapping[str, str]) -> str:
    """Return a scenario to fill in, made from the template.

    Parameters
    ----------
    name
        Name of the scenario.
    folder
        Folder of the data, relative to the scenario.
    sheets
        File name -> name of the sheet to read, for every workbook.
    """
    text = template_text()
    head, _, rest = text.partition("\n#\n")
    lines = [say("template.scenario.head", lang, name=name) for lang in ("zh", "en")]
    head = "\n".join(f"# {line}" for line in lines)
    rest = rest.replace("scenarios/yours.toml", f"scenarios/{name}.toml")
    rest = re.sub(r'^name = "my_city" *', f'name = "{name}"'.ljust(30), rest, flags=re.MULTILINE)
    out = []
    for line in rest.split("\n"):
        match = _PATH.search(line)
        if match is None:
            out.append(line)
            continue
        file = _RENAMED.get(match["name"], match["name"])
        inline = "{" in match["lead"]
        layer = f'layer = "{sheets[file]}"' if file in sheets else ""
        path = f'path = "{folder}/{file}"' + (f", {layer}" if inline and layer else "")
        out.append(line[: match.end("lead")] + path + line[match.end() :])
        if layer and not inline:
            out.append(("# " if line.startswith("#") else "") + layer)
    return head + "\n#\n" + "\n".join(out)


def template_text() -> str:
    """Return the scenario template as it is shipped."""
    return resources.files(__package__).joinpath("scenario_template.toml").read_text("utf-8")


def write_scenario(text: str, path: Path) -> None:
    """Write a scenario file in UTF-8.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    replace_file(path, lambda fresh: fresh.write_bytes(text.encode()))


def _said(table: str, field: BlankField, what: str) -> tuple[str, str]:
    """Return what is said about a field in Chinese and English: of this table, or of any."""
    for scope in (table, "any"):
        key = f"template.{scope}.{field.name}.{what}"
        if key in all_words():
            return say(key, "zh"), say(key, "en")
    return "", ""


def _formats(book: Any) -> dict[str, Any]:  # noqa: ANN401  (xlsxwriter has no types)
    head = {**FONT, "bold": True, "text_wrap": True, "valign": "vcenter", "border": 1}
    top = {**FONT, "text_wrap": True, "valign": "top"}
    return {
        "needed": book.add_format({**head, "bg_color": "#F7D9A8"}),
        "optional": book.add_format({**head, "bg_color": "#DCE9F2"}),
        "text": book.add_format({**FONT, "num_format": "@"}),
        "degrees": book.add_format({**FONT, "num_format": "0.000000"}),
        "number": book.add_format({**FONT, "num_format": "General"}),
        "date": book.add_format({**FONT, "num_format": "yyyy-mm-dd"}),
        "note": book.add_format({**top, "num_format": "@"}),
        "title": book.add_format({**FONT, "bold": True, "font_size": 14}),
    }


def _fill(path: Path, table: BlankTable) -> None:
    name = sheet_name(table.name)
    with open_book(path, name) as book:
        formats = _formats(book)
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_row(0, 30)
        for j, field in enumerate(table.fields):
            head, example = header_of(field), example_of(table.name, field)
            look = field.type if field.type in ("number", "date") else "text"
            look = "degrees" if field.name in _DEGREES else look
            width = column_width(head, [example, *words_of(field).values()])
            sheet.set_column(j, j, width, formats[look])
            sheet.write_string(0, j, head, formats["needed" if field.needed else "optional"])
            note = _comment(table.name, field)
            height = 18 * (note.count("\n") + 2 + letters(note) // 40)
            sheet.write_comment(0, j, note, {"author": "planner", "x_scale": 2.4, "height": height})
            _limit(sheet, j, field)
        _write_notes(book, formats, table, NOTES)


def _comment(table: str, field: BlankField) -> str:
    zh, en = _said(table, field, "about")
    lines = [f"{zh} / {en}"]
    lines.append(" / ".join(_need(field, lang) for lang in ("zh", "en")))
    if field.unit:
        unit = (say(f"template.unit.{field.unit}", lang) for lang in ("zh", "en"))
        lines.append(say("template.note.unit", "zh", unit=" / ".join(unit)))
    example = example_of(table, field)
    if example:
        lines.append(say("template.note.example", "zh", example=example))
    return "\n".join(lines)


def _need(field: BlankField, language: Any) -> str:  # noqa: ANN401  a Language
    return say("template.note.needed" if field.needed else "template.note.optional", language)


def _limit(sheet: Any, column: int, field: BlankField) -> None:  # noqa: ANN401
    """Let Excel refuse what no reader would take, and warn of what is unlikely."""
    title = say("template.limit.title", "zh")
    rule: dict[str, Any] | None = None
    if field.kinds:
        listed = list(words_of(field).values())
        if len(",".join(listed)) <= _LONGEST_LIST:
            text = say("template.limit.kind", "zh")
            rule = {"validate": "list", "source": listed, "error_message": text}
    elif field.name in _DEGREES:
        low, high = _DEGREES[field.name]
        text = say("template.limit.degrees", "zh", low=low, high=high)
        rule = {"validate": "decimal", "criteria": "between", "minimum": low, "maximum": high,
                "error_message": text, "error_type": "warning"}  # fmt: skip
    elif field.type == "number" and field.least is not None:
        text = say("template.limit.least", "zh", least=f"{field.least:g}")
        rule = {"validate": "decimal", "criteria": ">=", "value": field.least,
                "error_message": text}  # fmt: skip
    elif field.type == "code" and field.name in ("community", "code"):
        text = say("template.limit.code", "zh", digits=_CODE_DIGITS)
        rule = {"validate": "length", "criteria": "==", "value": _CODE_DIGITS,
                "error_message": text, "error_type": "warning"}  # fmt: skip
    if rule is not None:
        sheet.data_validation(1, column, _ROWS, column, {"error_title": title, **rule})


def _write_notes(book: Any, formats: dict[str, Any], table: BlankTable, name: str) -> None:  # noqa: ANN401
    sheet = book.add_worksheet(name)
    for i, language in enumerate(("zh", "en")):
        text = say(f"template.{table.name}.about", "zh" if language == "zh" else "en")
        sheet.write_string(i, 0, text, formats["title" if not i else "text"])
    rows = [_note(table.name, field) for field in table.fields]
    for j, key in enumerate(_NOTE_COLUMNS):
        head = " ".join(say(f"template.column.{key}", lang) for lang in ("zh", "en"))
        sheet.set_column(j, j, column_width(head, [row[j] for row in rows], widest=50))
        sheet.write_string(3, j, head, formats["optional"])
        for i, row in enumerate(rows, start=4):
            sheet.write_string(i, j, row[j], formats["note"])
    sheet.freeze_panes(4, 1)


def _note(table: str, field: BlankField) -> tuple[str, ...]:
    unit = [say(f"template.unit.{field.unit}", lang) for lang in ("zh", "en")] if field.unit else []
    choices = [
        f"{word} ({say(f'template.value.{field.type}.{kind}', 'en')})"
        for kind, word in words_of(field).items()
    ]
    return (
        header_of(field),
        *_said(table, field, "about"),
        " ".join(_need(field, lang) for lang in ("zh", "en")),
        " / ".join(unit),
        example_of(table, field),
        "\n".join(choices),
        "、".join(field.also),
    )
