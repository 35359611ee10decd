"""The after-action report as one HTML file that needs nothing else: to be sent on, kept and printed."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from markupsafe import Markup

from monitor.overview import report_words
from monitor.overview.lessons import HEADINGS
from monitor.overview.report import Report
from monitor.overview.report_curve import drawings
from monitor.web.screens.assets import FILES
from monitor.web.templating import environment


def report_file(report: Report, brand: str, zone: ZoneInfo) -> str:
    """The file, with times of that zone. Whatever strangers wrote stands in it as text; it runs no script and loads
    nothing."""
    styles = "\n".join(FILES[name].decode() for name in ("room.css", "report.css"))
    return (
        environment()
        .get_template("report/file.html.jinja")
        .render(
            report=report,
            brand=brand,
            zone=zone,
            say=report_words,
            drawings=drawings(report, zone),
            KINDS=HEADINGS,
            today=report.made_at.astimezone(zone).date(),
            styles=Markup(styles),  # noqa: S704  # our own stylesheets
        )
    )
