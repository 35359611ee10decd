"""One listing of YouTube's threads of comments, newest first, read page by page.

A thread comes with a few of its replies. It has more when its count grew by more than was shown: then its replies are
asked for themselves, before the next page of threads.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from monitor.intake.outside import count_at, object_at, objects_at, text_at
from monitor.model import Interval
from sources import newest
from sources.youtube_api import Comment, MissingError, StaleTokenError, YouTube, comment_of

OVERLAP = timedelta(hours=1)
THREADS = 300  # whose counts of replies are remembered
EMPTY_PAGES = 5  # that one poll follows


class Asked(BaseModel):
    """A thread whose replies are still to be read: those from `since` on that are not `known`."""

    thread: str
    video: str
    since: float
    known: list[str]
    token: str | None = None


class Threads(BaseModel):
    """What is known of a listing: how many replies each of the newest threads had (`counts`, with the thread's time), whose
    are still to be read, and the time that is covered once they are."""

    model_config = ConfigDict(extra="forbid")
    listing: newest.Listing
    counts: dict[str, tuple[float, int]] = {}
    asked: list[Asked] = []
    covered: tuple[Interval, ...] = ()


class Step(NamedTuple):
    """What one more page makes of a listing, and which comments are new."""

    fresh: list[Comment]
    threads: Threads
    more: bool
    covered: tuple[Interval, ...]


def begin(since: datetime) -> Threads:
    """Before the first poll."""
    return Threads(listing=newest.begin(since))


def again(start: datetime, end: datetime) -> Threads:
    """To read one stretch once more."""
    return Threads(listing=newest.Listing(since=start.timestamp(), until=end.timestamp()))


def page(api: YouTube, state: Threads, where: dict[str, str], now: datetime) -> Step:
    """One page of replies, while there are any to be read, or of the threads that `where` names."""
    if state.asked:
        return _replies(api, state, now)
    listing = state.listing
    try:
        answer = _threads(api, listing.after, where, now)
    except StaleTokenError:
        if listing.after is None:
            raise
        listing = listing.model_copy(update={"after": None, "newest": 0.0})
        answer = _threads(api, None, where, now)
    found: list[Comment] = []
    asked: list[Asked] = []
    counts: dict[str, tuple[float, int]] = {}
    for thread in objects_at(answer, "items"):
        snippet = object_at(thread, "snippet")
        video, total = text_at(snippet, "videoId"), count_at(snippet, "totalReplyCount") or 0
        top_comment = comment_of(api.name, object_at(snippet, "topLevelComment"), video, now, total)
        if top_comment is None:
            continue
        items = objects_at(object_at(thread, "replies"), "comments")
        replies = [each for item in items if (each := comment_of(api.name, item, video, now))]
        id, at = top_comment.mention.id, top_comment.entry.at.timestamp()
        fresh = [each for each in replies if each.entry.key not in listing.seen]
        fresh = [each for each in fresh if each.entry.at.timestamp() >= listing.since]
        _, before = state.counts.get(id, (at, 0 if at >= listing.since else total))
        if total > len(replies) and total - before > len(fresh):
            known = [each.entry.key for each in replies]
            asked.append(Asked(thread=id, video=video, since=listing.since, known=known))
        counts[id] = (at, total)
        found += [*replies, top_comment]  # the thread last: its time says how far the page reaches
    if objects_at(answer, "items") and not found:
        raise api.session.unreadable("no comment of it is as it should be")
    step = newest.advance(
        listing, [each.entry for each in found], text_at(answer, "nextPageToken") or None, now, OVERLAP
    )
    latest = sorted((state.counts | counts).items(), key=lambda item: item[1])[-THREADS:]
    after = Threads(listing=step.listing, counts=dict(latest), asked=asked, covered=step.covered)
    return _settled([each for each in found if each.entry.key in step.fresh], after, step.more)


def leave(state: Threads) -> Step:
    """Give up the threads that were not read; replies that were asked for are still read."""
    listing, covered = newest.leave(state.listing, OVERLAP)
    lost = tuple(each for each in covered if not each.complete)
    read = (*state.covered, *(each for each in covered if each.complete))
    step = _settled([], state.model_copy(update={"listing": listing, "covered": read}), False)
    return step._replace(covered=(*lost, *step.covered))


def _threads(api: YouTube, token: str | None, where: dict[str, str], now: datetime) -> dict[str, Any]:
    asked = {"part": "snippet,replies", "order": "time", "maxResults": 100, "textFormat": "plainText"}
    for _ in range(EMPTY_PAGES):
        answer = api.ask(now, "commentThreads", pageToken=token, **asked, **where)
        token = text_at(answer, "nextPageToken")
        if objects_at(answer, "items") or not token:
            return answer
    raise api.session.unreadable("only empty pages")


def _replies(api: YouTube, state: Threads, now: datetime) -> Step:
    asked, *rest = state.asked
    which = {"parentId": asked.thread, "pageToken": asked.token}
    try:
        answer = api.ask(now, "comments", part="snippet", maxResults=100, textFormat="plainText", **which)
    except (MissingError, StaleTokenError):  # the thread was deleted meanwhile
        answer = {}
    items = objects_at(answer, "items")
    found = [each for item in items if (each := comment_of(api.name, item, asked.video, now))]
    late = [each for each in found if each.entry.at.timestamp() >= asked.since]
    known = {*asked.known, *state.listing.seen}
    fresh = [each for each in late if each.entry.key not in known]
    token = text_at(answer, "nextPageToken")
    if token and found and found[-1] in late:
        rest = [asked.model_copy(update={"token": token}), *rest]
    seen = {each.entry.key: each.entry.at.timestamp() for each in fresh}
    listing = state.listing.model_copy(update={"seen": state.listing.seen | seen})
    left = state.model_copy(update={"listing": listing, "asked": rest})
    return _settled(fresh, left, listing.after is not None)


def _settled(fresh: list[Comment], state: Threads, more: bool) -> Step:
    """No time is covered while replies of it are still to be read."""
    if state.asked:
        return Step(fresh, state, True, ())
    return Step(fresh, state.model_copy(update={"covered": ()}), more, state.covered)
