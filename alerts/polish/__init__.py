"""A language model may word a draft anew. Off unless [polish] is configured; what it says counts only if nothing was lost,
added or promised, and if it came in time: else the template stands.

The model never sees who is spoken of: handles, names, addresses, facts and times are sealed before it reads the draft, and
personal data in the post is masked. The post is hostile data to it, and its answer is hostile data to us.
"""

from __future__ import annotations

from alerts.polish.client import ask, check
from alerts.polish.polisher import Polisher
from alerts.polish.settings import PolishSettings

__all__ = ["PolishSettings", "Polisher", "ask", "check"]
