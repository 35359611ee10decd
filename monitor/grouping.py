"""Stories as they grow: which one a mention joins, and afterwards which have become one, or two. Everything here happens
inside a transaction of the caller."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from monitor import stories
from monitor.model import Classification, Mention
from monitor.store import Tables
from monitor.stories import Board, Candidate

MOST_VOICES = 500
"""A story of more voices is not examined for a split: so many people have seen one thing in it."""


class Grouping:
    """Keeps the open stories in memory between transactions (`Board`), so that one mention costs milliseconds."""

    def __init__(self) -> None:
        self._open = Board()
        self._sizes: dict[int, int] = {}

    def begin(self, tables: Tables, first: datetime, last: datetime) -> None:
        """Look at what is stored; the mentions that come now were written between the two times."""
        self._open = tables.stories.board(self._open, first, last)
        self._sizes = {}

    def forget(self) -> None:
        """The transaction was not kept: the next one begins with what is stored."""
        self._open = Board()

    def linked(self, tables: Tables, mention: Mention) -> int | None:
        """The story of the post that the mention answers or quotes, which it joins; None when there is none."""
        story = tables.stories.linked(mention)
        if story is not None:
            tables.stories.join(story, mention)
            before = self._open.get(story)
            if before is not None:
                self._open.put(before.joined_by(None, mention.created_at))
        return story

    def place(self, tables: Tables, mention: Mention, found: Classification) -> int:
        """The story that the mention joins by what it says, or opens."""
        vector = stories.vector(mention.text, found.embedding)
        near = self._open.nearest(vector, mention.created_at)
        if near is not None:
            self._sizes.setdefault(near.id, near.members)
            after = tables.stories.join_near(near, mention, vector)
        else:
            after = tables.stories.open(mention, vector)
            self._sizes[after.id] = after.members
        self._open.put(after)
        return after.id

    def settle(self, tables: Tables, touched: Iterable[int], now: datetime) -> list[int]:
        """Merge and split the stories that were touched where that is due, and describe them anew; the stories of which a
        decision is due."""
        left: dict[int, None] = {}
        for number in touched:
            story = self._open.get(number)
            if story is None:  # merged into one that was touched too, or over
                row = tables.stories.get(number)
                left |= {row.id: None} if row else {}
                continue
            before = self._sizes.pop(number, story.members)
            if before != story.members:
                story, merged = self._merged(tables, story, now)
                if merged or stories.grown(before, story.members):
                    left |= dict.fromkeys(self._split(tables, story, now))
                    tables.stories.describe(story.id)
            left[story.id] = None
        return list(left)

    def _merged(self, tables: Tables, story: Candidate, now: datetime) -> tuple[Candidate, bool]:
        """The story with those that say the same, and whether there were any."""
        merged = False
        while (other := self._open.same(story)) is not None:
            near = float(other.centroid @ story.centroid)
            why = f"the mean cosine of {story.members} voices with {other.members} others is {near:.2f}"
            story, gone = tables.moves.merge(story, other, why, now)
            self._open.drop(gone)
            self._open.put(story)
            merged = True
        return story, merged

    def _split(self, tables: Tables, story: Candidate, now: datetime) -> list[int]:
        """Give what is another thing a story of its own; its number, if there is one."""
        if not 2 * stories.LEAST_HALF <= story.members <= MOST_VOICES:
            return []
        said = tables.voices.sayings(story.id, MOST_VOICES)
        names, vectors = list(said), [saying.vector for _, saying in said.values()]
        parts = stories.halves(vectors)
        if parts is None:
            return []
        stays, goes = ({names[i]: vectors[i] for i in part} for part in parts)
        if self._keeps(tables, story.id) in goes:
            stays, goes = goes, stays
        why = f"{len(stays)} voices say another thing than {len(goes)}"
        old, new = tables.moves.split(story.id, stays, goes, why, now)
        for each in (old, new):
            self._open.put(each)
        tables.stories.describe(new.id)
        return [new.id]

    def _keeps(self, tables: Tables, story: int) -> str | None:
        """The voice whose half keeps the number and the alert: of the post that people were paged for or, without an alert,
        of the one that names the story."""
        lead = tables.stories.top(story, 1) if tables.alerts.of_story(story) else []
        return tables.voices.of_post(lead[0].mention.key) if lead else tables.voices.naming(story)
