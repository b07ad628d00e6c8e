"""Who may walk where: the rules of ``walkable.toml``, read and applied."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from planner.model.network import WayKind

CLOSING_KEYS = ("foot", "access", "barrier")  # a node without any of them is open
NODE_KEYS = (*CLOSING_KEYS, "entrance", "locked")
_NO = ("no", "false", "0")


@dataclass(frozen=True, slots=True)
class Walkable:
    """Which ways one may walk on and which nodes stop a walker; the sets of ``walkable.toml``."""

    sets: Mapping[str, frozenset[str]]
    sidewalk_keys: tuple[str, ...]

    def allows(self, tags: Mapping[str, str]) -> bool:
        """Return whether one may walk on a way with `tags`."""
        sets = self.sets
        highway, foot = tags.get("highway", ""), tags.get("foot", "")
        said = highway in sets["only_if_said"]
        known = said or highway in sets["street"] or highway in sets["path"]
        if not known or highway in sets["never"] or foot in sets["foot_no"]:
            return False
        if foot in sets["foot_yes"]:
            return True
        if tags.get("access", "") in sets["access_no"]:
            return False
        if said or tags.get("motorroad", "") == "yes":
            return any(tags.get(k, "") in sets["sidewalk_yes"] for k in self.sidewalk_keys)
        return True

    def closes(self, tags: Mapping[str, str]) -> bool:
        """Return whether a node with `tags` cannot be passed on foot."""
        sets = self.sets
        foot, barrier = tags.get("foot", ""), tags.get("barrier", "")
        if foot in sets["foot_yes"]:
            return False
        if foot in sets["nodes_foot_no"]:
            return True
        if tags.get("entrance", "no") not in sets["nodes_entrance_no"]:
            return False
        if tags.get("access", "") in sets["access_no"] or barrier in sets["nodes_shut"]:
            return True
        return barrier not in ("", *_NO) and tags.get("locked", "") in sets["nodes_locked"]

    def lived_on(self, tags: Mapping[str, str]) -> bool:
        """Return whether people live along a way: a street of theirs, on the ground."""
        homes = tags.get("highway") in self.sets["homes"]
        beside = tags.get("service", "") in self.sets["homes_not"]
        return homes and not beside and way_kind(tags) is WayKind.STREET


@cache
def walkable() -> Walkable:
    """Return the rules of ``walkable.toml``."""
    text = resources.files(__package__).joinpath("walkable.toml").read_text(encoding="utf-8")
    sheet = tomllib.loads(text)
    sets = {k: frozenset(v) for k, v in sheet.items() if isinstance(v, list)}
    for table in ("graphml", "nodes"):
        sets |= {f"{table}_{k}": frozenset(v) for k, v in sheet[table].items()}
    return Walkable(sets, tuple(sheet["sidewalk_keys"]))


def way_kind(tags: Mapping[str, str]) -> WayKind:
    """Return what a way is to a walker."""
    if tags.get("highway") == "steps":
        return WayKind.STEPS
    if tags.get("bridge", "no") not in _NO:
        return WayKind.BRIDGE
    if tags.get("tunnel", "no") not in (*_NO, "building_passage"):
        return WayKind.TUNNEL
    return WayKind.PATH if tags.get("highway") in walkable().sets["path"] else WayKind.STREET


def directions(tags: Mapping[str, str]) -> tuple[bool, bool]:
    """Return whether one may walk a way forwards, and backwards."""
    oneway = tags.get("oneway:foot") or tags.get("conveying", "")
    if (oneway in {"yes", "1", "true"} and "oneway:foot" in tags) or oneway == "forward":
        return True, False
    if oneway in {"-1", "reverse", "backward"}:
        return False, True
    return tags.get("foot:forward") not in _NO, tags.get("foot:backward") not in _NO
