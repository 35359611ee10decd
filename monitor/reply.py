"""A reply to a customer on its way from draft to platform, as data.

What is for colleagues alone is `Internal`, what a person has approved for everybody is `Approved`; neither can be taken for
the other, and nothing but `Approved` can be posted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, NoReturn

from monitor.model import Classification, Mention, Severity

Form = Literal["short", "long", "private"]
"""A draft's variants: `short` fits a post on X, `long` is used where there is room, `private` for a direct message."""


@dataclass(frozen=True, slots=True, repr=False)
class Internal:
    """Words for colleagues alone, such as what may be offered. They never become text by themselves: a template or an
    f-string that takes one raises TypeError, and only who writes to colleagues asks for `words`."""

    words: str = ""

    def __bool__(self) -> bool:
        return bool(self.words)

    def __repr__(self) -> str:
        return "Internal(…)"

    def __str__(self) -> NoReturn:
        raise TypeError(
            "internal words never become text by themselves: ask for `words` where only colleagues read"
        )

    def __format__(self, _: str) -> NoReturn:
        str(self)
        raise AssertionError


class Fact(NamedTuple):
    """What a customer said, word for word as it stands in the post: the slot that it fills ("product") and the words."""

    slot: str
    words: str


@dataclass(frozen=True, slots=True)
class Case:
    """What a reply answers. `category` is the post's own situation, or where the model is not sure its story's; `posts` how
    many its story has; `turn` how often we have answered this customer publicly before (0: first contact); `time_zone`
    the customer's, where it is known."""

    mention: Mention
    found: Classification | None = None
    category: str | None = None
    severity: Severity = "info"
    posts: int = 1
    turn: int = 0
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposed SNAP reply for a person to approve.

    `text` is what would be posted: the opening (acknowledges, thanks, apologises), the four parts, perhaps a last sentence,
    within the platform's length. `asks` is the fact that it asks the customer for, as the playbook names it, empty where
    nothing is missing; `facts` what it repeats of the post; `report_by` the moment that `approximate_time` names, by which
    the customer hears from us. `polished`: a language model has worded it anew.
    """

    playbook: str
    text: str
    status: str
    next_steps: str
    approximate_time: str
    planned_outcome: str
    form: Form = "short"
    opening: str = ""
    report_by: datetime | None = None
    asks: str = ""
    facts: tuple[Fact, ...] = ()
    polished: bool = False


@dataclass(frozen=True, slots=True)
class Drafts:
    """What is proposed in one case: variants, at least one, first the one that fits best where it would be posted. Beside
    them, for colleagues: what may be offered without asking, whose situation it is, and when to call in whom."""

    variants: tuple[Draft, ...]
    may_offer: Internal = Internal()
    owner: Internal = Internal()
    escalate: Internal = Internal()

    @property
    def first(self) -> Draft:
        return self.variants[0]


@dataclass(frozen=True, slots=True)
class Occasion:
    """Where a reply goes, and what it may rest on: what lint looks at beside the text.

    `platform` is a source's type ("x", "bluesky", …; "" where it is not known: no length is too long). `customer` is the
    handle as the platform writes it ("@ann"), "" when it is not known; `post` what they wrote; `responder` who signs.
    `turn` as in `Case`. `now`: when it is written; None: times are not held against the promise of [service].
    """

    platform: str = ""
    public: bool = True
    turn: int = 0
    customer: str = ""
    post: str = ""
    responder: str = ""
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a reply from `start` to `end` (characters of the text; both 0 where something is missing). An
    error blocks sending, a warning has to be ticked. `page` is where the rule is explained."""

    rule: str
    severity: Literal["error", "warning"]
    start: int
    end: int
    reason: str
    suggestion: str
    page: str = ""


@dataclass(frozen=True, slots=True)
class Approved:
    """Words that people have approved, after lint found no error in them. monitor.replying.desk alone makes it, from what
    is in the audit log. `key` is the same on every try of one reply, for platforms that can tell a repetition."""

    text: str = field(repr=False)
    by: tuple[str, ...]
    at: datetime
    key: str


class Posted(NamedTuple):
    """The platform's id of a reply, and its address."""

    id: str
    url: str
