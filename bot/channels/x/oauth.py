"""Signs requests with OAuth 1.0a and HMAC-SHA1 (RFC 5849), which is how X knows in whose name we ask.

The worked example that the tests repeat: https://docs.x.com/fundamentals/authentication/oauth-1-0a/creating-a-signature
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote

from bot.channels.x.access import XAccess


def authorization(access: XAccess, method: str, url: str, *, nonce: str, timestamp: int) -> str:
    """The Authorization header of a request to `url`. Its query is signed with it, a JSON body is not; `timestamp` is in Unix seconds."""
    address, _, query = url.partition("?")
    given = {
        "oauth_consumer_key": access.consumer_key,
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(timestamp),
        "oauth_token": access.access_token,
        "oauth_version": "1.0",
    }
    asked = dict(parse_qsl(query, keep_blank_values=True))
    given["oauth_signature"] = signature(access, method, address, asked | given)
    return "OAuth " + ", ".join(f'{name}="{_escaped(value)}"' for name, value in sorted(given.items()))


def signature(access: XAccess, method: str, url: str, parameters: Mapping[str, str]) -> str:
    """The signature over all `parameters`, those of the query and of OAuth itself (RFC 5849, section 3.4)."""
    pairs = sorted((_escaped(name), _escaped(value)) for name, value in parameters.items())
    listed = "&".join(f"{name}={value}" for name, value in pairs)
    base = "&".join((method.upper(), _escaped(url), _escaped(listed)))
    key = f"{_escaped(access.consumer_secret)}&{_escaped(access.access_token_secret)}"
    return base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()).decode()


def _escaped(text: str) -> str:
    return quote(text, safe="-._~")
