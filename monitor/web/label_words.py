"""What people and the model say of a post, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.learning.said import IN_WORDS, SAYS
from monitor.model import Classification
from monitor.overview.labelling import Agreement, Effect
from monitor.store import GRADES, Answer, denied

HEADS = {
    "complaint": "Is it a complaint?",
    "category": "What is it about?",
    "relevance": "Is it about us?",
    "sentiment": "Sentiment",
    "severity": "How is it put?",
    "sarcasm": "Is it meant otherwise?",
}
"""How the answers of a head are asked for, in the order in which they matter."""

PLAIN = {**IN_WORDS, ("severity", GRADES[0]): "blames nobody"}


def plain(head: str, label: str) -> str:
    return PLAIN.get((head, label), label)


def tone(label: str) -> str:
    """How a complaint is put: one of the classifier's grades."""
    return plain("severity", label)


def spoken(said: Mapping[str, str]) -> str:
    """ "a complaint, delivery"."""
    return ", ".join(plain(head, said[head]) for head in HEADS if head in said)


def read(found: Classification) -> str:
    """What a classification says beside the probability of a complaint."""
    feeling = max(SAYS["sentiment"], key=lambda each: getattr(found.sentiment, each))
    sure = f" ({found.category_score:.0%})" if found.category_score is not None else ""
    parts = [
        f"{found.category}{sure}" if found.category else "",
        plain("severity", found.severity or ""),
        feeling,
    ]
    if found.sarcasm is not None and found.sarcasm >= 0.5:
        parts.append("sarcastic")
    if found.relevance is not None and found.relevance < 0.5:
        parts.append(f"about us: {found.relevance:.0%}")
    if found.measured is False:
        parts.append("in a language that it was not measured in")
    return ", ".join(filter(None, parts))


def before(answer: Answer) -> str:
    """What the model had said of that head."""
    if answer.said is None:
        return "nothing yet"
    if answer.sure is None:
        return plain(answer.head, answer.said)
    if answer.head in ("complaint", "relevance", "sarcasm"):
        return f"{plain(answer.head, 'yes')}: {answer.sure:.0%}"
    return f"{plain(answer.head, answer.said)} ({answer.sure:.0%})"


def follows(effect: Effect) -> str:
    """What becomes of the post, in a sentence."""
    post = effect.post
    if denied(post.said):
        if post.story is None:
            return "It counts in no story."
        return "It stays in its story, since somebody was paged about that."
    if post.said.get("complaint") != "yes":
        return "It is looked at anew with this."
    return "It counts in its story." if post.story is not None else "It joins a story, or opens one."


def agreed(figures: Agreement) -> Sequence[str]:
    """How right the model was by what people said, in sentences; none where nobody has said anything."""
    said = []
    for (right, of), when in ((figures.sure, "sure"), (figures.unsure, "unsure")):
        if of:
            said.append(f"Where it was {when}, it was right in {right} of {of}.")
    found, of = figures.found
    if of:
        said.append(f"Of {of} complaint{'' if of == 1 else 's'} it had found {found}.")
    if figures.false:
        said.append(f"It had taken {figures.false} for complaints that are none.")
    return said


def finds(head: str, new: float, old: float) -> str:
    """How much a new version of a head finds, and how much the former did, of shares from 0 to 1."""
    what = {
        "complaint": "Of 100 complaints it finds",
        "relevance": "Of 100 posts about us it knows",
        "sarcasm": "Of 100 sarcastic posts it finds",
        "category": "Of 100 complaints it names the subject rightly in",
    }
    begins = what.get(head, f"{head.capitalize()}: of 100 posts it is right in")
    return f"{begins} {100 * new:.0f}, before {100 * old:.0f}."
