"""Web push keys and subscriptions: what a browser is asked with, and what it gave."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from py_vapid import Vapid02


def vapid(text: str) -> Vapid02:
    """The key pair of a private key, PEM or 32 bytes in Base64. ValueError when it is none."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from py_vapid import Vapid02, VapidException

    if "-----BEGIN" not in text:
        try:
            return Vapid02.from_string(text)
        except VapidException as error:
            raise ValueError("not a key") from error
    try:
        key = load_pem_private_key(text.encode(), None)
    except (TypeError, UnsupportedAlgorithm) as error:  # TypeError: it is encrypted
        raise ValueError("not a key") from error
    if not (isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1)):
        raise ValueError("not of the curve P-256")
    return Vapid02(key)


def public_half(text: str) -> str:
    """What a browser subscribes with: uncompressed, in Base64 for URLs."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = vapid(text).public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def subscriptions(address: str) -> list[dict[str, Any]]:
    """The push subscriptions that the address lists; nothing when it is no such list."""
    try:
        found = json.loads(address)
    except (ValueError, RecursionError):
        return []
    return [each for each in found if _is_usable(each)] if isinstance(found, list) else []


def _is_usable(each: Any) -> bool:
    endpoint = each.get("endpoint") if isinstance(each, dict) else None
    if not isinstance(endpoint, str) or not isinstance(each.get("keys"), dict):
        return False
    try:
        parts = urlsplit(endpoint)
    except ValueError:
        return False
    local = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1")
    return bool(parts.hostname) and (parts.scheme == "https" or local)
