"""HTML as text: what a reader would see of it, paragraphs and line breaks included."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = {
    "address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "figcaption", "figure", "footer", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table",
    "tr", "ul",
}  # fmt: skip
_UNSEEN = {"head", "iframe", "noscript", "object", "script", "style", "svg", "template", "title"}
LONGEST = 50_000
"""Characters of HTML that are read; a post has less."""

_CLOSER = {"li", "tr", "dd", "dt"}
"""These stand on a line of their own, without an empty line between them."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _UNSEEN:
            self._unseen.append(tag)
        elif tag == "br":
            self.parts.append("\n")
        else:
            self._block(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _UNSEEN:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unseen:
            del self._unseen[self._unseen.index(tag) :]
        else:
            self._block(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(re.sub(r"\s+", " ", data))

    def _block(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n" if tag in _CLOSER else "\n\n")


def plain(html: str) -> str:
    """The text of a piece of HTML. It never raises, whatever the HTML is; what holds no markup stays as it is, but for
    its white space and entities."""
    first, *rest = html[:LONGEST].replace("\0", "").split("<!--")
    html = first + "".join(each.partition("-->")[2] for each in rest)
    # A "<" that begins no tag: html.parser would look for its end again and again.
    html = re.sub(r"<(?![^<>]*>)", "&lt;", html)
    reader = _Reader()
    reader.feed(html)
    reader.close()
    text = "".join(reader.parts).encode(errors="replace").decode()
    text = re.sub(r"[^\S\n]*\n[^\S\n]*", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" {2,}", " ", text)).strip()
