"""Signatures between Meta and us: what comes in is signed with the app's secret, what goes out proves that we know it."""

from __future__ import annotations

import hashlib
import hmac

_PREFIX = "sha256="


def signature(app_secret: str, body: bytes) -> str:
    """The `X-Hub-Signature-256` of `body`, over its bytes as they travel, with the escapes in them.

    https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads
    """
    return _PREFIX + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def proof(app_secret: str, token: str) -> str:
    """The `appsecret_proof` that makes a stolen token useless without the app's secret.

    https://developers.facebook.com/docs/graph-api/guides/secure-requests#appsecret_proof
    """
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
