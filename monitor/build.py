"""From validated settings to adapters, each built by the module that its `type` names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classifiers import bundled
from classifiers.once import Once
from monitor.ports import Channel, Classifier, Source

if TYPE_CHECKING:
    from alerts.snap import SnapDrafter
    from monitor.config import Config


def build_sources(config: Config) -> dict[str, Source]:
    """Every configured source by its name. Nothing is asked of a platform yet."""
    return {name: build_source(config, name) for name in config.sources}


def build_source(config: Config, name: str) -> Source:
    """The source of that name. SourceError when it can't work whatever the platform says."""
    settings = config.sources[name]
    source: Source = _module("sources", settings.type).build(settings, name, config.brand)
    return source


def build_channels(config: Config) -> dict[str, Channel]:
    """Every configured channel by its name. Nothing is asked of a provider yet."""
    return {name: build_channel(config, name) for name in config.channels}


def build_channel(config: Config, name: str) -> Channel:
    """The channel of that name. ChannelError when it can't work whatever the provider says."""
    settings = config.channels[name]
    url = config.web.public_url
    callback = f"{url}/channels/{name}" if url else None
    channel: Channel = _module("alerts", settings.type).build(settings, name, callback)
    return channel


def build_classifier(config: Config | None) -> Classifier:
    """The configured classifier, or the bundled one; it reads copies once. ClassifierError when its model can't be
    loaded."""
    if config is None:
        return Once(bundled.build(bundled.Settings()))
    settings = config.classifier
    return Once(_module("classifiers", settings.type).build(settings))


def build_drafter(config: Config) -> SnapDrafter:
    """Drafts from the shipped playbooks with the configuration's in their place."""
    from alerts.snap import SnapDrafter, load_playbooks

    platforms = {name: table.type for name, table in config.sources.items()}
    return SnapDrafter(load_playbooks(config.playbooks), config.service, config.brand.name, platforms)


def _module(package: str, kind: str) -> Any:
    from monitor.config import adapter_module

    module = adapter_module(package, kind)
    assert module is not None  # noqa: S101 -- the configuration was validated with this module
    return module
