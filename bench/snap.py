"""SNAP drafts and lint: drafts for real complaints, lint on replies by hand, and posts that want to be more than words.

    python -m bench.snap [--data DATA] [--show]

DATA is the folder of customers' tweets to brands and of airline posts: 500 complaints of each, of a fixed seed, are
answered on every platform; without it they are left out. What a draft claims is counted anew from its text and the post:
its four parts, its facts, the moment that it names, words that come from nowhere, its length. `lint_replies.toml` has
replies by hand, which the rules have learnt from, `lint_held_out.toml` those that they have not; `hostile_posts.toml` has
posts that must not be executed, obeyed, rendered or repeated. Which playbook answers is measured by
bench/snap_playbooks.py. `--show` prints what went wrong. Writes bench/results/snap.json.
"""

from __future__ import annotations

import argparse
import random
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from alerts.lint import RULES, Linter, LintSettings
from alerts.snap import Service, SnapDrafter, load_playbooks
from alerts.snap.playbooks import GENERAL, shipped_files
from bench import report
from bench.classifier import DATA
from bench.models import bundled
from bench.series import rows
from bench.snap_cases import BRAND, HANDLES, NOW, RESPONDER, case, mention, occasion, shown
from bench.snap_hostile import hostile, withstood
from bench.snap_playbooks import restored
from monitor.model import Mention, Severity
from monitor.ports import Classifier
from monitor.reply import Draft, Occasion

REPLIES = Path(__file__).with_name("lint_replies.toml")
HELD_OUT = Path(__file__).with_name("lint_held_out.toml")

SEED, EACH, FEW = 7, 500, 100
POSTS = {"reply_pairs": "customer_text", "airline": "text"}
"""The sets of real posts, and the field of each that is the text."""
MOST = {"x": 280, "bluesky": 300, "mastodon": 500, "reddit": 10_000}
MOST_PRIVATE = {"x": 10_000, "bluesky": 1_000, "mastodon": 500, "reddit": 10_000}
"""Characters of a post and of a direct message, as the platforms' own documentation says."""


def replies(file: Path = REPLIES) -> tuple[LintSettings, list[dict[str, Any]]]:
    """The settings of a set, and its entries."""
    read = tomllib.loads(file.read_text(encoding="utf-8"))
    return LintSettings.model_validate(read.get("lint", {})), read["reply"]


# --- drafts, counted anew from their text


def faults(draft: Draft, platform: str, post: Mention, handle: str) -> Iterator[str]:
    """What is wrong with a draft, told from its text and the post alone."""
    at = 0
    for part in (draft.status, draft.next_steps, draft.approximate_time, draft.planned_outcome):
        found = draft.text.find(part, at) if re.search(r"\w\W+\w", part) else -1
        if found < 0:
            yield "parts missing"
            break
        at = found + len(part)
    due = Service().report_at(NOW)
    if f"{due.hour % 12 or 12}:{due.minute:02} {'am' if due.hour < 12 else 'pm'}" not in draft.text:
        yield "time not named"
    if draft.report_by != due:
        yield "time claimed is another"
    if re.search(
        r"[{}\[\]<>|_]|\bNone\b|\bundefined\b| [,.;]|\S  \S|\(\)", draft.text.replace(handle, "Ann")
    ):
        yield "slot empty"
    plain = " ".join(post.text.split())
    if any(fact.words not in plain or fact.words not in draft.text for fact in draft.facts):
        yield "fact not in the post"
    if strange := invented(draft, plain, handle):
        yield f"words from nowhere: {', '.join(sorted(strange))}"
    if measured(platform, draft.text) > (MOST_PRIVATE if draft.form == "private" else MOST)[platform]:
        yield "too long"
    others = re.findall(r"@[\w.@-]*\w|\bu/\w+", draft.text.replace(handle, ""))
    if others or draft.text.count(handle) > 1:
        yield "handle wrong"


@cache
def vocabulary(playbook: str) -> frozenset[str]:
    """The words that a playbook itself has, and those that every draft may have: a name, a brand, a time."""
    files = shipped_files()
    written = f"{files[playbook]} {files[GENERAL]}"
    texts = re.sub(
        r"\{\{.*?\}\}|\{%.*?%\}", lambda found: " ".join(["", *_QUOTED.findall(found[0]), ""]), written
    )
    due = f"{Service().report_by(NOW)} {RESPONDER} {BRAND} {Service().privately()} Hello here your our"
    return frozenset(words(f"{texts} {due}"))


_QUOTED = re.compile(r"""["']([^"']*)["']""")


def words(text: str) -> Iterator[str]:
    return (found[0].casefold() for found in re.finditer(r"[^\W_]+", text.replace("’", "'")))


def invented(draft: Draft, post: str, handle: str) -> set[str]:
    """The words of a draft that stand neither in its playbook nor in the post."""
    return set(words(draft.text.replace(handle, " "))) - vocabulary(draft.playbook) - set(words(post))


def measured(platform: str, text: str) -> int:
    """Not by alerts/length.py: X's own library, elsewhere code points, which are no fewer than what counts."""
    if platform == "x":
        from twitter_text import parse_tweet

        return int(parse_tweet(text).weightedLength)
    if platform == "mastodon":
        text = re.sub(r"(@\w+)@[\w.-]*\w", r"\1", text)  # the server of a handle does not count
    return len(text)


def answered(
    data: Path,
    model: Classifier,
    *,
    most: int,
    turn: int = 0,
    severity: Severity = "info",
    show: bool = False,
) -> dict[str, Any]:
    """Drafts for real complaints on every platform: each variant, and the statement for the whole story, which may hold
    nothing of the post."""
    drafter = SnapDrafter(load_playbooks(), Service(), BRAND)
    linter = Linter(LintSettings(), Service(), BRAND)
    figures: dict[str, Any] = {}
    total: Counter[str] = Counter()
    for name, field in POSTS.items():
        texts = sample(data, name, field, most)
        said = model.classify(texts)
        for platform in HANDLES:
            counts: Counter[str] = Counter()
            for number, (text, found) in enumerate(zip(texts, said, strict=True)):
                post = mention(platform, number, text, HANDLES[platform].format(number))
                handle = shown(post.author.handle, platform)
                asked = replace(case(post, found), turn=turn, severity=severity)
                drafts = drafter.drafts(asked, RESPONDER, NOW)
                counts["posts"] += 1
                counts["with a fact"] += bool(drafts.first.facts)
                counts["with a fact in a variant"] += any(draft.facts for draft in drafts.variants)
                counts["with a question"] += asks(drafts.first)
                counts["by handle"] += handle in drafts.first.text
                counts[f"playbook {drafts.first.playbook}"] += 1
                holding = drafter.holding(asked, RESPONDER, NOW)
                counts["without a holding statement"] += holding is None
                nothing = replace(post, text="")
                seen = [(draft, post, handle) for draft in drafts.variants]
                for draft, about, to in seen + ([(holding, nothing, "@")] if holding else []):
                    wrong = list(faults(draft, platform, about, to))
                    where = replace(occasion(draft, platform, about, to.strip("@") and to), turn=turn)
                    findings = linter.findings(draft.text, where)
                    counts["drafts"] += 1
                    counts["faultless"] += not wrong
                    counts["lint errors"] += any(each.severity == "error" for each in findings)
                    counts["lint findings"] += bool(findings)
                    counts.update(f"fault: {each.partition(':')[0]}" for each in wrong)
                    counts.update({f"lint {each.severity}: {each.rule}" for each in findings})
                    if show and (wrong or findings):
                        print(name, platform, number, draft.form, draft.playbook, wrong, *findings)
                        print("   ", draft.text)
            figures[f"{name} {platform}"] = dict(counts)
            total.update(counts)
    return {"all": dict(total)} | figures


def asks(draft: Draft) -> bool:
    """A question, or a sentence that asks for what is missing."""
    return "?" in draft.text or bool(re.search(r"\b[Pp]lease\b|\bcould you\b", draft.next_steps))


def sample(data: Path, name: str, field: str, most: int) -> list[str]:
    """Complaints: what customers wrote to a brand that the model takes for one, and posts labelled negative."""
    found = [row[field] for row in rows(data, name) if row.get("sentiment", "negative") == "negative"]
    texts = sorted(dict.fromkeys(found))
    random.Random(SEED).shuffle(texts)
    if name == "airline":
        return [restored(text) for text in texts[:most]]
    first = texts[: 4 * most]
    said = bundled().classify(first)
    return [text for text, each in zip(first, said, strict=True) if each.complaint >= 0.5][:most]


# --- lint on replies by hand


class Judged(NamedTuple):
    fault: str
    rules: frozenset[str]
    errors: frozenset[str]
    text: str


def judge(linter: Linter, entries: Sequence[Mapping[str, Any]]) -> list[Judged]:
    judged = []
    for each in entries:
        where = Occasion(
            platform=each["platform"],
            public=each["public"],
            turn=each.get("turn", 0),
            customer=each["customer"],
            post=each.get("post", ""),
            responder=each["responder"],
        )
        found = linter.findings(each["text"], where)
        judged.append(
            Judged(
                each["fault"],
                frozenset(finding.rule for finding in found),
                frozenset(finding.rule for finding in found if finding.severity == "error"),
                each["text"],
            )
        )
    return judged


def linted(model: Classifier | None, file: Path = REPLIES, *, show: bool = False) -> dict[str, Any]:
    """Recall of each rule on the replies with a slip, and how often lint speaks up where nothing is wrong."""
    settings, entries = replies(file)
    judged = judge(Linter(settings, Service(), classifier=model), entries)
    good = [each for each in judged if not each.fault]
    bad = [each for each in judged if each.fault]
    recall = {}
    for rule in RULES:
        meant = [each for each in bad if each.fault == rule]
        if meant:
            recall[rule] = round(sum(rule in each.rules for each in meant) / len(meant), 3)
    if show:
        for each in judged:
            if each.fault not in each.rules and (each.fault or each.rules):
                print(each.fault or "good", "->", ", ".join(sorted(each.rules)) or "nothing", "|", each.text)
    errors = [rule for rule in recall if RULES[rule].severity == "error"]
    return {
        "found, by rule": recall,
        "mean recall": mean(list(recall.values())),
        "mean recall, error rules": mean([recall[rule] for rule in errors]),
        "found, all": mean([each.fault in each.rules for each in bad]),
        "any finding on them": mean([bool(each.rules) for each in bad]),
        "blocked, of those with an error": mean([bool(each.errors) for each in bad if each.fault in errors]),
        "another rule besides": mean([bool(each.rules - {each.fault}) for each in bad]),
        "good with a finding": mean([bool(each.rules) for each in good]),
        "good with an error": mean([bool(each.errors) for each in good]),
        "on good ones, by rule": dict(Counter(rule for each in good for rule in each.rules).most_common()),
    }


def mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 3)


def table(name: str, figures: Mapping[str, Any]) -> None:
    print(f"\n{name}")
    width = max(map(len, figures))
    for key, value in figures.items():
        if isinstance(value, Mapping):
            print(f"  {key}")
            for inner, number in value.items():
                print(f"    {inner:<30} {number}")
        else:
            print(f"  {key:<{width}}  {value}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--show", action="store_true", help="print what went wrong")
    args = parser.parse_args()
    model = bundled()
    content: dict[str, Any] = {}
    if args.data.is_dir():
        content["drafts"] = answered(args.data, model, most=EACH, show=args.show)
        content["drafts, answered before, critical"] = answered(
            args.data, model, most=FEW, turn=1, severity="critical", show=args.show
        )
    content["lint"] = linted(None, show=args.show)
    content["lint, with the classifier"] = linted(model)
    content["lint, held out"] = linted(None, HELD_OUT)
    content["lint, held out, with the classifier"] = linted(model, HELD_OUT)
    content["hostile"] = withstood(model, hostile(), show=args.show)
    for name, figures in content.items():
        table(name, figures)
    report.keep("snap", content)


if __name__ == "__main__":
    main()
