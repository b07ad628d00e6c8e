"""Files that are missing, damaged, or not what their name says."""

import bz2
import io
import warnings
import zipfile

import openpyxl
import rasterio
from case import fault
from city import HOUSEHOLDS, heights, write_heights

FAC, HOU, COM, STR = "facilities.csv", "households.csv", "communities.geojson", "streets.osm"


@fault("the file has another name (设施.csv beside it)", "file.missing", FAC)
def missing_file(city):
    city.path(FAC).rename(city.path("facility.csv"))


@fault("a folder stands where the file should", "file.is_folder", FAC)
def folder_for_a_file(city):
    city.path(FAC).unlink()
    city.path(FAC).mkdir()


@fault("0 bytes", "file.empty", HOU)
def empty_file(city):
    city.path(HOU).write_bytes(b"")


@fault("only empty lines", "table.empty", HOU)
def blank_lines_only(city):
    city.path(HOU).write_bytes(b"\r\n\r\n,,,\r\n")


@fault("a header and no row", "table.no_rows", FAC)
def header_only(city):
    city.write("facilities", city.tables["facilities"][:1])


@fault("a CSV named .xlsx", "file.unreadable", "facilities.xlsx")
def csv_named_xlsx(city):
    raw = city.path(FAC).read_bytes()
    city.rename(FAC, "facilities.xlsx")
    city.path("facilities.xlsx").write_bytes(raw)


@fault("a workbook named .csv", "file.encoding", FAC)
def xlsx_named_csv(city):
    city.as_xlsx("facilities")
    raw = city.path("facilities.xlsx").read_bytes()
    city.rename("facilities.xlsx", FAC)
    city.path(FAC).write_bytes(raw)


@fault("a web page saved as .xls", "sheet.not_excel", "facilities.xls")
def html_named_xls(city):
    city.rename(FAC, "facilities.xls")
    cells = "".join(f"<td>{cell}</td>" for cell in city.tables["facilities"][0])
    page = f"<html><body><table><tr>{cells}</tr></table></body></html>"
    city.path("facilities.xls").write_text(page, encoding="utf-8")


@fault("a picture named .csv (NUL bytes)", "file.encoding", HOU)
def picture_named_csv(city):
    city.path(HOU).write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 4)


@fault("NUL bytes in a cell of a CSV")
def nul_bytes_in_csv(city):
    city.edit(HOU, "小区5", "小\0区5")


@fault("a workbook cut off in the middle", "file.unreadable", "households.xlsx")
def truncated_xlsx(city):
    city.as_xlsx("households")
    city.cut("households.xlsx")


@fault("a workbook whose sheet is cut off", "file.unreadable", "households.xlsx")  # fmt: skip
def xlsx_with_broken_sheet(city):
    city.as_xlsx("households")
    whole = zipfile.ZipFile(io.BytesIO(city.path("households.xlsx").read_bytes()))
    with zipfile.ZipFile(city.path("households.xlsx"), "w") as broken:
        for name in whole.namelist():
            part = whole.read(name)
            broken.writestr(name, part[: len(part) // 2] if "sheet1" in name else part)


@fault("a workbook with a password", "file.unreadable", "households.xlsx")
def password_protected(city):
    city.rename(HOU, "households.xlsx")
    ole = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16) + bytes.fromhex("3E000300FEFF0900")
    names = "EncryptedPackage".encode("utf-16-le") + bytes(64)
    city.path("households.xlsx").write_bytes(ole + bytes(480) + names + bytes(2048))


@fault("two sheets with numbers, none named", "file.which_layer", "households.xlsx")
def several_sheets(city):
    city.as_xlsx("households", 去年=city.tables["households"])


@fault("the scenario names a sheet that is not there", "file.no_such_layer", "households.xlsx")
def sheet_not_there(city):
    city.as_xlsx("households")
    city.tell('"households.xlsx"', '"households.xlsx"\nlayer = "人口"')


@fault("a GeoPackage cut off in the middle", "file.unreadable", "facilities.gpkg")
def truncated_gpkg(city):
    city.cut(city.as_layer("facilities", ".gpkg"), 0.3)


@fault("GeoJSON cut off in the middle", "layer.bad_json", COM)
def truncated_geojson(city):
    city.cut(COM)


@fault("OSM extract cut off in the middle", "file.unreadable", STR)
def truncated_osm(city):
    city.cut(STR)


@fault("OSM .pbf cut off in the middle", "file.unreadable", "streets.osm.pbf")
def truncated_pbf(city):
    from city import write_osm  # noqa: PLC0415

    city.rename(STR, "streets.osm.pbf")
    write_osm(city.path("streets.osm.pbf"))
    city.cut("streets.osm.pbf", 0.8)


@fault("GeoTIFF cut off in the middle", "file.unreadable", "heights.tif")
def truncated_tif(city):
    band, old = heights()
    fine = rasterio.Affine(old.a / 8, 0, old.c, 0, old.e / 8, old.f)
    write_heights(city.path("heights.tif"), band.repeat(8, 0).repeat(8, 1), fine)
    city.cut("heights.tif", 0.5)


@fault("OSM .osm.bz2 cut off in the middle", "file.unreadable", "streets.osm.bz2")
def truncated_bz2(city):
    raw = bz2.compress(city.path(STR).read_bytes())
    city.rename(STR, "streets.osm.bz2")
    city.path("streets.osm.bz2").write_bytes(raw[: len(raw) // 2])


@fault("XML that swells to billions of letters (OSM)", "file.unreadable", STR)
def swelling_osm(city):
    city.path(STR).write_text(swelling("osm", 'version="0.6"'), encoding="utf-8")


@fault("XML that swells to billions of letters (GraphML)", "file.unreadable", "streets.graphml")
def swelling_graphml(city):
    city.rename(STR, "streets.graphml")
    text = swelling("graphml", 'xmlns="http://graphml.graphdrawing.org/xmlns"')
    city.path("streets.graphml").write_text(text, encoding="utf-8")


@fault("XML that swells to billions of letters (KML)", "file.unreadable", "communities.kml")
def swelling_kml(city):
    city.rename(COM, "communities.kml")
    text = swelling("kml", 'xmlns="http://www.opengis.net/kml/2.2"')
    city.path("communities.kml").write_text(text, encoding="utf-8")


@fault("GeoJSON nested a hundred thousand deep", "file.unreadable", COM)
def deep_json(city):
    city.path(COM).write_text('{"type":' + "[" * 100_000, encoding="utf-8")


@fault("a dbf that claims two billion rows", "layer.parts_differ", "facilities.shp")
def endless_dbf(city):
    city.as_layer("facilities", ".shp", encoding="UTF-8")
    raw = bytearray(city.path("facilities.dbf").read_bytes())
    raw[4:8] = b"\xff\xff\xff\x7f"
    city.path("facilities.dbf").write_bytes(bytes(raw))


@fault("a zip of heights cut off in the middle", "file.unreadable", "heights.zip")
def truncated_zip(city):
    raw = city.path("heights.tif").read_bytes()
    with zipfile.ZipFile(city.path("heights.zip"), "w") as archive:
        archive.writestr("heights.tif", raw)
    city.rename("heights.tif", "heights.zip")
    city.cut("heights.zip")


@fault("a zip with two rasters", "elevation.tiles_overlap", "heights.zip")
def zip_of_two_rasters(city):
    raw = city.path("heights.tif").read_bytes()
    with zipfile.ZipFile(city.path("heights.zip"), "w") as archive:
        archive.writestr("a.tif", raw)
        archive.writestr("b.tif", raw)
    city.rename("heights.tif", "heights.zip")


@fault("Shapefile without .shx", "layer.missing_part", "facilities.shp")
def shapefile_without_shx(city):
    city.as_layer("facilities", ".shp", encoding="UTF-8")
    city.path("facilities.shx").unlink()


@fault("Shapefile without .dbf", "layer.missing_part", "facilities.shp")
def shapefile_without_dbf(city):
    city.as_layer("facilities", ".shp", encoding="UTF-8")
    city.path("facilities.dbf").unlink()


@fault("Shapefile without .prj", "crs.missing", "facilities.shp")
def shapefile_without_prj(city):
    city.as_layer("facilities", ".shp", encoding="UTF-8")
    city.path("facilities.prj").unlink()


@fault("a Word document given as a table", "file.unknown_format", "facilities.docx")
def word_document(city):
    city.rename(FAC, "facilities.docx")
    city.path("facilities.docx").write_bytes(b"PK\x03\x04 words")


@fault("a cell of 200,000 letters", "sheet.broken_text", FAC, 3)
def endless_cell(city):
    city.cell("facilities", 3, "名称", "长" * 200_000)


@fault(
    "a quotation mark that is never closed swallows the rows below", "sheet.broken_text", HOU, 21
)
def unclosed_quote(city):
    city.edit(HOU, "小区20,", '"小区20,')


@fault("a file in UTF-16 (Excel: Unicode text)")
def utf_16(city):
    city.write("facilities", encoding="utf-16", delimiter="\t")


@fault("the scenario says gbk, the file is utf-8", "file.encoding", FAC)
def wrong_declared_encoding(city):
    city.tables["facilities"][3][1] = "第二号驿站€"
    city.write("facilities", encoding="utf-8")
    city.tell('path = "facilities.csv"', 'path = "facilities.csv"\nencoding = "ascii"')


@fault("no such encoding", "file.encoding", FAC)
def unknown_encoding(city):
    city.tell('path = "facilities.csv"', 'path = "facilities.csv"\nencoding = "gb-utf"')


@fault("half of the lines in GBK, half in UTF-8", "file.encoding", FAC)
def mixed_encodings_in_csv(city):
    text = city.path(FAC).read_text(encoding="utf-8-sig").splitlines(keepends=True)
    lines = [t.encode("gb18030" if i % 2 else "utf-8") for i, t in enumerate(text)]
    city.path(FAC).write_bytes(b"".join(lines))


@fault("a dbf with texts in GBK and in UTF-8", "file.encoding", "facilities.shp")
def mixed_encodings_in_dbf(city):
    city.as_layer("facilities", ".shp", encoding="UTF-8")
    city.path("facilities.cpg").unlink()
    city.edit("facilities.dbf", "第1号社区养老服务站", "第1号社".encode("gb18030").ljust(28))


@fault("several lists in one GeoPackage, none named", "file.which_layer", "facilities.gpkg")
def gpkg_of_two_layers(city):
    name = city.as_layer("facilities", ".gpkg", layer="一")
    city.tell(f'"{name}"', '"facilities.csv"')
    city.tell('path = "facilities.csv"', 'path = "facilities.csv"\ncrs = "EPSG:4490"')
    city.write("facilities")
    city.as_layer("facilities", ".gpkg", layer="二", append=True)


def swelling(root, attribute):
    """Return XML whose entities hold ten of the one before, nine times over."""
    inside = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))
    return f'<!DOCTYPE x [<!ENTITY e0 "many">{inside}]><{root} {attribute}>&e9;</{root}>'


# --- what must go through ------------------------------------------------------------


@fault("GBK without a mark, as Excel on Chinese Windows writes it")
def gbk_csv(city):
    city.write("facilities", encoding="gb18030")
    city.write("households", encoding="gbk")


@fault("line ends of an old Mac (CR)")
def cr_line_ends(city):
    city.write("households", lineterminator="\r")


@fault("line ends of Unix (LF)")
def lf_line_ends(city):
    city.write("households", lineterminator="\n")


@fault("semicolons between cells")
def semicolons(city):
    city.write("households", delimiter=";")


@fault("tabs between cells")
def tabs(city):
    city.write("households", delimiter="\t")


@fault("a line break inside a quoted name")
def quoted_line_break(city):
    city.cell("households", 4, "名称", "三号\n小区")


@fault("byte order mark again in the middle (two files joined)")
def mark_in_the_middle(city):
    rows = city.tables["households"]
    rows[20][1] = "\ufeff" + rows[20][1]
    city.write("households")


@fault("a name that is a script of a web page")
def script_for_a_name(city):
    city.cell("facilities", 2, "名称", "<script>alert(1)</script>")


@fault("a name that is a formula with a command", "cell.formula", FAC, 2, "名称")
def formula_for_a_name(city):
    city.cell("facilities", 2, "名称", "=cmd|'/C calc'!A0")


@fault("a cell of 20,000 letters")
def very_long_cell(city):
    city.cell("facilities", 3, "名称", "长" * 20_000)


@fault("a workbook with styles and a drop-down list")
def decorated_workbook(city):
    city.as_xlsx("households")
    path = city.path("households.xlsx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path)
    sheet = book.active
    sheet.freeze_panes = "A2"
    for cell in sheet[1]:
        cell.font = openpyxl.styles.Font(bold=True)
    validation = openpyxl.worksheet.datavalidation.DataValidation("list", formula1='"甲,乙"')
    sheet.add_data_validation(validation)
    validation.add("L2:L9")
    book.save(path)


@fault("empty rows between and behind the rows")
def empty_rows(city):
    rows = city.tables["households"]
    rows.insert(9, [""] * len(HOUSEHOLDS))
    rows += [[""] * len(HOUSEHOLDS)] * 5
    city.write("households")


@fault("a cell at the very end of the sheet (XFD1048576)", "sheet.too_large", "households.xlsx")
def stray_cell(city):
    city.as_xlsx("households")
    book = openpyxl.load_workbook(city.path("households.xlsx"))
    book.active["XFD1048576"] = " "
    book.save(city.path("households.xlsx"))


@fault("headers cut off after ten bytes in a Shapefile in UTF-8")
def cut_headers(city):
    city.as_layer("households", ".shp", encoding="UTF-8")


@fault("headers cut off after ten bytes in a Shapefile in GBK")
def cut_headers_in_gbk(city):
    city.as_layer("households", ".shp", encoding="GBK")


@fault("GeoJSON with a byte order mark")
def geojson_with_mark(city):
    raw = city.path(COM).read_bytes()
    city.path(COM).write_bytes(b"\xef\xbb\xbf" + raw)


@fault("a Shapefile in GBK without .cpg")
def gbk_shapefile(city):
    city.as_layer("facilities", ".shp", encoding="GBK")
    city.path("facilities.cpg").unlink(missing_ok=True)
