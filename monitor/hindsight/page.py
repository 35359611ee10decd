"""A backtest as a page: the figures, the pictures, and every miss with its link, in a folder that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alerts.templating import templates
from monitor.errors import InputError
from monitor.hindsight.history import History
from monitor.hindsight.judged import Found
from monitor.hindsight.pictures import pictures
from monitor.hindsight.programs import misses, sent
from monitor.hindsight.words import HEAD, about, cells, differences, measured_in_words, notes

PAGE = "report.html"
LISTED = 500
"""Misses and pages that the report lists, of each kind; `--json` has all."""


def write(folder: Path, history: History, found: Sequence[Found]) -> Path:
    """Write the page and its pictures; the page's path. InputError when the folder can't be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        configurations = []
        for number, each in enumerate(found, start=1):
            drawn = []
            for picture in pictures(each):
                file = f"{picture.name}-{number}.png" if len(found) > 1 else f"{picture.name}.png"
                (folder / file).write_bytes(picture.png)
                drawn.append({"file": file, "title": picture.title, "alt": picture.alt})
            missed, paged = misses(each), sent(each)
            configurations.append(
                {
                    "name": each.name,
                    "measured": measured_in_words(history, each),
                    "rows": [(line.name, *cells(line.figures)) for line in each.ways],
                    "notes": notes(each),
                    "pictures": drawn,
                    "misses": missed[:LISTED],
                    "more_misses": max(len(missed) - LISTED, 0),
                    "false": [page for page in paged if page["right"] is False and page["measured"]][:LISTED],
                }
            )
        html = (
            templates(share=lambda value: f"{value:.2f}", minutes=lambda value: f"{value:,.0f}")
            .get_template("backtest.html.jinja")
            .render(
                about=about(history),
                lacks=history.lacks.words(),
                head=HEAD,
                configurations=configurations,
                differences=differences(*found) if len(found) == 2 else [],
            )
        )
        page = folder / PAGE
        page.write_text(html, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder} can't be written: {error.strerror}") from None
    return page
