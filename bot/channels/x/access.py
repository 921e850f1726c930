"""What is needed to speak for one account of X."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.errors import Fault

_TOKEN = re.compile(r"[0-9]{1,20}-[A-Za-z0-9]{10,}")


@dataclass(frozen=True)
class XAccess:
    """The keys of the app (`consumer_…`) and those of the account that it acts for (`access_token…`).

    `app_id`: the app's own number, where it is known: by it our own direct messages are told from those that a person wrote.
    `request_seconds`: how long one request may take.
    """

    consumer_key: str
    consumer_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    access_token_secret: str = field(repr=False)
    app_id: str = ""
    base_url: str = "https://api.x.com"
    request_seconds: float = 20.0

    @property
    def account(self) -> str:
        """The account's own id, which is the public half of its token."""
        return self.access_token.partition("-")[0]

    def faults(self) -> list[Fault]:
        """All that is wrong with these settings, found without asking X."""
        found = [
            Fault(f"x.{name}", f"X needs {name} beside the access token", "copy it from the developer console")
            for name in ("consumer_key", "consumer_secret", "access_token_secret")
            if not getattr(self, name)
        ]
        if not _TOKEN.fullmatch(self.access_token):
            hint = "copy the Access Token of the developer console, like 1234567890-AbC…: its number is the account's"
            found.append(Fault("x.access_token", "this is no access token of X", hint))
        return found
