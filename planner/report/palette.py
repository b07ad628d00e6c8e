"""Colours and classes shared by the map and the QGIS styles.

YlGnBu, readable by colour-blind people and in greyscale; breaks are round and printed.
"""

SHARE_BREAKS = (0.2, 0.4, 0.6, 0.8)
SPACE_BREAKS = (10.0, 20.0, 30.0, 60.0)
FIVE = ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494")
NO_DATA = "#d9d9d9"
WITHHELD = "#f2ede6"
SITE = "#c51b7d"
CLOSED = "#333333"
STATES = {"reached": "#5a5a5a", "newly": "#c51b7d", "unreached": "#d95f02", "mixed": "#b0b0b0"}

# kind of facility -> (shape, colour); shapes are told apart without colour
FACILITIES = {
    "elderly_station": ("circle", "#1b4f8a"),
    "rural_elderly": ("triangle", "#2f7d32"),
    "institution": ("square", "#7a3b96"),
    "community_space": ("diamond", "#b8860b"),
    "other": ("cross", "#555555"),
    "candidate": ("cross", "#555555"),
}
RINGS = {"baseline": ("#0b5394", "solid"), "planned": (SITE, "dash")}
