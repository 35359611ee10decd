"""Search as a screen: what it shows, keeps and gives out, of whatever people wrote and typed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.exchange import parse_line
from monitor.model import Author, Deleted, Mention, MentionKey
from monitor.overview.exporting import FORMULA, defused
from tests.monitor.scripted import NOON, mention, reading
from tests.monitor.web.sites import HOSTILE, Site, words


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """One story that paged, of a hostile post, and more posts."""
    made = Site(tmp_path)
    posts = [
        mention(number, f"parcel number {number}", NOON - timedelta(hours=number)) for number in range(2, 40)
    ]
    made.store.write(lambda tables: tables.mentions.add(posts, NOON))
    yield made
    made.store.close()


def get(site: Site, path: str, status: int = 200, **fields: str) -> str:
    answer = site.screen.get(path, params=fields or None)
    assert answer.status_code == status, answer.text
    return str(answer.text)


def post(site: Site, path: str, **fields: str) -> Any:
    csrf = get(site, "/search").split('name="csrf" value="')[1].split('"')[0]
    return site.screen.post(path, data={"csrf": csrf, **fields}, follow_redirects=False)


def test_what_was_looked_for_is_found_marked_and_goes_on(site: Site) -> None:
    page = get(site, "/search", words="parcel number")
    assert page.count("<mark>parcel</mark> <mark>number</mark> ") == 25
    assert "38 posts" in words(page)
    assert "parcel number 2 " in words(page)
    link = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    later = get(site, link)
    assert "parcel number 39 " in words(later)
    assert "parcel number 2 " not in words(later)
    assert 'rel="next"' not in later


def test_a_hostile_post_is_text(site: Site) -> None:
    page = get(site, "/search", words="lost script")
    assert "<script>alert" not in page
    assert "&lt;<mark>script</mark>&gt;alert(1)" in page
    one = get(site, "/mentions/x/1")
    assert "&lt;script&gt;alert(1)" in one
    assert "javascript:" not in one
    assert 'href="/label?post=x+1"' in one


@pytest.mark.parametrize(
    "typed", ['"', '"><script>alert(1)</script>', "{{7*7}}", "' OR 1=1 --", "a AND", "\x00", "-", "😡"]
)
def test_what_was_typed_is_text_too(site: Site, typed: str) -> None:
    for field in ("words", "author", "category", "source", "language", "since", "story", "sort", "after"):
        page = get(site, f"/search?{urlencode({field: typed})}")
        assert "<script>alert" not in page
        assert "49" not in words(page).replace("149", "")


def test_states_that_say_what_to_do(site: Site, tmp_path: Path) -> None:
    assert "No post fits Try fewer words" in words(get(site, "/search", words="nowhere"))
    crossed = words(get(site, "/search", since="2026-11-05", until="2026-11-01"))
    assert "No post fits “From” is later than “To”" in crossed
    page = words(get(site, "/search", category="nowhere", since="yesterday"))
    assert "No post fits Remove a filter above" in page
    assert "Left out: from: 'yesterday' is no day" in page
    assert "is no word: letters and digits are looked for" in words(get(site, "/search", words="!!!"))
    site.store.write(lambda tables: tables.mentions.purge(before=NOON + timedelta(days=1)))
    assert "No post is stored yet" in words(get(site, "/search"))


def test_filters_can_be_taken_away(site: Site) -> None:
    page = get(site, "/search", words="parcel", complaint="no", author="user3")
    assert "/search?words=parcel&amp;author=user3" in page
    assert "/search?words=parcel&amp;complaint=no" in page


def test_a_search_is_kept_for_everybody_and_removed(site: Site) -> None:
    kept = post(site, "/search/views", name="Late <b>ones</b>", query="words=parcel&complaint=yes&evil=1")
    assert (kept.status_code, kept.headers["location"]) == (303, "/search?words=parcel&complaint=yes")
    page = get(site, "/search")
    assert 'href="/search?words=parcel&amp;complaint=yes"' in page
    assert "Late &lt;b&gt;ones&lt;/b&gt;" in page
    again = post(site, "/search/views", name="Late <b>ones</b>", query="words=other")
    assert again.status_code == 422
    assert "there is a view" in words(again.text)
    assert 'value="other"' in again.text
    assert "give the view a name" in words(post(site, "/search/views", name=" ", query="").text)
    assert post(site, "/search/views/remove", name="Late <b>ones</b>", query="").status_code == 303
    assert "Late &lt;b&gt;" not in get(site, "/search")


def test_the_table_holds_all_and_calculates_nothing(site: Site) -> None:
    evil = replace(
        mention(90, "=cmd|' /C calc'!A0\n@SUM(1)\"\r\x07", NOON), author=Author("a", "+evil", "-x", 1)
    )
    site.store.write(lambda tables: tables.mentions.add([evil], NOON))
    answer = site.screen.get("/search/posts.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))
    assert len(rows) == 40
    found = next(row for row in rows if row["id"] == "90")
    assert (found["author"], found["author_name"]) == ("'+evil", "'-x")
    assert found["created_at_utc"] == f"{NOON:%Y-%m-%d %H:%M:%S}"  # what spreadsheets take for a time
    assert found["text"] == "'=cmd|' /C calc'!A0\n@SUM(1)\""
    assert next(row for row in rows if row["id"] == "1")["complaint"] == "yes"


@given(st.text(max_size=60))
def test_no_cell_begins_as_a_formula(text: str) -> None:
    said = defused(text)
    assert not said.strip() or said.lstrip()[0] not in FORMULA
    assert defused(said) == said


def test_records_are_the_exchange_format_in_time_order(site: Site) -> None:
    site.store.write(
        lambda tables: tables.mentions.add_readings([reading(3, 4, NOON - timedelta(hours=2.5))])
    )
    lines = site.screen.get("/search/posts.jsonl?words=number").text.splitlines()
    times = [json.loads(line).get("created_at") or json.loads(line)["at"] for line in lines]
    assert times == sorted(times)
    found = [parse_line(line) for line in lines]
    assert sum(isinstance(each, Mention) for each in found) == 38
    assert reading(3, 4, NOON - timedelta(hours=2.5)) in found


def test_the_page_of_a_post(site: Site) -> None:
    page = words(get(site, "/mentions/x/1"))
    assert "What is known of it A complaint 90% counts as one from 50%" in page
    assert "In the story" in page
    assert "Reposts" in page
    odd = replace(mention("at://did/post 1?#%", HOSTILE), source="odd")
    site.store.write(lambda tables: tables.mentions.add([odd], NOON))
    found = get(site, "/search", source="odd")
    link = found.split('class="to" href="')[1].split('"')[0]
    assert "What is known of it" in words(get(site, link))
    assert "There is no such post" in words(get(site, "/mentions/x/none", 404))
    site.store.write(lambda tables: tables.mentions.delete([Deleted("x", "1", NOON)]))
    gone = get(site, "/mentions/x/1")
    assert "Its words and its author were erased here" in words(gone)
    assert "alert(1)" not in gone
    assert site.store.read.search.seen(MentionKey("x", "1")) is not None
