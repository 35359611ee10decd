"""From validated settings to adapters, each built by the module that its `type` names."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from classifiers import bundled
from classifiers.once import Once
from monitor.ports import Channel, Classifier, Drafter, Poster, Source

if TYPE_CHECKING:
    from alerts.lint import Linter
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
    from alerts.snap import SnapDrafter

    return SnapDrafter(
        config.books, config.service, config.brand.name, platforms(config), config.brand.products
    )


def build_linter(config: Config, classifier: Classifier) -> Linter:
    """Lint with the configuration's rules."""
    from alerts.lint import Linter

    return Linter(config.lint, config.service, config.brand.name, classifier)


def build_posters(config: Config) -> dict[str, Poster]:
    """Where approved replies can be posted, by the source's name; what is not here is copied by hand."""
    made = {
        name: _module("sources", settings.type).poster(settings, name)
        for name, settings in config.sources.items()
        if getattr(settings, "reply", None) is not None
    }
    return {name: poster for name, poster in made.items() if poster is not None}


def polished(config: Config, drafter: Drafter, linter: Linter, classifier: Classifier) -> Drafter:
    """The drafter, its drafts worded anew by a language model where one is configured."""
    if config.polish is None:
        return drafter
    from alerts.polish import Polisher, ask
    from monitor.wording.masking import masker

    return Polisher(
        drafter,
        partial(ask, config.polish),
        linter.findings,
        masker(config.privacy.patterns),
        classifier,
        [config.brand.name, config.service.privately()],
        platforms(config),
    )


def platforms(config: Config) -> dict[str, str]:
    """On which platform each source is: {"x-uk": "x"}."""
    return {name: table.type for name, table in config.sources.items()}


def _module(package: str, kind: str) -> Any:
    from monitor.config import adapter_module

    module = adapter_module(package, kind)
    assert module is not None  # noqa: S101 -- the configuration was validated with this module
    return module
