"""Does a text speak of the brand? Pure, and the same for every platform."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cached_property

from pydantic import Field, field_validator

from monitor.settings import Settings

# Writing systems that put no space between words, or glue endings to a name: there a name may touch a letter.
_NO_SPACES = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")
_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'", "`": "'"})


class Brand(Settings):
    """The names by which people call the brand. Upper and lower case never matter."""

    name: str = Field(min_length=1, max_length=80, description="the brand, as pages and the digest call it")
    names: tuple[str, ...] = Field((), description="other names and common misspellings")
    handles: tuple[str, ...] = Field(
        (), description="the brand's accounts on any platform, with or without @"
    )
    hashtags: tuple[str, ...] = Field((), description="hashtags that mean the brand, with or without #")
    products: tuple[str, ...] = Field((), description="products by which people call it")
    executives: tuple[str, ...] = Field((), description="people who stand for it in public, by full name")
    exclude: tuple[str, ...] = Field(
        (), description="words that mark a namesake; a text that has one counts only if it also has a handle"
    )

    @field_validator("name", "names", "handles", "hashtags", "products", "executives", "exclude")
    @classmethod
    def _says_something(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for word in (value,) if isinstance(value, str) else value:
            if not re.search(r"\w", word):
                raise ValueError(f"{word!r} has no letter and no digit")
            if not word.isprintable():
                raise ValueError(f"{word!r} has a character that can't be printed")
        return value

    def relevant(self, text: str) -> bool:
        """True when the text names the brand: a handle (`@h`, `u/h`), or a name or hashtag as whole words and
        no excluded word. "Kestrel Parcels" is also found as "kestrel-parcels" and "KestrelParcels"."""
        plain = _plain(text)
        if self._handle.search(plain):
            return True
        return bool(self._called.search(plain)) and not self._excluded.search(plain)

    @property
    def phrases(self) -> tuple[str, ...]:
        """What people call it: its name, other names, products, executives, each once."""
        said = (self.name, *self.names, *self.products, *self.executives)
        found: dict[str, str] = {}
        for each in said:
            found.setdefault(_plain(each), each)
        return tuple(found.values())

    def is_own(self, handle: str) -> bool:
        """Whether an author's handle is one of the brand's accounts."""
        return _plain(handle).lstrip("@") in {_plain(each).lstrip("@") for each in self.handles}

    @cached_property
    def _handle(self) -> re.Pattern[str]:
        return _any_of(
            r"(?<!\w)(?:@|u/)" + re.escape(_plain(h).lstrip("@")) + r"(?!\w)" for h in self.handles
        )

    @cached_property
    def _called(self) -> re.Pattern[str]:
        names = [_words(name) for name in self.phrases]
        tags = ["[#＃]" + _words(tag.lstrip("#＃")) for tag in self.hashtags]
        return _any_of([*names, *tags])

    @cached_property
    def _excluded(self) -> re.Pattern[str]:
        return _any_of(_words(word) for word in self.exclude)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().translate(_APOSTROPHES)


def _words(name: str) -> str:
    """A pattern for the name as whole words; between its words any space, hyphen or nothing."""
    plain = _plain(name).strip()
    pattern = r"[\s_-]*".join(re.escape(word) for word in re.split(r"[\s_-]+", plain))
    return (
        ("" if _touches_letters(plain[0]) else r"(?<!\w)")
        + pattern
        + ("" if _touches_letters(plain[-1]) else r"(?!\w)")
    )


def _touches_letters(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_NO_SPACES)


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    joined = "|".join(patterns)
    return re.compile(joined or r"(?!)")
