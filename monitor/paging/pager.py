"""Alerts: whether a story pages, and what is told of one that has. Everything here happens inside a transaction of the
caller."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from monitor import outlook, rules
from monitor.model import SEVERITIES
from monitor.paging import silences, updates
from monitor.paging.briefing import Briefing
from monitor.paging.calling import Caller
from monitor.paging.escalating import Escalation
from monitor.paging.facts import Facts
from monitor.parts import Parts
from monitor.store import Alert, Tables
from monitor.wording.timetable import shift_of


class Said(NamedTuple):
    """What became of a story, for the log."""

    event: Literal["page", "update", "held", "gathered"]
    words: str


class Pager:
    def __init__(self, parts: Parts) -> None:
        self._config = parts.config
        self._facts = Facts(parts.config, parts.measure_of)
        self._zone = ZoneInfo(parts.config.oncall.time_zone)
        self._caller = Caller(parts)
        self._escalation = Escalation(parts.config, self._caller)
        self._briefing = Briefing(self._caller)
        self.is_due, self.escalate = self._escalation.is_due, self._escalation.escalate
        self.failed = self._escalation.failed
        self.brief, self.brief_failed = self._briefing.brief, self._briefing.brief_failed
        self.mail_of = self._briefing.mail_of
        self.news_can_wait = self._caller.news_can_wait
        self.contacts, self.everybody = self._caller.contacts, self._caller.everybody

    def learn(self, tables: Tables, now: datetime) -> None:
        """Read what is normal, before the transaction in which `decide` asks for it."""
        self._facts.learn(tables, now)

    def shift(self, now: datetime) -> tuple[datetime, datetime]:
        """When the shift at that time began and ends."""
        return shift_of(now, self._config.oncall.shifts, self._zone)

    def decide(self, tables: Tables, story: int, now: datetime) -> Said | None:
        """Page, update or hold; None when there is nothing that anybody should hear of."""
        facts = self._facts.of(tables, story, now)
        if facts is None:
            return None
        decision = rules.decide(facts, self._config.rules, now)
        alert = tables.alerts.of_story(story)
        pages = decision.action == "page" or alert is not None
        self._write_down(tables, story, facts, pages, now)
        if pages:
            silence = silences.match(tables.silences.active(now), facts, story, self._config.rules, now)
            if silence is not None:
                return self._silenced(tables, story, decision, silence, now)
        if alert is None:
            decision = rules.under_cap(decision, facts, self._sent(tables, decision, now), self._config.rules)
        tables.stories.decided(story, decision, now)
        if decision.rule == "cap":
            new = tables.held.add(story, decision, now)
            return Said("held", decision.reason) if new else None
        if decision.action == "hold" and (alert is None or decision.rule == "over"):
            return None
        if alert is None:
            tables.stories.entitle(story, facts.lead.mention)
            return self._open(tables, story, facts, decision, now)
        return self._tell(tables, alert, facts, decision, now)

    def _write_down(
        self, tables: Tables, story: int, facts: rules.StoryFacts, pages: bool, now: datetime
    ) -> None:
        """Keep what is said of the story now, if that is worth it: silenced or not, under the cap or not."""
        said, post = facts.lead.forecast, facts.lead.mention
        if said is None or now - post.created_at > rules.FRESH:
            return
        new = outlook.Outlook(
            max(now, said.at),  # later where the clock was set back
            facts.p_viral,
            self._config.rules.page_at,
            post.key,
            said.count,
            said.viral_at,
            said.expected,
            said.low,
            said.high,
            said.crosses_at,
            said.sparse,
        )
        written = tables.outlooks.written(story)
        begun = written is not None or pages or outlook.matters(new)
        if begun and outlook.worth_a_row(new, written):
            tables.outlooks.add(story, new)

    def _silenced(
        self,
        tables: Tables,
        story: int,
        decision: rules.Decision,
        silence: silences.Silence,
        now: datetime,
    ) -> Said | None:
        """Hold it; it is decided again when the silence ends."""
        held = silences.hold(decision, silence, self._zone, now)
        new = story not in tables.silences.stories(silence.number)
        tables.stories.decided(story, held, now)
        tables.silences.held(silence.number, story)
        if silences.is_for_the_brief(held) and tables.alerts.of_story(story) is None:
            new = tables.held.add(story, held, now) or new
        return Said("held", held.reason) if new else None

    def _sent(self, tables: Tables, decision: rules.Decision, now: datetime) -> int:
        """How many stories, as severe as this one or worse, have paged in this shift."""
        since, _ = self.shift(now)
        return tables.alerts.opened(since, SEVERITIES[SEVERITIES.index(decision.severity) :])

    # --- opening ----------------------------------------------------------------------------------------------

    def _open(
        self, tables: Tables, story: int, facts: rules.StoryFacts, decision: rules.Decision, now: datetime
    ) -> Said:
        """Open the story's alert and page, or, when it is urgent and past the cap of those, have another's page tell it:
        nothing urgent is silent, and the phone does not ring for each."""
        since, _ = self.shift(now)
        cap = self._config.rules.urgent_pages_per_shift
        urgent = rules.is_never_held(decision, facts, self._config.rules)
        past = urgent and tables.gathered.rang(since) >= cap
        gatherer = tables.gathered.gatherer(since, cap) if past else None
        if past:
            where = f"told with alert {gatherer}" if gatherer else "further ones are told in this page"
            decision = replace(
                decision, reason=f"{decision.reason}; over {cap} urgent stories this shift: {where}"
            )
        alert_id = tables.alerts.open(story, facts, decision, now)
        if urgent:
            tables.gathered.mark_urgent(alert_id)
        if gatherer is not None:
            tables.gathered.join(alert_id, gatherer)
            return Said("gathered", decision.reason)
        alert = tables.alerts.get(alert_id)
        if alert is None:
            raise LookupError(f"alert {alert_id} was just written and is not there")
        tables.alerts.escalate(alert_id, 0, self._caller.page_step(tables, alert, 0, now))
        return Said("page", decision.reason)

    # --- news -------------------------------------------------------------------------------------------------

    def _tell(
        self,
        tables: Tables,
        alert: Alert,
        facts: rules.StoryFacts,
        decision: rules.Decision,
        now: datetime,
    ) -> Said | None:
        """Tell what has changed since the last page, if it is material, to whoever has the alert or was paged about it. A
        snooze is ended only by what is graver."""
        if alert.state == "resolved":
            return None
        worst = max(decision.severity, alert.severity, key=SEVERITIES.index)
        if decision.action == "hold":  # what was paged for has calmed down, and still is news when it changes
            decision = replace(decision, reason=rules.in_short(facts, self._config.rules, now))
        decision = replace(decision, severity=worst)
        news = updates.changed(alert.last, facts, decision, self._config.rules, now, self._zone)
        if not news:
            return None
        graver = bool(updates.graver(alert.last, facts, decision))
        if alert.state == "snoozed" and not graver:
            return None
        people = self._caller.listeners(tables, alert)
        tables.outbox.cancel_pending(alert.id)
        is_part = self._stands_in_another(tables, alert)
        heard = not is_part or tables.gathered.was_told(alert.id) or alert.acknowledged_at is not None
        revision = tables.alerts.update(alert.id, facts, decision, news, now, heard=heard)
        if is_part:
            tables.gathered.has_news(alert.id)
        else:
            after = replace(alert, severity=decision.severity, changed=news, revision=revision)
            self._escalation.tell_news(tables, after, people, now, graver=graver, revision=revision)
        return Said("update", news)

    def _stands_in_another(self, tables: Tables, alert: Alert) -> bool:
        """Whether its news are told in another's page. Of what somebody took by its own number they hear themselves,
        whoever has that page."""
        if alert.gathered_into is None or alert.state == "snoozed":
            return False
        page = tables.alerts.get(alert.gathered_into)
        return alert.state != "acknowledged" or (page is not None and page.holder == alert.holder)
