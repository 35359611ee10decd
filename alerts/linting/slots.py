"""What shows that a template was not filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alerts.linting.reading import Reading
from alerts.linting.rule import Spot

_SLOT = re.compile(
    r"\{\{[^{}\n]{0,80}\}{0,2}|\{%[^{}\n]{0,80}|\{[\w .]{0,40}\}|\$\{?[A-Za-z_]{2,40}\}|"
    r"%\w{2,30}%|%[sd]\b|%\(\w{1,30}\)s"
    r"|\[(?!\d{1,3}\])[^\]\[\n]{0,60}\](?!\()|<(?!https?:)[A-Za-z_][^<>\n]{0,60}>|«[^»\n]{1,60}»"
    r"|\b(?:X{3,}|x{3,}|TODO|TBD|TBC|FIXME|undefined|null|NaN|NULL|N/A|None(?! of)|lorem ipsum)\b|"
    r"#(?:NAME|REF|N/A|VALUE)[?!]?|(?<![\w@])_{3,}(?!\w)|\.{5,}|\?{3,}"
    r"|\b[a-z]{2,20}_(?:name|number|date|time|id)\b|\b(?:FIRST|LAST|CUSTOMER|AGENT|"
    r"ORDER)[ _]?(?:NAME|NUMBER)\b"
    r"|\(?\binsert [a-z ]{2,30}\)?"
)
_HOLE = re.compile(
    r"(?<=[a-z,])[^\S\n]{2,60}(?=[a-z])|(?<=\w)[^\S\n],|(?<=[a-z])[^\S\n]\.(?=\s|$)|(?:^|"
    r"(?<=[.!?]\s)|(?<=\n))\s?(?i:dear|hi|hello|hey)(?:\s?,\s?[,.!]|[^\S\n],|\s@(?=\W|$))|(?:^|"
    r"(?<=\n))(?i:dear),"
    r"|\b(?i:your|the|my|our|a|an|by|i'm|from|at|about|named|is)\s?,?\s(?=[,.;!]\s)|\b(?i:your|"
    r"the|our|an|i'm|(?<=\. )i am)[.,;](?=\s|$)|(?i:hello|hi|hey|dear|thanks|sorry),? @(?=\s|"
    r"[,.!]|$)|(?<=\s)\(\s?\)|\"\s?\"|\b(?i:by|at|until|before)(?=\.(?:\s|$))"
)

SUGGEST = "Fill it in, or write the sentence without it."


def empty_slot(reading: Reading) -> Iterator[Spot]:
    for pattern in (_SLOT, _HOLE):
        for found in pattern.finditer(reading.cased):
            yield Spot(found.start(), max(found.end(), found.start() + 1), SUGGEST)
