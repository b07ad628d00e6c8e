"""A headless browser without a network, and pages it opens."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))

CHROMIUM = next(
    (
        found
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (found := shutil.which(name))
    ),
    None,
)


@dataclass
class Watched:
    """What a page did that it must not do."""

    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def all(self) -> list[str]:
        return self.dialogs + self.errors + self.console + self.requests


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as tool:
        opened = tool.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser) -> Callable:
    contexts = []

    def opened(path: Path, **options):
        context = browser.new_context(
            viewport={"width": 1366, "height": 768}, offline=True, **options
        )
        contexts.append(context)
        page = context.new_page()
        watched = Watched()

        def dismiss(dialog):
            watched.dialogs.append(dialog.message)
            dialog.dismiss()

        own = path.resolve().as_uri()
        page.on("dialog", dismiss)
        page.on("pageerror", lambda error: watched.errors.append(str(error)))
        page.on("console", lambda message: watched.console.append(message.text))
        page.on(
            "request",
            lambda r: (
                None
                if r.url.startswith(("data:", "blob:")) or r.url == own
                else watched.requests.append(r.url)
            ),
        )
        page.goto(own)
        page.wait_for_selector("body.ready", timeout=60_000)
        return page, watched

    yield opened
    for context in contexts:
        context.close()
