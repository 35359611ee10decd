"""What the pipeline works with: the adapters behind their ports, the store, the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event

from monitor.config import Config
from monitor.notice import Alarm, Message, Notice, Promise, Short
from monitor.oncall.calendar import Found
from monitor.oncall.sections import Person
from monitor.paging.notices import Link
from monitor.ports import Channel, Classifier, Clock, Drafter, Forecaster, Poster, Source
from monitor.reply import Finding, Occasion
from monitor.store import Store, Tables


@dataclass(frozen=True)
class Parts:
    """What the pipeline works with; `app` puts it together."""

    store: Store
    config: Config
    sources: Mapping[str, Source]
    classifier: Classifier
    forecaster: Forecaster
    drafter: Drafter
    channels: Mapping[str, Channel]
    render: Callable[[Notice, Short], Message]
    """One story for one person; `Short` is what the channel's SMS may hold."""
    bundle: Callable[[Sequence[Notice], Short], Message]
    """Several stories for one person in one message."""
    alarm: Callable[[Alarm, Person, datetime, Short], Message]
    """That something is wrong with the watch itself, or is over, as it stands at that time."""
    promise: Callable[[Promise, Person, datetime, Short], Message]
    """That what a reply promises runs out, or has, as it stands at that time."""
    digest: Callable[[Tables, str, datetime], Message]
    """From a group of the digest, and its due time, to its content."""
    brief: Callable[[Tables, datetime], Message]
    """From a morning brief's due time to its content."""
    measure_of: Callable[[str], tuple[str, int]]
    """From a mention's source to the measure of its spread and the threshold V."""
    refit: Callable[[datetime], str]
    """Fit the forecast anew to what is stored, if that makes it better; what changed, in words, or nothing."""
    calendar: Callable[[str, int, datetime], Found]
    """What the calendar of a rotation's layer, by its number, says from then on. PortError when it can't be read."""
    link: Link
    clock: Clock
    lint: Callable[[str, Occasion], Sequence[Finding]]
    """What is wrong with a reply."""
    posters: Mapping[str, Poster] = field(default_factory=dict)
    """By the source whose posts they answer; none where replies are copied by hand."""
    leaving: Event = field(default_factory=Event)
    """Set when the platforms are to be left, since the daemon ends or changes its configuration."""
    stopping: Event = field(default_factory=Event)
    """Set when the daemon ends or changes its configuration: loops stop between two of their steps."""
