"""A page as a voice on the phone says it to somebody who just woke: who calls, what it is, how it grows, who is next.

Under 25 seconds: at most `WORDS` words, of which a voice says two and a half in a second. Only letters, digits and the
signs that a voice knows are left, so that no word of others can be an order to whatever speaks it. The notices that these
functions take are masked already.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from alerts.messages.words import (
    NOTHING_TO_DO,
    after,
    asks,
    became,
    counted,
    has_it,
    is_its_spread,
    lasting,
    lead,
    relative,
    sentence,
)
from alerts.sms import without_links
from monitor.notice import Alarm, Notice
from monitor.oncall.sections import Person
from monitor.wording.languages import NAMES
from monitor.wording.masking import BANK, CARD, MAIL, ORDER, PHONE, Mask, mask
from monitor.wording.platforms import listed
from monitor.wording.text import clean

WORDS = 60
"""Words of a page at most, counted as `cost` does."""

TITLE, WHY, NAME = 16, 18, 4

READ = 2_000
"""Characters that are looked at: more than are ever said."""

_MASKED = {
    PHONE: "a phone number",
    MAIL: "an e-mail address",
    CARD: "a card number",
    BANK: "a bank account",
    ORDER: "an order number",
    "(link)": "",
    "→": " to ",
    "%": " percent",
    "&": " and ",
}
_HANDLE = re.compile(r"(?<!\w)[@＠][\w.@＠-]+")
_SIGNS = frozenset(" .,:;!?'-$€£")
_INSIDE = re.compile(r"[!?;](?=\S)")
_STRAY = re.compile(r" (?=[.,:;!?](?: |$))")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_LETTERS_A_WORD = 8


def spoken_of(notice: Notice) -> str:
    """Who calls, how grave it is, the title; why, while there is time; who is next and the code."""
    hello = greeting(notice.person)
    if notice.outcome:
        gist = sentence(speakable(became(notice.outcome)[0], WHY))
        return f"{hello}. {gist} {_title(notice, TITLE)} {NOTHING_TO_DO}"
    if notice.test:
        todo = " Please acknowledge it, to show that calls reach you." if notice.code else ""
        return f"{hello} with a test. Nothing is wrong.{todo}"
    kind = {"critical": "a critical story", "warning": "a warning", "info": "a story"}[notice.severity]
    first = f"{hello} with {f'an update of {kind}' if notice.changed else kind}."
    last = [*_next(notice), f"Its code is {' '.join(notice.code)}."]
    if not asks(notice):
        last = [f"{speakable(has_it(notice), NAME + 2)}, nothing has to be acknowledged."]
    left = WORDS - cost(" ".join([first, *last]))
    said = [first, _title(notice, min(TITLE, left))]
    for each in _why(notice):
        if cost(" ".join([*said, each, *last])) <= WORDS:
            said.append(each)
    return " ".join([*said, *last])


def bundle_spoken(notices: Sequence[Notice]) -> str:
    """How many there are, and the worst of them."""
    todo = [each for each in notices if not each.outcome]
    hello = greeting(notices[0].person)
    if not todo:
        return f"{hello}. {len(notices)} stories are over, or somebody has them. {NOTHING_TO_DO}"
    kinds = counted(todo).replace(":", ",")
    told = [f"{hello} with {kinds}. The first one: {_title(todo[0], TITLE)}", *_next(todo[0])]
    return " ".join([*told, "The others are in your messages."])


def alarm_spoken(alarm: Alarm, person: Person, now: datetime, mask: Mask = mask) -> str:
    """What is wrong with the watch and what to do; or that it is over."""
    what, words = speakable(mask(alarm.what), NAME + 2), sentence(speakable(mask(alarm.words), WORDS // 2))
    if alarm.over_at:
        return f"{greeting(person.name)}. A problem of the watch itself is over: {what}. {NOTHING_TO_DO}"
    lasted = lasting(now - alarm.since)
    return f"{greeting(person.name)}. The watch itself has a problem, for {lasted}: {what}. {words}"


def speakable(text: str, most: int) -> str:
    """Words of others as a voice can say them, at most so many: no address, no handle, no sign that is not spoken."""
    text = _HANDLE.sub("somebody", without_links(clean(text[:READ])))
    for sign, words in _MASKED.items():
        text = text.replace(sign, words)
    text = "".join(char if char.isalnum() or char in _SIGNS else " " for char in text)
    text = " ".join(_INSIDE.sub(" ", text.capitalize() if text.isupper() else text).split())
    said = _STRAY.sub("", text).split()
    kept, left = 0, most
    while kept < len(said) and cost(said[kept]) <= left:
        left -= cost(said[kept])
        kept += 1
    ends = [place for place in range(kept // 2 + 1, kept + 1) if said[place - 1][-1] in ".,:;!?"]
    if kept < len(said) and ends:
        kept = ends[-1]  # rather no more than half a sentence
    return " ".join(said[:kept]).rstrip(" .,:;-")


def cost(text: str) -> int:
    """How many words a voice needs: a long one counts as several, and each digit as one."""
    digits = sum(map(str.isdigit, text))
    return digits + sum(-(-sum(map(str.isalpha, word)) // _LETTERS_A_WORD) for word in text.split())


def greeting(name: str) -> str:
    return f"Hello {speakable(name, NAME)}, this is snapwatch"


def _title(notice: Notice, most: int) -> str:
    """In letters that the voice can read; else in which language it is written."""
    letters = [char for char in notice.title if char.isalpha()]
    if 2 * len(_LATIN.findall(notice.title)) < len(letters):
        first = lead(notice)
        known = NAMES.get(first.found.language or "") if first and first.found else None
        return f"Its words are in {known or 'letters that this voice can not read'}."
    return sentence(speakable(notice.title, most)) or "It has no words to read out."


def _why(notice: Notice) -> list[str]:
    """The most telling first."""
    said = [sentence(speakable(notice.changed, WHY))] if notice.changed else []
    first = lead(notice)
    forecast = first.forecast if first else None
    posts = f"{notice.mentions:,} post{'' if notice.mentions == 1 else 's'} on {speakable(listed(notice.sources), 8)}"
    if forecast and is_its_spread(notice):
        chance = (
            "already viral"
            if forecast.crossed
            else f"{round(100 * forecast.p_viral)} percent likely to go viral"
        )
        said.append(f"{posts}, {chance}.")
    elif not notice.changed:
        said += [sentence(speakable(notice.reason.partition("; ")[0], WHY)), f"{posts}."]
    if notice.further:
        count = len(notice.further)
        said.append(f"And {count} more urgent {'story' if count == 1 else 'stories'}.")
    return said


def _next(notice: Notice) -> list[str]:
    following = after(notice)
    when = f" {relative(following.due, notice.at)}" if following.due else " next"
    if following.person:
        return [f"Unless you acknowledge, {speakable(following.person, NAME)} is paged{when}."]
    if following.again:
        return [f"Unless you acknowledge, you are called again{when if following.due else ''}."]
    return []
