from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.markup import LONGEST, plain


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>First &amp; last</p><p>Second<br>line<br />end</p>", "First & last\n\nSecond\nline\nend"),
        ('Up<p>Next<p>Last <a href="https://x.y/z" rel="nofollow">https://x.y</a>', "Up\n\nNext\n\nLast https://x.y"),
        (
            '<p><span class="h-card"><a href="https://m.s/@k" class="u-url mention">@<span>k</span></a></span> '
            '<a href="https://m.s/tags/K" class="mention hashtag">#<span>K</span></a></p>',
            "@k #K",
        ),
        (
            '<a href="https://e.org/long"><span class="invisible">https://</span><span class="ellipsis">e.org/</span>'
            '<span class="invisible">long</span></a>',
            "https://e.org/long",
        ),
        ("<ul><li>one</li><li>two</li></ul>", "one\n\ntwo"),
        ("a <script>alert('x')</script>b<style>p {}</style><title>t</title> c", "a b c"),
        ("<pre><code>x = 1</code></pre>", "x = 1"),
        ("3 < 4 &lt;b&gt; &#128077; AT&T &nothing", "3 < 4 <b> 👍 AT&T ¬hing"),
        ("  much\n\n  space&nbsp;here ", "much space here"),
        ("half \ud83d a pair\0", "half ? a pair"),
        ("", ""),
        ("<!-- hidden --><?php x ?><![CDATA[y]]>z", "z"),
        ("a<script/>b", "ab"),
    ],
)  # fmt: skip
def test_what_a_reader_would_see(html: str, text: str) -> None:
    assert plain(html) == text


@given(st.text(alphabet=st.sampled_from("<>/&;!-[]ab \n\"'=#x\ud83d")))
def test_nothing_raises_and_text_can_be_written(html: str) -> None:
    assert plain(html).encode().decode() == plain(html)


@pytest.mark.parametrize(
    "odd", ["<", "<a ", "<!--", "<!-- >", "&#", "<script>", "\n ", "<a b='\">", "<a b=\"'>", "</a "]
)
def test_hostile_markup_takes_no_long_time(odd: str) -> None:
    """Three times as much takes about three times as long, not nine times."""

    def seconds(length: int) -> float:
        began = time.thread_time()
        plain((odd * length)[:length])
        return time.thread_time() - began

    assert seconds(LONGEST) < 12 * seconds(LONGEST // 3) + 1


def test_what_is_endless_is_cut() -> None:
    assert len(plain("a" * 10**6)) == LONGEST
