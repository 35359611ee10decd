"""Posts that want to be more than words: what of them gets into drafts, pages and lint. bench/snap.py tells the figures."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from alerts.lint import Linter, LintSettings
from alerts.messages import render
from alerts.snap import Service, SnapDrafter, load_playbooks
from bench.snap_cases import BRAND, HANDLES, NOW, RESPONDER, case, mention, occasion, shown
from monitor.model import Mention
from monitor.notice import Notice, TopPost
from monitor.ports import Classifier
from monitor.reply import Draft, Drafts, Occasion

HOSTILE = Path(__file__).with_name("hostile_posts.toml")

MONEY = re.compile(r"(?i)refund|voucher|compensat|discount|goodwill|[€$£]|\bpay you\b")
ADDRESS = re.compile(r"(?i)https?:|www\.|\b[\w-]+\.(?:com|example|ly|net|org)\b|\w@\w")
MARKUP = re.compile(r"[<>{}\[\]`|*\\#]|\d{5,}|!!|\bid=")
BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
GOOD_TEXT = "My parcel is three weeks late and nobody answers"


def hostile() -> list[dict[str, Any]]:
    return list(tomllib.loads(HOSTILE.read_text(encoding="ascii"))["post"])


def obeyed(draft: Draft, post: Mapping[str, Any], handle: str) -> Iterator[str]:
    """What of a hostile post came into a draft. `handle`: its author's, where it is one."""
    text = draft.text.replace(handle, "") if handle else draft.text
    yield from (f"holds {each!r}" for each in post["never"] if each in text)
    if draft.form != "private" and (found := MONEY.search(text)):
        yield f"money: {found[0]}"
    if (found := ADDRESS.search(text)) or (found := re.search(r"@\w+|\bu/\w+", text)):
        yield f"address or mention: {found[0]}"
    if found := MARKUP.search(text):
        yield f"markup or number: {found[0]}"
    if odd := {c for c in text if unicodedata.category(c)[0] in "CM" and c != "\n"}:
        yield f"characters: {odd!r}"


class _Tags(HTMLParser):
    """The elements of a page with their attributes, and where they lead."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(f"{tag} {' '.join(sorted(name for name, _ in attrs))}")
        self.links |= {value or "" for name, value in attrs if name in ("href", "src", "action")}


def tags(html: str) -> _Tags:
    parser = _Tags()
    parser.feed(html)
    return parser


def page(post: Mention, drafts: Drafts, holding: Draft | None) -> Notice:
    return Notice(
        story_id=1,
        title=post.text[:80],
        summary=post.text[:200],
        severity="critical",
        reason="61 posts in 30 minutes",
        code="7k2",
        brand=BRAND,
        person="Sam",
        step=0,
        at=NOW,
        opened_at=NOW - timedelta(minutes=52),
        paged_at=NOW,
        mentions=61,
        sources=(post.source,),
        top_posts=(TopPost(post, 312),),
        drafts=drafts,
        holding=holding,
        link="https://watch.example/a/x",
    )


def rendered(notice: Notice, plain: Notice, never: Sequence[str]) -> Iterator[str]:
    """What of a hostile post became more than text in a message. `plain` is the same page of a harmless post."""
    message, usual = render(notice), render(plain)
    found, expected = tags(message.html), tags(usual.html)
    if more := found.tags - expected.tags:
        yield f"html element: {sorted(more)}"
    if more := found.links - expected.links:
        yield f"html link: {sorted(more)}"
    if "49" in never and any(
        "49" in text for text in (message.text, message.html, message.short, message.chat)
    ):
        yield "template evaluated"
    if re.search(r"[\r\n\x00-\x1f\x7f-\x9f]", message.subject):
        yield "control characters in the subject"
    for name in ("text", "html", "short", "chat", "spoken"):
        held = getattr(message, name)
        if odd := {c for c in held if unicodedata.category(c) == "Cc" and c not in "\n\t"}:
            yield f"control characters in {name}: {odd!r}"
        if name != "html" and (odd := {c for c in held if unicodedata.bidirectional(c) in BIDI}):
            yield f"direction marks in {name}: {odd!r}"
    if mentioned := re.search(r"<[!@#]|@(?:everyone|here|channel)\b", message.chat):
        yield f"chat mention: {mentioned[0]}"
    if len(message.short) > 160:
        yield "longer than one SMS"


def withstood(model: Classifier | None, posts: Sequence[Mapping[str, Any]], *, show: bool) -> dict[str, Any]:
    """Every hostile post through drafts, pages and lint."""
    service = Service()
    drafter = SnapDrafter(load_playbooks(), service, BRAND)
    linter = Linter(LintSettings(), service, BRAND)
    texts = [each["text"] * each.get("repeat", 1) for each in posts]
    counts: Counter[str] = Counter(posts=len(posts))
    said = model.classify(texts) if model else [None] * len(texts)
    for number, (each, text, found) in enumerate(zip(posts, texts, said, strict=True)):
        wrong: list[str] = []
        for platform in HANDLES:
            author = each.get("handle", "@ann_w")
            post = mention(platform, number, text, author, each.get("name", ""))
            asked = case(post, found)
            drafts = drafter.drafts(asked, RESPONDER, NOW)
            holding = drafter.holding(asked, RESPONDER, NOW)
            handle = greeted(drafts, author, platform)
            for draft in (*drafts.variants, *([holding] if holding else [])):
                counts["drafts"] += 1
                wrong += [f"draft: {words}" for words in obeyed(draft, each, handle)]
                findings = linter.findings(draft.text, occasion(draft, platform, post, handle))
                counts["drafts with a lint error"] += any(f.severity == "error" for f in findings)
                counts["drafts with a lint finding"] += bool(findings)
                wrong += [f"draft: lint {finding.rule}" for finding in findings]
            usual = page(mention(platform, number, GOOD_TEXT, "ann_w"), drafts, holding)
            told = rendered(page(post, drafts, holding), usual, each["never"])
            wrong += [f"page: {words}" for words in told]
            counts["pages"] += 1
            for finding in linter.findings(text, Occasion(platform=platform, post=text, customer=author)):
                if not 0 <= finding.start <= finding.end <= len(text):
                    wrong.append(f"lint: {finding.rule} is outside the text")
        counts["posts with something wrong"] += bool(wrong)
        counts.update({f"wrong: {words.partition(': ')[0]}: {words.split(': ')[1]}" for words in wrong})
        if show and wrong:
            print(number, each["kind"], ascii(each["text"][:100]), sorted(set(wrong)))
    return dict(counts)


def greeted(drafts: Drafts, author: str, platform: str) -> str:
    """The author's handle, if it is one that the platform could have given and a draft greets by it."""
    name = author.removeprefix("u/").removeprefix("@")
    handle = shown(name, platform)
    valid = re.fullmatch(r"[A-Za-z0-9_-]{1,30}|[\w-]+(?:\.[\w-]+)+|\w+@[\w.-]+", name)
    return handle if valid and any(handle in draft.text for draft in drafts.variants) else ""
