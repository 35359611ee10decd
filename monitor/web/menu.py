"""The screens that the menu leads to."""

from __future__ import annotations

from typing import NamedTuple

from monitor.web.visitor import Role


class Entry(NamedTuple):
    """`letter` leads there after a g; `icon` is a line in a box of 20; it is shown to who may do what `role` may."""

    key: str
    address: str
    label: str
    letter: str
    icon: str
    role: Role = "viewer"


MENU = (
    Entry("now", "/", "Now", "n", "M2 10.500h3.500l2.500-6 4 11 2.500-6.500H18"),
    Entry(
        "search", "/search", "Search", "s", "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12zm4.500-1.500L17.500 17.500"
    ),
    Entry("label", "/label", "Label", "l", "M3 3h6.500l7.500 7.500-6.500 6.500L3 9.500zM6.500 6.500h.01"),
    Entry(
        "oncall", "/oncall", "On call", "o",
        "M10 2.500a5 5 0 0 0-5 5c0 5-2 6.500-2 6.500h14s-2-1.500-2-6.500a5 5 0 0 0-5-5zM8.500 17h3",
    ),
    Entry(
        "sources", "/sources", "Sources", "u",
        "M10 10h.01M6.800 13.200a4.500 4.500 0 0 1 0-6.400m6.400 0a4.500 4.500 0 0 1 0 6.400"
        "M4 16a8.500 8.500 0 0 1 0-12m12 0a8.500 8.500 0 0 1 0 12",
    ),
    Entry("settings", "/settings", "Settings", "e", "M3 6h7m4 0h3M3 14h3m4 0h7M12 4v4M8 12v4", "admin"),
)  # fmt: skip
