"""What leaves by SMS or chat holds no personal data of those who posted; the mail to staff stays whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import sms
from alerts.messages import LONGEST, masked, render
from alerts.messages.text import text_of as short
from monitor.notice import Further
from monitor.wording.masking import MASKS, masker
from tests.alerts.notices import CRITICAL, post

SECRETS = (
    "07700 900456", "+44 7700 900456", "ann.lee@example.com", "4111 1111 1111 1111", "GB82 WEST 1234 5698 7654 32",
    "order 302-1234567", "1Z999AA10123456784", "٠٧٧٠٠ ٩٠٠٤٥٦", "ann＠example．com",
)  # fmt: skip


def remains(text: str) -> str:
    return "".join(char for char in text if char.isdigit())


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("where", ["title", "reason", "changed"])
def test_an_sms_has_none_of_it(secret: str, where: str) -> None:
    told = f"Please ring {secret}"
    notice = replace(replace(CRITICAL, link=None, top_posts=()), **{where: told})  # type: ignore[arg-type]
    page = render(notice)
    assert any(each in page.short for each in MASKS)
    assert "ann" not in page.short
    assert remains(sms.to_gsm(secret)) == "" or remains(sms.to_gsm(secret))[2:-1] not in remains(page.short)
    assert sms.septets(page.short) <= sms.SEPTETS
    assert page.short.endswith("Ack: 7k2 (snapwatch ack 7k2)")
    if where != "changed":
        assert secret in page.text  # to staff


def test_everything_that_people_wrote_is_masked_for_chat_and_nothing_else() -> None:
    secret = "call 07700 900456"
    notice = replace(
        CRITICAL,
        title=f"Parcel lost, {secret}",
        summary=f"Nobody answers, {secret}",
        reason=f"61 posts; {secret}",
        changed=f"1 more urgent story: “{secret}” (alert 31)",
        top_posts=(post(1, f"My parcel, {secret}"),),
        further=(Further("31", f"Fire, {secret}", f"about safety; {secret}", "https://x.example/31"),),
    )
    out = masked(notice)
    assert "900456" not in repr(out)
    assert repr(out).count("call [phone]") == 7
    assert (out.code, out.link, out.drafts, out.further[0].url) == (
        notice.code,
        notice.link,
        notice.drafts,
        notice.further[0].url,
    )
    assert masked(out) == out


def test_a_page_of_figures_stays_as_it_is() -> None:
    told = "1,234 posts since 14:05 GMT: 12 → 61 posts, spread 120 → 12345678, probability 0.22 → 0.58, 48,000 followers"
    assert masked(replace(CRITICAL, reason=told)).reason.startswith(
        "1,234 posts since 14:05 GMT: 12 → 61 posts"
    )
    assert masked(CRITICAL) == CRITICAL
    assert short(masked(CRITICAL)) == short(CRITICAL)


@given(st.sampled_from(SECRETS), st.text(max_size=40), st.text(max_size=40))
def test_any_sms_fits_and_ends_with_its_code(secret: str, before: str, after: str) -> None:
    page = short(replace(CRITICAL, link=None, title=f"{before} {secret} {after}"))
    assert sms.septets(page) <= sms.SEPTETS
    assert page.endswith("Ack: 7k2 (snapwatch ack 7k2)")
    assert "example.com" not in page


def test_own_patterns_and_long_posts() -> None:
    notice = replace(CRITICAL, title="About KST-12345", top_posts=(post(1, "a" * 40_000),))
    assert "About [order number]" in render(notice, mask=masker(["KST-[0-9]{5}"])).short
    assert "About KST-12345" in render(notice).short
    assert len(masked(notice).top_posts[0].mention.text) == LONGEST
