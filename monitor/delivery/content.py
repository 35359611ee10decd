"""What a message says, put together at the moment of sending, so that one that waited tells how things stand now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import structlog

from monitor import blind
from monitor.delivery.rate import key_of
from monitor.errors import StoreError
from monitor.notice import Alarm, Message, Notice, Promise, Short
from monitor.oncall.sections import Person
from monitor.paging.notices import notice
from monitor.parts import Parts
from monitor.replying.eyes import is_asked, is_wanted
from monitor.store import Alert, Delivery, Tables
from monitor.wording.platforms import handle, source_name

log = structlog.get_logger()


class Made(NamedTuple):
    """A message, and the numbers of the further alerts that it tells."""

    message: Message
    parts: tuple[int, ...] = ()


class Content:
    def __init__(self, parts: Parts) -> None:
        self._ = parts
        self._digests: dict[str, tuple[datetime, datetime, Message]] = {}

    def is_moot(self, delivery: Delivery) -> bool:
        """News of an alert that is no longer true, or that would ring a phone: nobody is called to have nothing to do. Nor
        of a promise that is kept, and a digest for a group that is none any more."""
        if delivery.digest is not None:
            return self._.config.digest.group(delivery.group) is None
        if delivery.promise_id is not None:
            return not is_wanted(self._.store.read.replies.get(delivery.promise_id), delivery)
        if delivery.kind == "page" or delivery.alert_id is None:
            return False
        channel = self._.channels.get(delivery.channel)
        alert = self._.store.read.alerts.get(delivery.alert_id)
        called = channel is not None and channel.carries == "call"
        return (
            called
            or alert is None
            or not outcome(self._.store.read, alert, delivery.kind, "UTC", alert.opened_at)
        )

    def of(self, deliveries: Sequence[Delivery], person: Person, short: Short, now: datetime) -> Made:
        """One message for all of them: about alerts when they are several."""
        first, tables = deliveries[0], self._.store.read
        if first.digest is not None:
            return Made(self._digest(tables, first.group, first.digest, now))
        if first.brief is not None:
            return Made(self._.brief(tables, first.brief))
        if first.alarm_id is not None:
            return Made(self._alarm(tables, first, person, short, now))
        if is_asked(first):
            return Made(self._.render(self._second_look(tables, first, person, now), short))
        if first.promise_id is not None:
            return Made(self._promise(tables, first.promise_id, person, short, now))
        if first.drill_id is not None:
            return Made(self._.render(self._test_page(first, person, now), short))
        notices = self._notices(tables, deliveries, person, now)
        further = tuple(int(each.code) for about in notices for each in about.further)
        try:
            if len(notices) == 1:
                message = self._.render(notices[0], short)
            else:  # in one thread on every try, so that mail programs can tell a repetition
                message = replace(self._.bundle(notices, short), thread=key_of(deliveries))
        except Exception:
            # A page without its clothes is better than no page.
            log.exception("a page could not be rendered", alerts=[about.code for about in notices])
            message = plain(notices)
        return Made(message, further)

    def _notices(
        self, tables: Tables, deliveries: Sequence[Delivery], person: Person, now: datetime
    ) -> list[Notice]:
        """One for each alert, once, however many deliveries it has in the message."""
        found: dict[tuple[int, str], Notice] = {}
        for each in deliveries:
            alert = tables.alerts.get(each.alert_id or 0)
            if alert is None:
                raise LookupError(f"delivery {each.id} belongs to no alert")
            if (alert.id, each.kind) not in found:
                found[alert.id, each.kind] = self._notice(tables, alert, each, person, now)
        return list(found.values())

    def _notice(
        self, tables: Tables, alert: Alert, delivery: Delivery, person: Person, now: datetime
    ) -> Notice:
        try:
            about = notice(tables, alert, person.name, self._.config, self._.drafter, self._.link, now)
        except StoreError:
            raise
        except Exception:
            log.exception("a page could not be put together", alert=alert.id)
            about = self._bare(alert, person, now)
        said = outcome(tables, alert, delivery.kind, person.time_zone, now)
        if not said:
            return replace(about, held=delivery.held)
        return replace(about, outcome=said, changed="", next_person=None, escalates_at=None)

    def _bare(self, alert: Alert, person: Person, now: datetime) -> Notice:
        """What is known of an alert without looking at its story."""
        return Notice(
            story_id=alert.story_id,
            title=f"Alert {alert.id}",
            severity=alert.severity,
            reason=alert.reason,
            code=str(alert.id),
            brand=self._.config.brand.name,
            person=person.name,
            step=alert.step,
            at=now,
            opened_at=alert.opened_at,
            paged_at=alert.opened_at,
            mentions=alert.last.posts,
            sources=alert.last.sources,
            top_posts=(),
            drafts=None,
            link=self._.link(alert.id, person.name),
            changed=alert.changed,
            time_zone=person.time_zone,
            option=self._.config.option,
        )

    def _test_page(self, delivery: Delivery, person: Person, now: datetime) -> Notice:
        return Notice(
            story_id=0,
            title="Test page",
            severity="critical",
            reason="The regular test of the ways in which pages reach you.",
            code=f"t{delivery.drill_id}",
            brand=self._.config.brand.name,
            person=person.name,
            step=0,
            at=now,
            opened_at=delivery.due_at,
            paged_at=delivery.due_at,
            mentions=0,
            sources=(),
            top_posts=(),
            drafts=None,
            link=self._.link(f"t{delivery.drill_id}", person.name),
            time_zone=person.time_zone,
            option=self._.config.option,
            test=True,
        )

    def _alarm(
        self, tables: Tables, delivery: Delivery, person: Person, short: Short, now: datetime
    ) -> Message:
        row = tables.alarms.get(delivery.alarm_id or 0)
        if row is None:
            raise LookupError(f"delivery {delivery.id} belongs to no alarm")
        over_at = row.over_at if delivery.kind == "over" else None
        return self._.alarm(Alarm(row.what, row.words, row.since, over_at), person, now, short)

    def _second_look(self, tables: Tables, delivery: Delivery, person: Person, now: datetime) -> Notice:
        """The page of its alert, which leads to the reply's own; what is new is that the reply waits."""
        reply = tables.replies.get(delivery.promise_id or 0)
        alert = tables.alerts.get(reply.alert_id) if reply and reply.alert_id is not None else None
        if reply is None or alert is None:
            raise LookupError(f"delivery {delivery.id} belongs to no reply")
        who = " and ".join(reply.approvals)
        news = f"reply {reply.code}, which {who} approved, waits for you: nobody gets it before you approve it, too"
        return replace(self._notice(tables, alert, delivery, person, now), changed=news)

    def _promise(self, tables: Tables, reply_id: int, person: Person, short: Short, now: datetime) -> Message:
        reply = tables.replies.get(reply_id)
        if reply is None or reply.report_by is None:
            raise LookupError(f"reply {reply_id} has promised nothing")
        post, source = tables.mentions.get(reply.mention), self._.config.sources.get(reply.source)
        platform = source.type if source else reply.source
        about = Promise(
            code=reply.code,
            customer=handle(post.author.handle, platform) if post else "",
            platform=source_name(reply.source),
            words=reply.says,
            by=reply.report_by,
            since=reply.posted_at or reply.changed_at,
            owner=reply.owner,
            url=reply.url or (post.url if post else None),
            link=self._.link(reply.alert_id, person.name) if reply.alert_id is not None else None,
            option=self._.config.option,
        )
        return self._.promise(about, person, now, short)

    def _digest(self, tables: Tables, group: str, due: datetime, now: datetime) -> Message:
        """The same for every reader of a group, and much work: kept from one delivery to the next, but not for another try,
        before which something that it tells may have been erased."""
        *at, message = self._digests.get(group, (None, None, None))
        if message is None or at != [due, now]:
            message = self._.digest(tables, group, due)
            self._digests[group] = due, now, message
        return message


def outcome(tables: Tables, alert: Alert, kind: str, time_zone: str, now: datetime) -> str:
    """What became of an alert, for those who were paged and have nothing to do any more; empty when it is not so (any
    more)."""
    at = blind.clock(ZoneInfo(time_zone), now)
    if kind == "taken" and alert.state == "acknowledged" and alert.held_since:
        return f"{alert.holder} has it since {at(alert.held_since)}"
    if kind == "taken" and alert.state == "snoozed" and alert.snoozed_until:
        return f"{alert.holder} has it, and let it rest until {at(alert.snoozed_until)}"
    if kind == "over" and alert.state == "resolved" and alert.resolved_at:
        last = next(
            (each for each in reversed(tables.alerts.events(alert.id)) if each.event == "resolved"), None
        )
        if last is not None and last.person:
            return f"resolved by {last.person} at {at(last.at)}"
        return f"over: {last.note}" if last and last.note else f"over since {at(alert.resolved_at)}"
    return ""


def plain(notices: Sequence[Notice]) -> Message:
    """Notices in the fewest words."""
    first = notices[0]
    text = "\n\n".join(
        f"{each.outcome or each.severity}: {each.title}\n{each.reason}\nsnapwatch ack {each.code}{each.option}"
        for each in notices
    )
    codes = " ".join(each.code for each in notices)
    return Message(
        f"[snapwatch] {first.severity}",
        text,
        "",
        f"{first.severity} Ack: {codes}",
        f"alert-{first.code}",
        first.at,
        chat=text,
        spoken=f"{first.severity}. {first.title}",
        code=first.code if len(notices) == 1 else "aa",
        severity=first.severity,
    )
