"""What an assistant may do with a reply: propose words for it. Nothing here approves, posts or withdraws anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from monitor.config import Config
from monitor.errors import InputError
from monitor.model import MentionKey
from monitor.reply import Draft, Form, Occasion
from monitor.replying import approval
from monitor.replying.addresses import strange
from monitor.replying.desk import Lint, begun
from monitor.store import ReplyRow, Store, Tables
from monitor.wording.text import clean, one_line

MOST = 20
"""Proposals of one person's assistants that may wait for a person at a time."""
OFTEN = 20
"""Versions of one of them: the log keeps each."""


class Proposing:
    """Writes what assistants propose: drafts that people read, edit and approve like any other."""

    def __init__(
        self,
        store: Store,
        config: Config,
        lint: Lint,
        occasion: Callable[[MentionKey, Form, str, datetime], Occasion],
    ) -> None:
        self._store = store
        self._config = config
        self._lint = lint
        self._occasion = occasion

    def propose(
        self,
        mention: MentionKey,
        form: Form,
        text: str,
        drafts: Mapping[str, Draft],
        person: str,
        through: str,
        now: datetime,
    ) -> ReplyRow:
        """Propose words to that person, `through` a token of that name, for a post to which `drafts` are the drafter's, by
        form. What a person has touched is never changed: it says something only where no reply is under way, or nothing but
        an assistant's proposal to the same person.

        InputError for that, for words in which lint finds an error, and for addresses and telephone numbers that no draft
        has: whoever reads a post may have been told by the post what to write.
        """
        if person not in {each.name for each in self._config.people}:
            raise InputError(f"{one_line(person, 80)!r} is not in the configuration")
        words = approval.worded(clean(text))
        draft = drafts.get(form) or Draft("", words, "", "", "", "", form=form)
        occasion = self._occasion(mention, form, person, now)
        post = self._store.read.mentions.get(mention)
        handles = (*self._config.brand.handles, occasion.customer, post.author.handle if post else "")
        names = [f"@{each.lstrip('@')}" for each in handles]
        if unknown := strange(words, *names, *(each.text for each in drafts.values())):
            named = one_line(", ".join(unknown), 200)
            raise InputError(f"no draft for this post names {named}: leave that out, a person may add it")
        self._check(words, occasion)
        assistant = assistant_of(person)

        def work(tables: Tables) -> ReplyRow:
            live = tables.replies.live_of(mention) or self._new(tables, mention, draft, person, now)
            events = tables.replies.events(live.id)
            if live.state != "draft" or any(each.who not in (assistant, "") for each in events):
                raise InputError(
                    f"people have {live.code}, a reply to this post, in hand: nothing was changed"
                )
            if live.version >= OFTEN:
                raise InputError(
                    f"{live.code} has been worded {OFTEN} times: a person has to read it now; nothing was changed"
                )
            after = approval.edited(live.standing, words, live.version)
            tables.replies.stand(live, after, now, editor=assistant)
            tables.replies.promise(live.id, draft.approximate_time, draft.report_by)
            reply = tables.replies.get(live.id)
            assert reply is not None  # noqa: S101 -- it was there a moment ago, in this transaction
            tables.replies.log(
                reply, now, assistant, "edited", reply.text, f"through {one_line(through, 80)}"
            )
            return reply

        return self._store.write(work)

    def _new(self, tables: Tables, mention: MentionKey, draft: Draft, person: str, now: datetime) -> ReplyRow:
        assistant = assistant_of(person)
        waiting = [
            each for each in tables.replies.live() if (each.state, each.editor) == ("draft", assistant)
        ]
        if len(waiting) >= MOST:
            raise InputError(f"{MOST} proposals wait for {person} already: they have to be read first")
        story = tables.stories.of(mention)
        alert = tables.alerts.of_story(story) if story is not None else None
        return begun(tables, self._config, alert, mention, draft, assistant, now, owner=person)

    def _check(self, words: str, occasion: Occasion) -> None:
        wrong = [each for each in self._lint(words, occasion) if each.severity == "error"]
        if wrong:
            told = "; ".join(dict.fromkeys(f"{each.rule}: {each.reason}" for each in wrong))
            raise InputError(f"it could not be sent as it is: {told}")


def assistant_of(person: str) -> str:
    """As the log of a reply and its editor name whoever wrote it for that person."""
    return f"{person}'s assistant"
