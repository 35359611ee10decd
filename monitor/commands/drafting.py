"""`snapwatch draft`: a draft for a mention from standard input."""

from __future__ import annotations

import json
from datetime import datetime
from typing import BinaryIO, TextIO

from alerts.snap import Service, SnapDrafter, load_playbooks
from monitor.build import build_drafter, build_linter, polished
from monitor.config import Config
from monitor.errors import InputError
from monitor.exchange import parse_line
from monitor.learning.learnt import build_taught
from monitor.model import Mention
from monitor.paging.notices import zone_of
from monitor.ports import Drafter
from monitor.reply import Case, Draft
from monitor.rota import roster
from monitor.store import peek

NO_BRAND, NOBODY = "our company", "your service contact"
"""Who a draft speaks for where no configuration names the brand and the colleague on call."""


def draft(config: Config | None, lines: BinaryIO, out: TextIO, now: datetime) -> int:
    """The draft as one JSON object: the proposed variant, and all of them below `variants`. Without a configuration the
    shipped playbooks answer in a brand's neutral name."""
    mention = parse_line(lines.read().decode("utf-8", "replace"))
    if not isinstance(mention, Mention):
        raise InputError('a mention in the exchange format is expected: {"type": "mention", ...}')
    classifier = build_taught(config)
    drafter: Drafter = SnapDrafter(load_playbooks(), Service(), NO_BRAND)
    if config:
        drafter = polished(config, build_drafter(config), build_linter(config, classifier), classifier)
    (found,) = classifier.classify([mention.text])
    responder, zone = NOBODY, None
    if config:
        zone = zone_of(config, mention.source)
        with peek(config.store.path) as tables:
            responder = roster.first(config, tables, now)
    proposed = drafter.drafts(Case(mention, found, found.category, time_zone=zone), responder, now)
    result = {**_shown(proposed.first), "variants": [_shown(each) for each in proposed.variants]}
    out.write(json.dumps(result, ensure_ascii=False, indent=2) + "\n")
    return 0


def _shown(draft: Draft) -> dict[str, object]:
    return {
        "playbook": draft.playbook,
        "form": draft.form,
        "text": draft.text,
        "opening": draft.opening,
        "status": draft.status,
        "next_steps": draft.next_steps,
        "approximate_time": draft.approximate_time,
        "planned_outcome": draft.planned_outcome,
        "report_by": draft.report_by.isoformat().replace("+00:00", "Z") if draft.report_by else None,
        "asks": draft.asks,
        "facts": [fact._asdict() for fact in draft.facts],
        "polished": draft.polished,
    }
