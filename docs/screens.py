"""The pictures of docs/screens, of every screen at desk and phone width:

    python -m docs.screens FOLDER

FOLDER is one of `bench.room_world`, or one in which `snapwatch run` has played the day of config.example.toml.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from bench.room import addresses
from bench.room_serve import served as world_served
from tests.browser import CHROMIUM, DESK, OPTIONS, PHONE, served, visit

HERE = Path(__file__).parent / "screens"
SHOWN = {
    "now": "now", "story, the largest": "story", "reply": "reply", "report": "report", "search, a common word": "search",
    "label": "label", "on call": "oncall", "sources": "sources", "settings": "settings",
}  # fmt: skip
"""The screens that the documentation shows, and their pictures."""
COLOURS = 128
"""Of a picture: they are looked at, not measured."""


def main() -> None:
    HERE.mkdir(exist_ok=True)
    with (
        world_served(Path(sys.argv[1]) / "config.toml") as (app, parts),
        served(app) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        found = addresses(parts.store)
        for name, picture in SHOWN.items():
            for width, scheme in ((DESK, "light"), (PHONE, "dark")):
                with visit(browser, width, scheme) as page:  # type: ignore[arg-type]
                    page.goto(url + found[name])
                    page.wait_for_timeout(300)
                    keep(page.screenshot(), f"{picture}-{width}.png")


def keep(png: bytes, name: str) -> None:
    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    picture.save(HERE / name, optimize=True)


if __name__ == "__main__":
    main()
