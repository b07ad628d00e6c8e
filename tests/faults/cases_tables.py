"""Tables as offices write them: titles, totals, units in cells, doubtful numbers, odd headers."""

from case import fault

FAC, HOU = "facilities.csv", "households.csv"
FAX, HOX = "facilities.xlsx", "households.xlsx"


@fault("合计 row at the end", "sheet.total_row", HOU, 50)
def total_row(city):
    rows = city.tables["households"]
    rows.append(["合计", "", "", "", "", *(sum(r[i] for r in rows[1:]) for i in range(5, 10))])
    city.write("households")


@fault("小计 row between the rows", "sheet.total_row", HOU, 10)
def subtotal_row(city):
    rows = city.tables["households"]
    rows.insert(9, ["", "小计", "", "", "", *(sum(r[i] for r in rows[1:9]) for i in range(5, 10))])
    city.write("households")


@fault("two title rows above the header", "sheet.header_found", HOX, 3)
def title_rows(city):
    rows = city.tables["households"]
    titles = [["2020年小区户数统计表"], ["单位:户、人"]]
    city.as_xlsx("households", titles + rows)


@fault("header of two rows with merged cells", "sheet.header_levels", HOX, 2)
def two_level_header(city):
    import openpyxl  # noqa: PLC0415

    rows = city.tables["households"]
    upper = ["编号", "名称", "社区代码", "坐标", "", "户数", "人口", "老年人口", "", ""]
    lower = ["", "", "", "经度", "纬度", "常住户数", "常住人口",
             "60岁以上人口", "65岁以上人口", "80岁以上人口"]  # fmt: skip
    city.as_xlsx("households", [upper, lower, *rows[1:]])
    book = openpyxl.load_workbook(city.path(HOX))
    sheet = book.active
    for merged in ("A1:A2", "B1:B2", "C1:C2", "D1:E1", "H1:J1"):
        sheet.merge_cells(merged)
    book.save(city.path(HOX))


@fault("full-width digits (１２３)")
def full_width_digits(city):
    wide = str(city.tables["households"][4][5]).translate({i + 48: i + 0xFF10 for i in range(10)})
    city.cell("households", 5, "常住户数", wide)


@fault("521㎡ in a cell", "cell.unit", FAC, 4, "建筑面积")
def unit_in_cell(city):
    city.cell("facilities", 4, "建筑面积", f"{city.tables['facilities'][3][6]}㎡")


@fault("约500 in a cell", "cell.approximate", FAC, 6, "建筑面积")
def about_in_cell(city):
    city.cell("facilities", 6, "建筑面积", "约500")


@fault("a range, 300-400", "cell.range", FAC, 7, "建筑面积")
def range_in_cell(city):
    city.cell("facilities", 7, "建筑面积", "300-400")


@fault("#REF! in a cell of a workbook", "cell.excel_error", FAX, 5, "建筑面积")
def error_value(city):
    city.tables["facilities"][4][6] = "#REF!"
    city.as_xlsx("facilities")


@fault("a formula that was never calculated", "cell.formula", FAX, 3, "建筑面积")
def formula_without_value(city):
    city.tables["facilities"][2][6] = "=100+100"
    city.as_xlsx("facilities")


@fault("无 for a number", "cell.none", FAC, 8, "建筑面积")
def none_in_words(city):
    city.cell("facilities", 8, "建筑面积", "无")


@fault("— for a number", "cell.none", HOU, 9, "60岁以上人口")
def dash_for_number(city):
    city.cell("households", 9, "60岁以上人口", "—")


@fault("words in a column of numbers", "table.not_a_number", HOU, 7, "常住户数")
def words_for_number(city):
    city.cell("households", 7, "常住户数", "百余户")


@fault("an impossible thousands comma (1,23)", "table.not_a_number", HOU, 7, "常住户数")
def odd_comma(city):
    city.cell("households", 7, "常住户数", "1,23")


@fault("a negative number", "table.too_small", HOU, 3, "常住户数")
def negative_number(city):
    city.cell("households", 3, "常住户数", -7)


@fault("0 households where people live", "households.none_but_people", HOU, 5, "常住户数")
def no_households_but_people(city):
    city.cell("households", 5, "常住户数", 0)


@fault("more older people than people", "households.older_above_population", HOU, 6, "60岁以上人口")
def older_above_population(city):
    city.cell("households", 6, "60岁以上人口", 9000)


@fault("more people of 80+ than of 60+", "households.age_above", HOU, 8, "80岁以上人口")
def eighty_above_sixty(city):
    city.cell("households", 8, "80岁以上人口", 300)


@fault("an empty cell for households", "households.missing", HOU, 4, "常住户数")
def households_missing(city):
    city.cell("households", 4, "常住户数", "")


@fault("older people unknown in two rows", "households.older_unknown", HOU, None, "60岁以上人口")
def older_unknown(city):
    city.cell("households", 4, "60岁以上人口", "")
    city.cell("households", 5, "60岁以上人口", "")


@fault("an id twice", "table.duplicate_id", FAC, 9, "编号")
def duplicate_id(city):
    city.cell("facilities", 9, "编号", "F03")


@fault("an id that differs only in full-width letters", "table.duplicate_id", FAC, 9, "编号")
def duplicate_id_in_full_width(city):
    city.cell("facilities", 9, "编号", "Ｆ03")


@fault("an empty id", "table.no_id", HOU, 11, "编号")
def empty_id(city):
    city.cell("households", 11, "编号", "")


@fault("the same id in two files", "facilities.duplicate_between", "more.csv", 2)
def duplicate_between_files(city):
    rows = city.tables["facilities"]
    raw = city.path(FAC).read_bytes()
    city.write("facilities", rows[:3])
    city.path(FAC).rename(city.path("more.csv"))
    city.path(FAC).write_bytes(raw)
    city.tell("[households]", '[[facilities]]\npath = "more.csv"\ncrs = "EPSG:4490"\n'
              "data_date = 2020-12-31\n\n[households]")  # fmt: skip


@fault("more cells than headers in a row", "table.beyond_header", FAC, 5)
def beyond_header(city):
    city.tables["facilities"][4].append("多出")
    city.write("facilities")


@fault("a comma in a name without quotes moves the cells", "crs.not_degrees", FAC, 6)
def unquoted_comma(city):
    rows = city.tables["facilities"]
    rows[5].insert(2, "分部")
    city.write("facilities")


@fault("two headers are exchanged (people and older people)",
       "households.older_above_population", HOU, 2, "60岁以上人口")  # fmt: skip
def exchanged_columns(city):
    rows = city.tables["households"]
    rows[0][6], rows[0][7] = rows[0][7], rows[0][6]
    city.write("households")


@fault("a header twice", "columns.ambiguous", HOU, 1)
def duplicate_header(city):
    for row in city.tables["households"]:
        row.append(row[5])
    city.write("households")


@fault("two headers that mean the same (户数, 户籍户数)", "columns.ambiguous", HOU, 1)
def ambiguous_headers(city):
    for i, row in enumerate(city.tables["households"]):
        row.append("户籍户数" if i == 0 else row[5] + 9)
    city.write("households")


@fault("no column of codes in the list of communities", "columns.missing", "communities.geojson")
def missing_required_header(city):
    def change(features):
        for feature in features:
            feature["properties"]["号码"] = feature["properties"].pop("社区代码")

    city.features("communities.geojson", change)


@fault("no column of kinds", "facilities.no_kind", FAC)
def missing_kind(city):
    city.tables["facilities"][0][2] = "说明"
    city.write("facilities")


@fault("no column of households", "households.no_column", HOU)
def missing_households_column(city):
    city.tables["households"][0][5] = "备注"
    city.write("households")


@fault("the scenario names a header that is not there", "columns.header_not_found", HOU, 1)
def declared_header_not_there(city):
    city.tell('path = "households.csv"', 'path = "households.csv"\ncolumns = {households = "户"}')


@fault("the scenario names a field that does not exist", "columns.unknown_field", HOU, 1)
def declared_field_unknown(city):
    city.tell(
        'path = "households.csv"', 'path = "households.csv"\ncolumns = {household = "常住户数"}'
    )


@fault("a unit in the header that is not known (亩)", "columns.unit", FAC, 1, "建筑面积(亩)")
def unknown_unit_in_header(city):
    city.tables["facilities"][0][6] = "建筑面积(亩)"
    city.write("facilities")


@fault("a column 户主姓名", "table.personal", HOU, 1, "户主姓名")
def personal_header(city):
    for i, row in enumerate(city.tables["households"]):
        row.append("户主姓名" if i == 0 else "张三")
    city.write("households")


@fault("a column 联系电话 in the facilities", "table.personal_dropped", FAC, 1, "联系电话")
def personal_header_of_facilities(city):
    for i, row in enumerate(city.tables["facilities"]):
        row.append("联系电话" if i == 0 else "024-00000000")
    city.write("facilities")


@fault("numbers of identity cards under 备注", "personal.identity", HOU, 2, "备注")  # fmt: skip
def identity_numbers(city):
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    for i, row in enumerate(city.tables["households"]):
        stem = f"21050219400101{i:03d}"
        total = sum(w * int(d) for w, d in zip(weights, stem, strict=True))
        row.append("备注" if i == 0 else stem + "10X98765432"[total % 11])
    city.write("households")


@fault("numbers of mobile telephones under 备注", "personal.mobile", HOU, 2, "备注")  # fmt: skip
def mobile_numbers(city):
    for i, row in enumerate(city.tables["households"]):
        row.append("备注" if i == 0 else f"1384140{i:04d}")
    city.write("households")


@fault("no date of the data", "file.undated", HOU)
def undated(city):
    city.tell("data_date = 2020-11-01\n", "")


@fault("a date as a serial number of Excel for the area", "cell.date", FAX, 4, "建筑面积")
def date_for_number(city):
    from datetime import date  # noqa: PLC0415

    city.tables["facilities"][3][6] = date(2020, 6, 30)
    city.as_xlsx("facilities")


@fault("TRUE in a column of numbers", "table.not_a_number", FAX, 4, "建筑面积")
def truth_for_number(city):
    city.tables["facilities"][3][6] = True
    city.as_xlsx("facilities")


@fault("1e999: larger than any number", "table.not_a_number", HOU, 4, "常住户数")
def endless_number(city):
    city.cell("households", 4, "常住户数", "1e999")
