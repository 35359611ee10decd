"""A language model may word a draft anew; what it says counts only if nothing was lost, added or promised."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, field_validator

from monitor.settings import Secret, Settings, is_loopback


class PolishSettings(Settings):
    """A language model that words drafts anew, behind an API like OpenAI's; absent: none is asked."""

    url: str = Field(
        description="where it is: https://api.example.com/v1, or http://localhost:11434/v1 on this machine"
    )
    model: str = Field(min_length=1, description="which model it shall use")
    key: Secret | None = Field(None, description="the API key, where it wants one")
    seconds: float = Field(4, gt=0, le=30, description="so long it may take; a page waits for it")

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if (
            not parts.hostname
            or parts.username
            or parts.query
            or parts.fragment
            or (parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)))
        ):
            raise ValueError(
                "should be an https address, or http on this machine, such as https://api.example.com/v1"
            )
        return value.rstrip("/")
