"""Readings of names, and colours that everybody can tell apart."""

import numpy as np
import pytest

from planner.report.palette import CHANGE, CHANGE_BREAKS, FIVE, STATES
from planner.report.webmap.search import read_aloud

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB
PROTANOPIA = (
    (0.152286, 1.052583, -0.204868),
    (0.114503, 0.786281, 0.099216),
    (-0.003882, -0.048116, 1.051998),
)
DEUTERANOPIA = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)


def linear(colour):
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def luminance(colour):
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def lab(rgb):
    xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    ) @ np.clip(rgb, 0, 1)
    f = np.cbrt(xyz / [0.9505, 1.0, 1.089])
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_readings_follow_the_words_they_stand_in():
    readings = read_aloud(["重庆路", "八家堡", "本溪"])
    assert readings["重"].split()[0] == "chong"
    assert {"bao", "pu"} <= set(readings["堡"].split())
    assert readings["本"] == "ben"
    assert list(readings) == sorted(readings)
    assert all(len(told.split()) <= 4 for told in readings.values())


def test_readings_ignore_what_is_not_chinese():
    assert read_aloud(["<img src=x>", "ABC 12", "\u202e"]) == {}
    assert read_aloud(["甲<b>"]) == {"甲": "jia"}


def test_the_five_classes_darken_step_by_step():
    told = [luminance(colour) for colour in FIVE]
    assert told == sorted(told, reverse=True)
    assert min(np.diff(told[::-1])) > 0.02


def test_change_darkens_away_from_none():
    told = [luminance(colour) for colour in CHANGE]
    assert told[0] < told[1] < told[2] > told[3] > told[4]
    assert tuple(-b for b in reversed(CHANGE_BREAKS)) == CHANGE_BREAKS


@pytest.mark.parametrize("matrix", [PROTANOPIA, DEUTERANOPIA], ids=["protan", "deutan"])
@pytest.mark.parametrize(
    "colours", [FIVE, CHANGE, tuple(STATES.values())], ids=["five", "change", "states"]
)
def test_colours_differ_for_the_colour_blind(matrix, colours):
    seen = [lab(np.array(matrix) @ linear(colour)) for colour in colours]
    gaps = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(gaps) > 10
