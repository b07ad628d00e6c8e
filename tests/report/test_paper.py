"""The map on paper: pages, size, the same bytes again, and names that are only text."""

import numpy as np
import pytest
from full_outcome import full_outcome
from PIL import Image

from planner.errors import OutputError
from planner.report.paper import fonts, write_paper
from planner.report.paper.fonts import chinese_font, shorten
from planner.report.paper.marks import spread_pins

LANGUAGE = "zh" if chinese_font() else "en"


def test_a_png_is_an_a3_sheet_with_a_map_on_it(tmp_path):
    path = tmp_path / "map.png"
    write_paper(full_outcome(), path, language=LANGUAGE)
    with Image.open(path) as image:
        assert image.width / image.height == pytest.approx(420 / 297, rel=1e-3)
        colours = image.convert("RGB").getcolors(1 << 24)
    assert len(colours) > 100


def test_a_pdf_has_a_page_for_every_site(tmp_path):
    path, outcome = tmp_path / "map.pdf", full_outcome()
    write_paper(outcome, path, language=LANGUAGE)
    pages = path.read_bytes().count(b"/Type /Page ")
    assert pages == 1 + len(outcome.plan.picks)


@pytest.mark.parametrize("name", ["map.png", "map.pdf"])
def test_the_same_outcome_gives_the_same_bytes(tmp_path, name):
    told = []
    for folder in ("one", "two"):
        path = tmp_path / folder / name
        write_paper(full_outcome(), path, language=LANGUAGE)
        told.append(path.read_bytes())
    assert told[0] == told[1]


@pytest.mark.parametrize(
    "hostile", [r"$\frac{", "${x}$", "<script>", "\u202e反转", "长" * 300, "𝕏😀"]
)
def test_names_are_only_text(tmp_path, hostile):
    path = tmp_path / "map.pdf"
    write_paper(full_outcome(lambda text: hostile + text), path, language=LANGUAGE)
    assert path.stat().st_size > 10_000


def test_a_machine_without_a_chinese_font_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "_CHINESE", ("No Such Font",))
    with pytest.raises(OutputError) as error:
        write_paper(full_outcome(), tmp_path / "map.png", language="zh")
    assert error.value.findings[0].rule == "paper.no_font"
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_is_told_and_the_old_one_stays(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("here")
    with pytest.raises(OutputError):
        write_paper(full_outcome(), blocked / "map.png", language=LANGUAGE)
    assert blocked.read_text() == "here"


def test_long_text_is_cut_and_short_text_is_not():
    assert shorten("本溪市", 3) == "本溪市"
    assert shorten("本溪满族自治县", 4) == "本溪满…"


def test_pins_move_apart_and_stay_where_they_do_not_touch():
    apart = spread_pins([[0.0, 0.0], [0.0, 0.0], [50.0, 0.0]], 4.0)
    assert apart[2].tolist() == [50.0, 0.0]
    assert np.hypot(*(apart[0] - apart[1])) >= 4.0
