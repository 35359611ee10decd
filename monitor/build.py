"""From validated settings to adapters, each built by the module that its `type` names."""

from __future__ import annotations

from typing import Any

from alerts.snap import SnapDrafter, load_playbooks
from monitor.config import Config, adapter_module
from monitor.ports import Channel, Classifier, Source


def build_sources(config: Config) -> dict[str, Source]:
    """Every configured source by its name. Nothing is asked of a platform yet."""
    return {name: _module("sources", table.type).build(table, name) for name, table in config.sources.items()}


def build_channels(config: Config) -> dict[str, Channel]:
    """Every configured channel by its name. Nothing is asked of a provider yet."""
    return {name: _module("alerts", table.type).build(table, name) for name, table in config.channels.items()}


def build_classifier(config: Config) -> Classifier:
    """The configured classifier. ClassifierError when its model can't be loaded."""
    classifier: Classifier = _module("classifiers", config.classifier.type).build(config.classifier)
    return classifier


def build_drafter(config: Config) -> SnapDrafter:
    """Drafts from the shipped playbooks with the configuration's in their place."""
    platforms = {name: table.type for name, table in config.sources.items()}
    return SnapDrafter(load_playbooks(config.playbooks), config.service, config.brand.name, platforms)


def _module(package: str, kind: str) -> Any:
    module = adapter_module(package, kind)
    assert module is not None  # noqa: S101 -- the configuration was validated with this module
    return module
