"""The after-action report as one HTML file that needs nothing else: to be sent on, kept and printed."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from monitor.overview import course_curve, course_words, report_words
from monitor.overview.lessons import HEADINGS
from monitor.overview.report import Report
from monitor.overview.report_curve import drawings
from monitor.web.screens.assets import FILES
from monitor.web.templating import environment


def report_file(report: Report, brand: str, zone: ZoneInfo) -> str:
    """The file, with times of that zone. Whatever strangers wrote stands in it as text; it runs no script and loads
    nothing."""
    styles = "\n".join(FILES[name].decode() for name in ("room.css", "drawn.css", "report.css"))
    return (
        environment()
        .get_template("report/file.html.jinja")
        .render(
            report=report,
            brand=brand,
            zone=zone,
            say=report_words,
            drawings=drawings(report, zone),
            **forecast(report, zone),
            KINDS=HEADINGS,
            today=report.made_at.astimezone(zone).date(),
            styles=Markup(styles),  # noqa: S704  # our own stylesheets
        )
    )


def forecast(report: Report, zone: ZoneInfo) -> dict[str, Any]:
    """What the report's template takes to tell how the forecast went."""
    return {
        "went": course_words.in_words(report.course, lambda moment: report_words.at(moment, zone)),
        "likelihoods": course_curve.drawings(report.course, zone),
    }
