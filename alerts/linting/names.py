"""Names: the customer's, a title that was guessed, the colleague's."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from alerts.linting.reading import Reading
from alerts.linting.rule import Spot

_HANDLE = re.compile(r"(?<![\w@./])(?:@|\bu/)([a-z0-9_][\w.-]{0,200})(?:@[a-z0-9.-]{1,253})?", re.IGNORECASE)
_GREETING = re.compile(
    r"^([A-Z][a-z'-]{1,30})(?=,)|(?:^|(?<=[.!?]\s)|(?<=\n))\s{0,3}(?:Hi|Hello|Hey|Dear|Hiya|"
    r"Good (?:morning|afternoon|evening)|"
    r"Thanks|Thank you|Sorry),? "
    r"([A-Z][a-z'-]{1,30}(?: [A-Z][a-z'-]{1,30})?)(?=\s*[,.!\n-]|$)"
)
_NO_NAME = frozenset(
    [
        "all",
        "again",
        "there",
        "everyone",
        "everybody",
        "folks",
        "team",
        "customer",
        "customers",
        "friend",
        "friends",
        "both",
        "you",
        "sir",
        "madam",
        "so",
        "for",
        "and",
        "thank",
        "thanks",
        "hello",
        "hi",
        "sorry",
        "please",
        "we",
        "i",
        "guys",
        "traveller",
        "neighbour",
        "reader",
        "guest",
        "member",
        "user",
        "morning",
        "afternoon",
        "evening",
        *[
            "hey",
            "hiya",
            "look",
            "listen",
            "right",
            "yikes",
            "ouch",
            "oof",
            "wow",
            "ok",
            "okay",
            "yes",
            "no",
            "well",
            "got",
            "noted",
            "agreed",
            "understood",
            "absolutely",
            "unfortunately",
            "apologies",
            "yep",
            "yeah",
            "true",
            "fair",
            "ah",
            "oh",
            "ugh",
            "gosh",
            "sadly",
            "first",
            "today",
            "yesterday",
            "tomorrow",
            "indeed",
            "exactly",
            "welcome",
            "update",
            "hola",
            "bonjour",
            "merci",
            "ciao",
            "salut",
        ],
    ]
)
TITLE = re.compile(
    r"\b(?:(?:Mr|Mrs|Ms|Mx|MR|MRS|MS)\b\.?(?= ?[A-Z@\[]|\s*[,!])|Miss (?=[A-Z@])|(?i:sir or madam|"
    r"sirs?(?= ?[,.!/]|$)|dear sirs?|madam|ma'am|"
    r"dear (?:lady|miss|mister|gentleman|mr|mrs|ms)|mister|young (?:man|lady|woman)|my (?:dear|"
    r"friend|love)|ladies|gentlemen|sweetheart|"
    r"sweetie|darling|honey(?= ?[,.!])|hun(?= ?[,.!])|love(?= ?[,.!]$)|missus)\b)"
)
_THEIR_TITLE = 200
"""Characters of a post that are searched for a title that the customer uses."""

_COMMON = (
    r"(?!(?:Sorry|Afraid|Here|Not|So|Very|Really|Truly|Glad|Happy|Looking|Checking|Going|On|Sure|"
    r"Still|Also|Just|With|From|The|A|An|"
    r"Working|Now|Thank|Thanks|Please|We|I|My|Our|You|Your|It|This|That|Regards|Team|Support|"
    r"Customer|Service|Care|Hello|Hi|DM|GMT|UTC|"
    r"Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|OK|SMS|CET|BST|EST|PST|AM|PM)\b)"
)
_NAME = rf"{_COMMON}[^\W\d_a-z][^\W\d_A-Z]{{1,20}}(?:-[A-Z][a-z]{{1,15}})?"
_SIGNED = re.compile(
    rf"\b(?:I'm|I am|[Ii]t's|[Tt]his is|[Mm]y name is|[Mm]y name's|I, )\s?{_NAME}\b"
    rf"|\b{_NAME} (?:here\b|(?:from|at|in) (?:the |our )?[\w&]{{2,20}}[^.!?\n]{{0,20}}|speaking)"
    r"|\^ ?[A-Za-z]{1,20}\b|\bI'm [A-Z]{2,3}\b(?<!OK)"
    rf"|^{_NAME}: |\[{_NAME}\]$"
    rf"|(?:^|[-~/*|\n(]|[.!?,:;)] |[.!?] - ?)[ ]?(?:{_NAME}|[A-Z]{{2,3}})\)?(?: (?:from|at|in|"
    rf"and) [^\n]{{2,40}}|, [A-Z][^\n]{{2,40}}| [A-Z]\.?)?[.!)]?\s*$"
    rf"|\b(?:[Rr]egards|[Bb]est|[Yy]ours|[Cc]heers|[Tt]hanks|[Ww]ishes|[Ss]incerely|[Ss]igned|"
    rf"[Ll]ove),?\s{{0,3}}-?{_NAME}\b"
    rf"|\b[Cc]olleagues? {_NAME}\b|\b{_NAME} (?:and I|(?:in|from|on) (?:our|the|my) \w+|(?:is|will|"
    rf"has|is now) (?:personally |now |already )?(?:look|check|call|ask|trac|handl|tak|find|"
    rf"with you|on it))"
    rf"|\b(?:I and|and|with|ask(?:ed|ing)?|with my) {_NAME} (?:in|from|at|on) "
)


_FLOURISH = re.compile(r"(?:\s{1,3}x{1,3})?[^\w)]*$")
"""What stands behind a signature: a kiss, a smile."""
_LAST = re.compile(r"[.!?)\n]\s{0,2}[-^~/*]?\s?([^\W\d_]{2,15})$")
_LAST_WORDS = frozenset(
    [
        "soon",
        "bye",
        "best",
        "today",
        "love",
        "asap",
        "please",
        "regards",
        "promise",
        "tonight",
        "cheers",
        "done",
    ]
)
"""What stands alone at the end without being a name."""


def _plain(handle: str) -> str:
    return re.sub(r"[\W_]", "", handle.lower())


def wrong_name(reading: Reading) -> Iterator[Spot]:
    """A handle or a greeting that is not the customer's. Where the customer is not known the reply is held against its own
    first handle: one that is nearly the same is misspelt."""
    occasion = reading.occasion
    called = occasion.customer.removeprefix("u/").lstrip("@")
    own = {_plain(called), _plain(called.partition("@")[0])} - {
        ""
    }  # on Mastodon: with and without the server
    told = occasion.post.lower()
    greeted = ""
    for found in _HANDLE.finditer(reading.cased):
        handle = _plain(found[1].rstrip(".-"))
        end = found.end() - (len(found[0]) - len(found[0].rstrip(".-")))
        if not handle or handle in own or _is_brands(handle, reading):
            greeted = greeted or handle
        elif own:
            if f"@{handle}" not in _plain_handles(told):
                yield Spot(found.start(), end, f"Write {occasion.customer}, or no name at all.")
        elif not greeted:
            greeted = handle
        elif handle != greeted and difflib.SequenceMatcher(None, handle[:60], greeted[:60]).ratio() >= 0.75:
            yield Spot(found.start(), end, "Write the customer's handle as they write it.")
    if own:
        yield from _greetings(reading, own, told)


def _plain_handles(text: str) -> set[str]:
    return {f"@{_plain(found[1].rstrip('.-'))}" for found in _HANDLE.finditer(text)}


def _greetings(reading: Reading, own: set[str], told: str) -> Iterator[Spot]:
    for found in _GREETING.finditer(reading.cased):
        group = 1 if found[1] else 2
        name = found[group].split()[0].lower()
        if (
            name in _NO_NAME
            or any(name in handle for handle in own)
            or re.search(rf"\b{re.escape(name)}\b", told)
        ):
            continue
        if name in _plain(reading.brand):
            continue
        yield Spot(
            found.start(group),
            found.end(group),
            f"Write {reading.occasion.customer}: that name was not given by the customer.",
        )


def _is_brands(handle: str, reading: Reading) -> bool:
    brand = _plain(reading.brand)
    first = _plain((reading.brand.split() or [""])[0])
    contact = _plain(reading.service.contact)
    return (
        bool(brand) and (handle in brand or brand in handle or (len(first) >= 4 and first in handle))
    ) or (len(handle) >= 4 and handle in contact)


def title(reading: Reading) -> Iterator[Spot]:
    for found in TITLE.finditer(reading.cased):
        word = found[0].strip(" .,").lower().split()[-1]
        if not re.search(rf"\b{re.escape(word)}\b", reading.occasion.post[:_THEIR_TITLE].lower()):
            yield Spot(
                found.start(),
                found.end(),
                "Leave the title out: nobody told it. Use the handle, or the name that they gave.",
            )


def names_a_colleague(reading: Reading) -> bool:
    responder = reading.occasion.responder.partition("(")[0].strip()
    if responder and re.search(rf"(?<!\w){re.escape(responder)}(?!\w)", reading.cased):
        return True
    ending = _FLOURISH.sub("", reading.cased[-80:])
    last = _LAST.search(reading.plain.rstrip())
    return bool(_SIGNED.search(reading.cased.rstrip()) or _SIGNED.search(ending)) or (
        last is not None and last[1] not in _NO_NAME | _LAST_WORDS
    )
