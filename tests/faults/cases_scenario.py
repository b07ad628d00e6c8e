"""The scenario file itself."""

from case import fault

TOML = "city.toml"


@fault("a key that does not exist", "scenario.unknown_key", TOML, 35, "siting.new_site")
def unknown_key(city):
    city.tell("new_sites = 1", "new_site = 1")


@fault("TOML that cannot be read", "scenario.syntax", TOML, 7)
def bad_toml(city):
    city.tell("list_date = 2020-06-30", "list_date = 2020年6月30日")


@fault("a string where a number should be", "scenario.bad_value", TOML, 35, "siting.new_sites")
def wrong_type(city):
    city.tell("new_sites = 1", 'new_sites = "ten"')


@fault("a number out of its limits", "scenario.bad_value", TOML, 35, "siting.new_sites")
def out_of_limits(city):
    city.tell("new_sites = 1", "new_sites = -4")


@fault("nan for a number", "scenario.bad_value", TOML, 36, "siting.gap")
def nan_for_number(city):
    city.tell("new_sites = 1", "new_sites = 1\ngap = nan")


@fault("a required table is missing", "scenario.missing_key", TOML, None, "streets")
def missing_table(city):
    city.tell('[streets]\npath = "streets.osm"\ndata_date = 2020-12-31\n', "")


@fault("a key twice", "scenario.syntax", TOML, 36)
def key_twice(city):
    city.tell("new_sites = 1", "new_sites = 1\nnew_sites = 2")


@fault("a scenario in GBK", "scenario.encoding", TOML)
def scenario_in_gbk(city):
    text = city.scenario_path.read_text(encoding="utf-8")
    city.scenario_path.write_text(text, encoding="gb18030")


@fault("a walking group that does not exist", "scenario.unknown_name", "", None, "walking.group")
def unknown_group(city):
    city.tell("[siting]", '[walking]\ngroup = "slow_eldr"\n\n[siting]')


@fault("a language that is not spoken", "scenario.bad_value", TOML, 2, "language")
def unknown_language(city):
    city.tell('language = "zh"', 'language = "fr"')


@fault("a scenario that extends itself", "scenario.extends_cycle", TOML, 1, "extends")
def extends_itself(city):
    city.tell('name = "city"', 'extends = "city.toml"\nname = "city"')


@fault("the scenario file is not there", "scenario.missing", TOML)
def no_scenario(city):
    city.scenario_path.rename(city.path("town.toml"))


# --- what must go through ------------------------------------------------------------


@fault("a scenario with a byte order mark and Windows line ends")
def scenario_of_notepad(city):
    text = city.scenario_path.read_text(encoding="utf-8")
    city.scenario_path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
