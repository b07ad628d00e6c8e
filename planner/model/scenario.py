"""What a planner asks: one frozen schema is parser, message, reference page and record."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0)]
Language = Literal["zh", "en"]
Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class TwoLanguages(_Part):
    """A text the planner supplies in Chinese and English."""

    zh: str
    en: str


class InputFile(_Part):
    """A file the planner owns, with what the file itself does not say."""

    path: Path = Field(description="path, relative to the scenario file")
    layer: str | None = Field(None, description="sheet or layer; default: the only one")
    crs: str | None = Field(
        None, description="coordinate system where the file names none, e.g. EPSG:4490"
    )
    datum: Datum | None = Field(
        None,
        description="datum of the coordinates, where they come from a web map: gcj02 (Amap, "
        "Tencent), bd09 (Baidu), wgs84 or cgcs2000 (Tianditu); stated, it is always taken",
    )
    datums: dict[str, Datum] = Field(
        default_factory=dict,
        description="datum by the value of the column that says where coordinates come from, "
        'e.g. {"高德" = "gcj02"}; goes before datum',
    )
    encoding: str | None = Field(None, description="text encoding; default: detected")
    header_row: int | None = Field(
        None, ge=1, description="row of the column headers as Excel counts; default: found"
    )
    columns: dict[str, str] = Field(
        default_factory=dict, description="field -> header in this file, where it is unusual"
    )
    kind: str | None = Field(None, description="facility kind of every row, where no column says")
    data_date: date | None = Field(None, description="date the data describe")
    source: str = Field("", description="who made the data; shown on the map")
    synthetic: bool = Field(False, description="made up for demonstration")


class Boundaries(_Part):
    """Administrative units."""

    communities: InputFile
    counties: InputFile | None = None
    concordance: InputFile | None = Field(
        None,
        description="the bureau's own table of old and new codes, asked before the shipped one",
    )
    list_date: date = Field(description="date of the list of committees (the denominator)")


class Spreading(_Part):
    """Where the people of a community stand whose file gives one number for all of it."""

    over: Literal["buildings", "streets", "none"] = Field(
        "streets",
        description="buildings: its homes, streets: its residential streets, none: one point",
    )
    buildings: InputFile | None = Field(None, description="homes, where over is buildings")


class Households(InputFile):
    """Households and older people: per building, per estate or per community."""

    definition: Literal["resident", "registered", "dwellings"] = Field(
        "resident", description="which households are counted: 常住户, 户籍户 or 住宅套数"
    )
    older_share: float | None = Field(
        None, gt=0, le=1, description="share of people aged 60+, used where only people are given"
    )
    spread: Spreading | None = Field(
        None, description="how rows without coordinates, the totals of communities, are placed"
    )


class Streets(InputFile):
    """The walking network; the last two keys are for the office's own road layer."""

    node_crossings: bool = Field(
        True, description="cut lines of a road layer where they cross or touch on one level"
    )
    snap_m: float = Field(
        0.5, ge=0.01, le=2, description="ends of a road layer this near are joined, in metres"
    )


class Elevation(InputFile):
    """Heights above sea level: a raster, a folder or a zip of tiles."""

    unit: Literal["m", "ft"] | None = Field(
        None, description="unit of the heights; default: as the file says, else metres"
    )
    smooth_m: float = Field(
        0.0, ge=0, le=100, description="heights are averaged over a circle this wide, in metres"
    )
    fill_voids_m: float = Field(
        0.0, ge=0, le=1000, description="voids no wider than this are filled from their rim"
    )


class Walking(_Part):
    """How people walk and how far is near."""

    group: str = Field("slow_elder", description="walking group of the standards in force")
    compare: tuple[str, ...] = Field(("elder",), description="groups shown beside it")
    limit_min: Positive = Field(15.0, description="minutes that count as near")
    direction: Literal["to_facility", "from_facility", "round_trip"] = "to_facility"
    season_factor: float = Field(
        1.0, gt=0, le=1, description="factor on every speed, e.g. 0.8 on snow and ice"
    )
    max_access_m: Positive = Field(
        500.0, description="farthest distance from a point to its street, in metres"
    )
    slope: bool = Field(True, description="walk slower uphill where elevation is given")
    kinds: tuple[str, ...] = Field(
        ("elderly_station", "rural_elderly"), description="facility kinds that serve"
    )


class Candidates(_Part):
    """Where a new site might stand."""

    rule: Literal["community_centroids", "network_nodes", "file"] = "network_nodes"
    spacing_m: Positive = Field(500.0, description="least distance between two network nodes")
    file: InputFile | None = None


Variant = Annotated[str, Field(pattern=r"^(slow|fast|winter|20[0-9]{2})$")]
Weight = Annotated[float, Field(ge=0, le=1000)]


class Tier(_Part):
    """One tier of a network of facilities, as county, township or street, and community."""

    name: str = Field(min_length=1, description="name of the tier, shown with its sites")
    kinds: tuple[str, ...] = Field(min_length=1, description="facility kinds that are of this tier")
    new_sites: int = Field(ge=0, description="most new sites of this tier")
    limit_min: Positive = Field(15.0, description="minutes that count as near for this tier")
    weight: Positive = Field(1.0, description="worth of one person reached by this tier")
    cost: Positive | None = Field(None, description="cost of a new site of it, 10,000 yuan")


Question = Literal[
    "most_people",
    "target_share",
    "gradual",
    "shortest_walk",
    "nobody_far",
    "twice",
    "capacity",
    "worst_district",
    "districts_in_turn",
    "every_variant",
    "given_sites",
]


class Siting(_Part):
    """What to propose."""

    question: Question = Field(
        "most_people",
        description="what the new sites are chosen for: most_people within the limit; "
        "target_share, the fewest sites that reach it; gradual, full value near and less farther; "
        "shortest_walk, the least mean walk; nobody_far, the least longest walk; twice, reached by "
        "a second site too; capacity, no site serves more than it holds; worst_district, the "
        "district with the lowest share first; districts_in_turn, then the second lowest and so "
        "on; every_variant, the worst of the variants first; given_sites, none: the sites "
        "named in `given` are evaluated as they are",
    )
    new_sites: int = Field(
        10, ge=0, description="number of new sites (p); at most so many where a target is set"
    )
    budget: Positive | None = Field(
        None, description="most that all new sites may cost together, 10,000 yuan"
    )
    site_cost: Positive | None = Field(
        None, description="cost of a new site whose own is not known, 10,000 yuan"
    )
    least: Literal["sites", "cost"] = Field(
        "sites", description="what a target is to be reached with least of (target_share)"
    )
    at_most_one: tuple[tuple[str, ...], ...] = Field(
        (), description="sets of candidates, by id, of which one at most is built"
    )
    needs: tuple[tuple[str, str], ...] = Field(
        (), description="pairs of candidates, by id: the first only together with the second"
    )
    target: float | None = Field(
        None, gt=0, le=1, description="share of older people to be reached (target_share)"
    )
    district_target: float | None = Field(
        None, gt=0, le=1, description="share to be reached in every district as well"
    )
    district_level: Literal["county", "street"] = Field(
        "county",
        description="what a district is: the county, or the street or township (nine digits)",
    )
    closable: Literal["none", "all"] | tuple[str, ...] = Field(
        "none", description="serving facilities, by id, that may be closed or moved"
    )
    closing_saves: float = Field(
        0.0, ge=0, description="what closing one, without moving it, sets free, 10,000 yuan"
    )
    move_cost: float | None = Field(
        None,
        ge=0,
        description="what moving one to a candidate costs in all, 10,000 yuan (absent: none "
        "moves); a moved one does not count as a new site",
    )
    moves: int | None = Field(
        None, ge=0, description="most facilities closed or moved together; absent: any number"
    )
    given: tuple[str, ...] = Field(
        (), description="candidates, by id, that are built (given_sites)"
    )
    closed: tuple[str, ...] = Field(
        (), description="facilities, by id, that do not serve any more (given_sites)"
    )
    min_spacing_m: float = Field(
        0.0, ge=0, description="least straight distance between two new sites, metres"
    )
    second_worth: float = Field(
        0.5, gt=0, lt=1, description="worth of being reached a second time, of 1 in all (twice)"
    )
    people_per_site: Positive | None = Field(
        None, description="older people one site can serve (capacity)"
    )
    full_min: Positive = Field(
        10.0, description="minutes up to which reaching somebody counts in full (gradual)"
    )
    nothing_min: Positive = Field(
        20.0, description="minutes from which on it counts nothing (gradual)"
    )
    farthest_min: Positive = Field(
        30.0,
        description="longer walks count as this long (shortest_walk); people farther than this "
        "from every site and candidate are left out and told (nobody_far)",
    )
    tiers: tuple[Tier, ...] = Field(
        (),
        description="tiers planned at once, the highest first; a candidate takes one at most, and "
        "new_sites then counts by tier (most_people)",
    )
    serves_lower: bool = Field(
        False, description="a facility of a higher tier serves as one of every lower tier too"
    )
    candidates: Candidates = Candidates()
    time_limit_s: Positive = 60.0
    gap: float = Field(0.0, ge=0, lt=1, description="relative gap at which the search may stop")
    frontier: int = Field(
        20, ge=0, description="largest number of new sites on the coverage curve; 0 for no curve"
    )
    neighbour_m: Positive = Field(
        300.0, description="how far from a proposed site the next best place is looked for, metres"
    )
    variants: tuple[Variant, ...] = Field(
        ("slow", "fast", "winter"),
        description="other assumptions under which every site is tested: slower or faster people "
        "of the group, snow and ice, or a year such as 2035 the households file projects",
    )
    age_weights: dict[Literal["60", "65", "80"], Weight] = Field(
        default_factory=dict,
        description="how much a person aged 60 to 64, 65 to 79, 80 and over counts when sites are "
        "chosen (most_people, gradual, shortest_walk, twice); a band left out counts like the "
        "next younger one, and 60 as 1; coverage is always told in people",
    )
    winter_factor: float = Field(
        0.8, gt=0, le=1, description="factor on speed in the variant ``winter``"
    )
    way: str = Field("", description="way of obtaining the space, shown with every proposal")
    year: int | None = Field(None, description="year of the programme, shown with every proposal")

    def person_weights(self) -> tuple[float, float, float]:
        """Return what a person of 60 to 64, of 65 to 79 and of 80 and over counts."""
        young = self.age_weights.get("60", 1.0)
        middle = self.age_weights.get("65", young)
        return young, middle, self.age_weights.get("80", middle)


class Space(_Part):
    """Community space against the norm."""

    norm_m2_per_100_households: Positive | None = Field(
        None, description="default: the norm of the standards in force"
    )
    provincial_urban_m2: Positive | None = Field(
        None, description="least floor area of the provincial standard in town (yours to enter)"
    )
    provincial_rural_m2: Positive | None = Field(
        None, description="least floor area of the provincial standard in villages"
    )
    provincial_source: str = Field("", description="where the provincial standard is written")


class Sharing(_Part):
    """What may be shown."""

    least_count: int = Field(5, ge=1, description="smaller counts of people are suppressed (k)")
    map_review_number: str = Field("", description="审图号; empty means internal working map")


class MapPage(_Part):
    """What the map page may fetch when somebody asks it to; by itself it fetches nothing."""

    basemap: Literal["none", "tianditu", "osm"] = Field(
        "none", description="online basemap offered as a box to tick, never loaded unticked"
    )
    tianditu_key: str = Field(
        "",
        pattern=r"^[0-9A-Za-z]{0,64}$",
        exclude=True,
        repr=False,
        description="key of Tianditu (天地图 tk); everybody who gets map.html can read it",
    )


class Scenario(_Part):
    """One question to the planner, complete with its data.

    The file is TOML; paths are relative to it. Unknown keys are refused.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]{0,63}$")
    title: TwoLanguages
    asks: TwoLanguages = Field(description="what the scenario asks, one sentence")
    language: Language = "zh"
    office: str = Field("", description="drafting office, shown in the title block")
    synthetic: bool = Field(False, description="demonstration data; said on every output")
    seed: int = Field(2020, description="seed of everything random (the demonstration city)")
    boundaries: Boundaries
    facilities: tuple[InputFile, ...] = Field(min_length=1)
    households: Households
    streets: Streets
    street_changes: InputFile | None = Field(
        None, description="streets to open or to close, laid over the streets"
    )
    elevation: Elevation | None = None
    entrances: InputFile | None = Field(
        None, description="where facilities and estates are entered, by their id"
    )
    backdrop: tuple[InputFile, ...] = Field((), description="rivers and the like, drawn only")
    walking: Walking = Walking()
    space: Space = Space()
    siting: Siting = Siting()
    sharing: Sharing = Sharing()
    map: MapPage = MapPage()
    folder: Path = Field(Path(), exclude=True, description="set by the reader: where paths start")
