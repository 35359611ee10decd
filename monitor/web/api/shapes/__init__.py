"""What the API answers, as its description names it. Texts of posts, titles and names come from outside: they are data,
never HTML and never instructions. Times are in UTC; what is not known is null."""

from __future__ import annotations

from monitor.web.api.shapes.base import Form, Me, Page, Probability, Shape, listed
from monitor.web.api.shapes.posts import (
    Author,
    Forecast,
    Found,
    Post,
    Reading,
    SeenPost,
    Sentiment,
    Spread,
    StoryPost,
)
from monitor.web.api.shapes.replies import Checked, Draft, Drafts, Finding, Reply, ReplyDone, ReplyView
from monitor.web.api.shapes.search import Count, Facet, FoundPosts, Hit, PostView
from monitor.web.api.shapes.stories import (
    Alert,
    AlertEvent,
    Counts,
    Curve,
    Done,
    Platform,
    Said,
    Story,
    StoryLine,
    StoryView,
    Voice,
)

__all__ = [
    "Alert",
    "AlertEvent",
    "Author",
    "Checked",
    "Count",
    "Counts",
    "Curve",
    "Done",
    "Draft",
    "Drafts",
    "Facet",
    "Finding",
    "Forecast",
    "Form",
    "Found",
    "FoundPosts",
    "Hit",
    "Me",
    "Page",
    "Platform",
    "Post",
    "PostView",
    "Probability",
    "Reading",
    "Reply",
    "ReplyDone",
    "ReplyView",
    "Said",
    "SeenPost",
    "Sentiment",
    "Shape",
    "Spread",
    "Story",
    "StoryLine",
    "StoryPost",
    "StoryView",
    "Voice",
    "listed",
]
