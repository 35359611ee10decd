"""`snapwatch mcp`: the MCP server for an assistant on this machine, over standard input and output."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from zoneinfo import ZoneInfo

from alerts.length import length, limit
from alerts.lint import RULES, Linter
from monitor import thresholds
from monitor.build import build_classifier, build_drafter, build_linter
from monitor.config import Config
from monitor.errors import InputError
from monitor.log import configure_log
from monitor.opening import clock_of, open_store
from monitor.reply import Finding, Occasion
from monitor.replying.desk import ReplyDesk
from monitor.rota import roster
from monitor.store import Store
from monitor.web.api.assistants.server import server
from monitor.web.api.assistants.study import study_of
from monitor.web.proposals import Answering

WHO = "snapwatch mcp"


def serve(config: Config, by: str | None) -> None:
    """Until the assistant ends it. It proposes in the name of `by`, who is in the configuration; without, it only reads."""
    try:
        import anyio
        from mcp.server.stdio import stdio_server
    except ImportError:
        raise InputError("install snapwatch[assistants] for this") from None
    person = roster.known(config, by) if by else None
    zones = {each.name: each.time_zone for each in config.people}
    zone = ZoneInfo(zones.get(person or "", config.oncall.time_zone))
    configure_log(config.log)
    with open_store(config) as store:
        study = study_of(store, config, clock_of(config, store), _answering(config, store), WHO, person, zone)
        served = server(study)

        async def run() -> None:
            async with stdio_server() as (asked, told):
                await served.run(asked, told, served.create_initialization_options())

        anyio.run(run)


def _answering(config: Config, store: Store) -> Answering:
    """As the daemon's; the model is loaded when lint first needs it."""

    @cache
    def linter() -> Linter:
        return build_linter(config, build_classifier(config))

    def lint(text: str, occasion: Occasion) -> Sequence[Finding]:
        return linter().findings(text, occasion)

    def room(text: str, occasion: Occasion) -> tuple[int, int]:
        return length(occasion.platform, text), limit(occasion.platform, private=not occasion.public)

    return Answering(
        desk=ReplyDesk(store, config, lint),
        drafter=build_drafter(config),
        lint=lint,
        explained={name: rule.reason for name, rule in RULES.items()},
        room=room,
        measure_of=lambda source: thresholds.measure_of(config, store.read, source),
        rules=config.rules,
        four_eyes=config.replies.four_eyes,
    )
