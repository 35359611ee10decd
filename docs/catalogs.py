"""Brings the messages of the digest's catalogs up to date with the code: `python -m docs.catalogs`. What is new stands in
them untranslated, until somebody translates it; a test tells what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from alerts.languages import FOLDER, LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
KEYWORDS = {"_": None, "n_": (1, 2)}
TRANSLATED = tuple(each for each in LANGUAGES if each != "en")
WHERE = (("alerts/**/*.py", "python"), ("alerts/templates/*.jinja", babel_extract))
HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plurals}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def messages() -> Catalog:
    """Every message of the code and of the templates."""
    found = Catalog()
    for pattern, method in WHERE:
        for path in sorted(ROOT.glob(pattern)):
            with path.open("rb") as file:
                name = path.relative_to(ROOT).as_posix()
                for _, message, _, _ in extract(method, file, keywords=KEYWORDS, options={}):
                    flags = ["python-brace-format"] if "{" in str(message) else []
                    found.add(message, locations=[(name, None)], flags=flags)
    return found


def catalog(language: str) -> Catalog:
    """As it is written in its file; an empty one where there is none yet."""
    path = FOLDER / f"{language}.po"
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language, charset="utf-8", abort_invalid=True)


def texts(message: Message) -> Iterator[tuple[str, str]]:
    """Each form of a translation with the English message that it stands for."""
    if isinstance(message.id, str):
        yield message.id, str(message.string or "")
    else:
        for form in message.string:
            yield message.id[1], form


def update(language: str) -> int:
    """Write the catalog with the messages of the code; how many are not translated."""
    found = catalog(language)
    found.update(messages(), no_fuzzy_matching=True)
    found.obsolete.clear()
    file = BytesIO()
    write_po(file, found, width=110, omit_header=True, sort_output=True)
    header = HEADER.format(language=language, plurals=found.plural_forms)
    (FOLDER / f"{language}.po").write_text(header + file.getvalue().decode(), encoding="utf-8")
    return sum(not all(form for _, form in texts(each)) for each in found if each.id)


if __name__ == "__main__":
    for each in TRANSLATED:
        print(f"{each}: {update(each)} to translate")
