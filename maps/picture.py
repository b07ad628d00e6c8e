"""Take the picture of the README: the map of the default scenario in a headless browser.

python maps/picture.py    after `make run`; writes maps/picture.png
"""

import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
MAP = HERE / "benxi_2025" / "map.html"
PICTURE = HERE / "picture.png"
COLOURS = 128


def take() -> None:
    """Open the map without a network and keep what it shows, in few colours."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as tool:
        opened = tool.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        context = opened.new_context(viewport={"width": 1366, "height": 768}, offline=True)
        page = context.new_page()
        page.goto(MAP.as_uri())
        page.wait_for_selector("body.ready")
        page.click("#tab-sites")
        page.wait_for_timeout(500)
        page.screenshot(path=PICTURE)
        opened.close()
    with Image.open(PICTURE) as image:
        small = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(PICTURE, optimize=True)


if __name__ == "__main__":
    take()
