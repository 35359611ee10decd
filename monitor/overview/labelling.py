"""Which posts a person is asked about, what the model says of each, and what their word did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from monitor.config import Config
from monitor.errors import InputError
from monitor.learning.said import SAYS, too_few
from monitor.model import Classification, Mention, MentionKey
from monitor.store import Among, Answer, Place, Tables, Version, denied

Pile = Literal["unsure", "paged", "newest"]
PILES: tuple[Pile, ...] = get_args(Pile)

ALIKE = 0.5
"""Cosine of two posts' embeddings from which they are shown as alike: of the complaints of one day, one pair in a hundred
comes so near."""
SHOWN = 5
"""Posts that are shown as alike."""
SURE = 0.3
"""A complaint probability so far from the threshold is called sure."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which posts somebody wants to be asked about: those that the model is unsure of, those in stories that paged, or the
    newest; of one source, of one story, or of all."""

    pile: Pile = "unsure"
    source: str | None = None
    story: int | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A post to be labelled. `answers`: the post that it answers, if that is stored. `reads`: what counts of it now, which
    is the model's word but where somebody has `said` otherwise; None while nothing is known. `place`: where the queue
    goes on after it."""

    mention: Mention
    answers: Mention | None
    story: int | None
    title: str
    paged: bool
    reads: Classification | None
    said: Mapping[str, str]
    place: str


@dataclass(frozen=True, slots=True)
class Alike:
    """A post that says nearly the same (`cosine` of the embeddings) and that the model reads the same wrong way."""

    post: Post
    cosine: float


@dataclass(frozen=True, slots=True)
class Effect:
    """What a word about a post did: what the model had said, what counts now, and what else may be read wrongly."""

    post: Post
    answers: tuple[Answer, ...]
    wrong: str | None
    """The head on which the model was wrong, if it was."""
    alike: tuple[Alike, ...]


@dataclass(frozen=True, slots=True)
class Needed:
    """How many labels a head has, by label, and what it lacks to learn from them, in words."""

    head: str
    counts: Mapping[str, int]
    lacking: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of the posts on which somebody has said whether they are complaints, and that a model had read: how often it was
    right where it was sure, and where it was not (right, of all); how many of the complaints it had found, and how many
    posts it had taken for one."""

    sure: tuple[int, int]
    unsure: tuple[int, int]
    found: tuple[int, int]
    false: int


@dataclass(frozen=True, slots=True)
class Learning:
    """What the labels came to. `new`: texts labelled since the active version was made (all, where what was shipped
    answers). `versions`: those that answered until now, the newest first."""

    texts: int
    new: int
    needed: tuple[Needed, ...]
    agreement: Agreement
    active: Version | None
    versions: tuple[Version, ...]


def queue(tables: Tables, config: Config, choice: Choice, after: str, limit: int) -> list[Post]:
    """The next posts that nobody has spoken of; `after`: the place of the last one seen, or empty."""
    among, last = Among(choice.source, choice.story), Place.read(after)
    ask = tables.labelling
    match choice.pile:
        case "unsure":
            rules = config.rules
            places = ask.unsure(rules.complaint_at, rules.relevant_at, among, last, limit)
        case "paged":
            places = ask.paged(among, last, limit)
        case "newest":
            places = ask.newest(among, last, limit)
    found = (post(tables, place.key, str(place)) for place in places)
    return [each for each in found if each is not None]


def post(tables: Tables, key: MentionKey, place: str = "") -> Post | None:
    """One post; None where there is none, or it was deleted."""
    mention = tables.mentions.get(key)
    if mention is None or not tables.mentions.is_live(key):
        return None
    number = tables.stories.of(key)
    story = tables.stories.get(number) if number is not None else None
    target = mention.in_reply_to or mention.quoted
    answered = tables.mentions.get(MentionKey(key.source, target)) if target else None
    return Post(
        mention,
        answered if answered and answered.text else None,
        story.id if story else None,
        story.title if story else "",
        story is not None and tables.alerts.of_story(story.id) is not None,
        tables.mentions.classification(key),
        tables.labels.of(key),
        place,
    )


def effect(tables: Tables, config: Config, key: MentionKey) -> Effect | None:
    """What the newest word on a post did; None where nobody has spoken of it, or it is gone."""
    found = post(tables, key)
    answers = tuple(tables.labelling.said_before(key))
    if found is None or not answers:
        return None
    by_head = {each.head: each for each in answers}
    heads = ("relevance", "complaint") if denied(found.said) else ("relevance", "complaint", "category")
    spoken = (by_head[head] for head in heads if head in by_head)
    wrong = next((each for each in spoken if _wrong(each, config)), None)
    alike = _alike(tables, config, found, wrong) if wrong else ()
    return Effect(found, answers, wrong.head if wrong else None, tuple(alike))


def _threshold(head: str, config: Config) -> float:
    return {"complaint": config.rules.complaint_at, "relevance": config.rules.relevant_at}.get(head, 0.5)


def model_said(answer: Answer, config: Config) -> str | None:
    """What the model said, as it counts with the configured thresholds."""
    if answer.head in ("complaint", "relevance") and answer.sure is not None:
        return "yes" if answer.sure >= _threshold(answer.head, config) else "no"
    return answer.said


def _wrong(answer: Answer, config: Config) -> bool:
    said = model_said(answer, config)
    return said is not None and said != answer.label


def _alike(tables: Tables, config: Config, about: Post, wrong: Answer) -> Sequence[Alike]:
    said = model_said(wrong, config)
    if said is None or about.reads is None or not about.reads.embedding:
        return ()
    own = np.array(about.reads.embedding, np.float32)
    others = tables.labelling.read_so(wrong.head, said, _threshold(wrong.head, config), about.mention.key)
    near = [each for each in others if each[1].shape == own.shape]  # a former model's may be longer
    if not near:
        return ()
    cosines = np.stack([vector for _, vector in near]) @ own
    best = [int(place) for place in np.argsort(-cosines)[: 4 * SHOWN] if cosines[place] >= ALIKE]
    found: dict[str, Alike] = {}
    for place in best:
        each = post(tables, near[place][0])
        if each is not None:
            found.setdefault(each.mention.text, Alike(each, float(cosines[place])))
    return list(found.values())[:SHOWN]


def learning(tables: Tables, config: Config) -> Learning:
    """How much was said, what it would take to learn from it, and what was learnt."""
    active = tables.heads.active()
    versions = {each.number: each for each in tables.heads.all()}
    way: list[Version] = []
    following = active
    while following is not None:
        way.append(following)
        following = versions.get(following.former) if following.former is not None else None
    counts = tables.labelling.counts()
    return Learning(
        tables.labelling.texts(),
        tables.labelling.texts(active.made_at if active else None),
        tuple(
            Needed(head, found, too_few(SAYS.get(head, ()), found))
            for head in (*SAYS, "category")
            if (found := counts.get(head))
        ),
        agreement(tables.labelling.answers(active.made_at if active else None), config.rules.complaint_at),
        active,
        tuple(way),
    )


def agreement(answers: Sequence[Answer], complaint_at: float) -> Agreement:
    """Pure: how often the model was right about complaints, as people say."""
    known = [
        (each.label == "yes", each.sure)
        for each in answers
        if each.head == "complaint" and each.sure is not None
    ]
    right = [(abs(sure - complaint_at) >= SURE, (sure >= complaint_at) == is_one) for is_one, sure in known]
    caught = [sure >= complaint_at for is_one, sure in known if is_one]
    return Agreement(
        (sum(good for sure, good in right if sure), sum(sure for sure, _ in right)),
        (sum(good for sure, good in right if not sure), sum(not sure for sure, _ in right)),
        (sum(caught), len(caught)),
        sum(sure >= complaint_at for is_one, sure in known if not is_one),
    )


def in_a_word(word: str, reads: Classification | None, config: Config) -> dict[str, str]:
    """What one key says, as `monitor.learning.said` reads it: "no" and "yes" (a complaint), "others" (not about us), or
    "yes NAME" (a complaint of that category). What is a complaint to a person is about the brand also where the model
    thought not. InputError for any other word."""
    kind, _, category = word.partition(" ")
    if word == "no":
        return {"complaint": "no"}
    if word == "others":
        return {"relevant": "no"}
    if kind != "yes":
        raise InputError("say what it is: a complaint, no complaint, or not about us")
    said = {"complaint": "yes"} | ({"category": category} if category else {})
    if reads and reads.relevance is not None and reads.relevance < config.rules.relevant_at:
        said["relevant"] = "yes"
    return said
