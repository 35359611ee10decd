"""SNAP replies: Status, Next steps, Approximate time, Planned outcome. Playbooks say what is answered in which situation,
the drafter makes replies of them. Pure but for reading playbooks."""

from __future__ import annotations

from alerts.snap.drafter import SnapDrafter
from alerts.snap.flaws import flaw
from alerts.snap.playbooks import GENERAL, Need, Playbook, Reply, load_playbooks
from alerts.snap.service import DraftsSettings, Service

__all__ = [
    "GENERAL",
    "DraftsSettings",
    "Need",
    "Playbook",
    "Reply",
    "Service",
    "SnapDrafter",
    "flaw",
    "load_playbooks",
]
