"""The templates of everything that is served: what is written in them is text, never HTML."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from monitor.overview.course_words import percent
from monitor.web.screens.assets import asset
from monitor.web.sparks import sparked
from monitor.web.words import coded, sentences
from monitor.wording.platforms import source_name
from monitor.wording.text import clean, one_line, web_link


def environment() -> Environment:
    templates = Environment(
        loader=PackageLoader("monitor.web"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(
        line=one_line, platform=source_name, web_link=web_link, clean=clean, sparked=sparked, chance=percent,
        sentences=sentences, coded=coded,
    )  # fmt: skip
    templates.globals["asset"] = asset
    return templates
