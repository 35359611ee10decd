"""How often each lint rule fires on what brands really answered on Twitter.

    python -m bench.lint_real ../shared/data/reply_pairs.jsonl.gz

Each reply is read as a first public answer on X, by the words alone and with the bundled classifier. Nothing says which of
these replies are good, so this measures how much work lint would make, not whether it is right. Prints a table and
writes bench/results/lint_real.json. The replies are under a non-commercial licence: none is quoted.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter

from alerts.lint import RULES, Linter, LintSettings
from alerts.snap import Service
from bench import report
from classifiers import bundled
from classifiers.once import Once
from monitor.ports import Classifier
from monitor.reply import Occasion

EXAMPLES = {
    "no-time": "nearly all say no time at all, or 'soon'",
    "no-apology": "a question for details with no word of regret; also answers to praise and to plain questions",
    "no-status": "only asks for details by direct message",
    "no-outcome": "asks for a message and says nothing of what comes of it",
    "no-acknowledgement": "the same request for details whatever the customer wrote",
    "no-thanks": "goes straight to the question",
    "no-next-step": "regret alone, or a pointer to a page",
    "unsigned": "no name and no initials",
    "script": "assures that feedback is valued, apologises for 'the inconvenience'",
    "passed-on": "a telephone number, a form, another team or another company is named",
    "internal": "a code that looks like a ticket number",
    "promise": "assures, or says 'definitely'",
    "sarcasm": "a laugh or a mocking emoji in banter with the customer",
    "half-knowledge": "guesses at the cause from how it looks",
    "jargon": "synchronising, ticket numbers",
    "empty-slot": "a double space where a name was to be",
    "conditional-apology": "sorry for how the customer feels",
    "wrong-name": "the handle of another account of the brand",
    "compensation": "speaks of a voucher in public",
    "arguing": "explains once more what was explained",
    "blame": "what happened was out of the brand's control",
    "personal-data": "a telephone number of a partner company",
    "profanity": "a word cut off in the middle by the platform",
    "time": "a departure that is estimated",
    "too-long": "two posts in one",
}
"""What the findings typically look like, in words."""


def counts(rows: list[dict[str, str]], classifier: Classifier | None) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in rows:
        linter = Linter(LintSettings(), Service(), row["brand"], classifier)
        text = row["reply_text"]
        customer = text.split()[0] if text.startswith("@") else ""
        occasion = Occasion("x", customer=customer, post=row["customer_text"])
        found.update({each.rule for each in linter.findings(text, occasion)})
    return found


def main() -> None:
    with gzip.open(sys.argv[1], "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    words, meaning = counts(rows, None), counts(rows, Once(bundled.build(bundled.Settings())))
    table = {
        rule: {
            "words": words[rule],
            "with_classifier": meaning[rule],
            "rate": round(meaning[rule] / len(rows), 4),
            "for_example": EXAMPLES.get(rule, ""),
        }
        for rule in sorted(RULES, key=lambda rule: -meaning[rule])
    }
    print(f"{len(rows):,} replies\n{'rule':22}{'words':>7}{'+ model':>9}{'rate':>8}  for example")
    for rule, row in table.items():
        print(
            f"{rule:22}{row['words']:>7}{row['with_classifier']:>9}{row['rate']:>8.1%}  {row['for_example']}"
        )
    report.keep("lint_real", {"replies": len(rows), "rules": table})


if __name__ == "__main__":
    main()
