"""Codes, names and kinds of committees, and the ids that tie tables together."""

from case import fault

FAC, HOU, COM = "facilities.csv", "households.csv", "communities.geojson"
CODE = "210502001002"


def attribute(city, number, key, value, name=COM):
    def change(features):
        features[number - 1]["properties"][key] = value

    city.features(name, change)


@fault("a code as Excel shows it, 2.10502E+11, in the list", "cell.rounded_code", COM, 1,
       "社区代码")  # fmt: skip
def rounded_code_in_list(city):
    attribute(city, 1, "社区代码", "2.10502E+11")


@fault(
    "a code as Excel shows it, 2.10502E+11, with the households",
    "cell.rounded_code",
    HOU,
    3,
    "社区代码",
)
def rounded_code(city):
    city.cell("households", 3, "社区代码", "2.10502E+11")


@fault("a code without its first digit", "boundaries.code_length", COM, 2, "社区代码")
def code_without_first_digit(city):
    attribute(city, 2, "社区代码", "10502001004")


@fault("a code without its last digits", "boundaries.code_length", COM, 2, "社区代码")
def code_without_last_digits(city):
    attribute(city, 2, "社区代码", "2105020010")


@fault("letters in a code", "boundaries.code_letters", COM, 2, "社区代码")
def letter_in_code(city):
    attribute(city, 2, "社区代码", "21050200100O")


@fault("the code of a street for a community", "boundaries.not_committee", COM, 3, "社区代码")
def township_code(city):
    attribute(city, 3, "社区代码", "210502012000")


@fault("no code in the list", "boundaries.no_code", COM, 4, "社区代码")
def no_code(city):
    attribute(city, 4, "社区代码", None)


@fault("a code twice in the list", "boundaries.duplicate_code", COM, 2, "社区代码")
def duplicate_code(city):
    attribute(city, 2, "社区代码", CODE)


@fault("kind text that is not known", "boundaries.unknown_kind", COM, 5, "类型")
def unknown_unit_kind(city):
    attribute(city, 5, "类型", "经济区")


@fault("kind contradicts the code (村 with 002)", "boundaries.kind_differs", COM, 1, "类型")
def kind_contradicts_code(city):
    attribute(city, 1, "类型", "村")


@fault("a county code that no county of the list has", "codes.parent_unlisted", COM, 2, "社区代码")
def code_of_another_county(city):
    attribute(city, 2, "社区代码", "210599001004")


@fault("卜 for 堡 in a name (大卜 for 大堡)", "codes.name_variant", COM, 6, "社区名称")
def variant_name(city):
    attribute(city, 6, "社区名称", "大卜社区居委会")


@fault("居民委会 for 居委会", "codes.name_slip", COM, 5, "社区名称")
def mistyped_name(city):
    attribute(city, 5, "社区名称", "井涌社区居民委会")


@fault("the code of a community that is not on the list", "join.community", HOU, 4, "社区代码")
def unknown_code(city):
    city.cell("households", 4, "社区代码", "210502001099")


@fault("the code of 2019 of a village renumbered in 2020", "codes.by_concordance", HOU, 18,
       "社区代码")  # fmt: skip
def code_of_2019(city):
    city.cell("households", 18, "社区代码", "210502011201")


@fault("a facility's code with a missing digit", "codes.length", FAC, 6, "社区代码")
def facility_code_cut(city):
    city.cell("facilities", 6, "社区代码", "21050200100")


@fault("the code of the street with the households", "codes.not_committee", HOU, 6, "社区代码")
def street_code_of_households(city):
    city.cell("households", 6, "社区代码", "210502001000")


@fault("an empty code, filled in by place", "join.filled", HOU)
def empty_code(city):
    city.cell("households", 6, "社区代码", "")


@fault("a kind of facility that is not known", "facilities.unknown_kind", FAC, 5, "类型")
def unknown_facility_kind(city):
    city.cell("facilities", 5, "类型", "棋牌室")


@fault("an empty kind of facility", "facilities.unknown_kind", FAC, 5, "类型")
def empty_facility_kind(city):
    city.cell("facilities", 5, "类型", "")


@fault("the scenario names an unknown kind", "facilities.kind_in_scenario", FAC)
def unknown_kind_in_scenario(city):
    city.tell('path = "facilities.csv"', 'path = "facilities.csv"\nkind = "驿站"')


@fault("a code twice among the counties", "boundaries.duplicate_code", "counties.geojson", 2,
       "区划代码")  # fmt: skip
def duplicate_county(city):
    attribute(city, 2, "区划代码", "210502", "counties.geojson")


# --- what must go through ------------------------------------------------------------


@fault("codes with spaces, full-width digits and .0")
def untidy_codes(city):
    rows = city.tables["households"]
    rows[2][2] = f" {rows[2][2]} "
    rows[3][2] = rows[3][2].translate({i + 48: i + 0xFF10 for i in range(10)})
    rows[4][2] = f"{rows[4][2]}.0"
    city.write("households")


@fault("codes as numbers of a workbook")
def codes_as_numbers(city):
    for row in city.tables["households"][1:]:
        row[2] = int(row[2])
    city.as_xlsx("households")
