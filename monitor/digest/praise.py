"""Which glad posts somebody is thanked for in both editions. Sarcasm is praise word for word, and no figure of the shipped
model tells the two apart (docs/front-line.md): what is doubtful is left out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from monitor.config import Config
from monitor.model import Mention
from monitor.store import Praised, Tables

SURE = 0.95
"""The probability of a positive sentiment from which a glad post is told. Of 3,000 posts to airlines that people had read,
66% of those from .5 on were praise; of those from here on 96%, and none was negative (docs/front-line.md)."""
MOST = 2_000
"""So many glad posts of a week are read."""


def glad(config: Config, tables: Tables, start: datetime, end: datetime) -> list[Mention]:
    """The surely glad posts of [start, end), the surest first: none that belongs to a story, none of an author who
    complained in that time, and each text once."""
    content = _content(config, tables, start, end)
    found: dict[str, Mention] = {}
    for mention in tables.praise.glad(start, end, config.rules, SURE, MOST):
        if content(mention):
            found.setdefault(mention.text, mention)
    return list(found.values())


def spread(config: Config, tables: Tables, start: datetime, end: datetime) -> list[Praised]:
    """Praise of which was noticed in [start, end) that it spreads, what spread furthest first; the same is left out."""
    content = _content(config, tables, start, end)
    return [
        each
        for each in tables.praise.between(start, end)
        if content(each.mention)
        and tables.stories.of(each.mention.key) is None
        and (said := tables.mentions.classification(each.mention.key))
        and said.sentiment.positive >= SURE
    ]


def _content(config: Config, tables: Tables, start: datetime, end: datetime) -> Callable[[Mention], bool]:
    """Whether the author of a post complained of nothing in that time."""
    complainers = tables.praise.complainers(start, end, config.rules)
    return lambda mention: (mention.source, mention.author.id or mention.author.handle) not in complainers
