"""What an operator says about one Matrix account."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import Fault

_ACCOUNT = re.compile(r"@[^:\s]{1,100}:[^\s]{1,100}")


@dataclass(frozen=True)
class MatrixSettings:
    """One account (`@fernblick:example.org`) at its homeserver, with a `token`, or a `password` and the name of our `device`.

    `groups`: invitations to rooms of several are accepted, too. `keys`: the folder for the keys to encrypted rooms; None: those stay closed.
    """

    homeserver: str
    account: str
    token: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    device: str = "FRONTLINE"
    groups: bool = False
    keys: Path | None = None

    def faults(self) -> list[Fault]:
        """All that is wrong with these settings, found without asking the homeserver."""
        if _ACCOUNT.fullmatch(self.account) and len(self.account) <= 128:
            return []
        hint = "write the whole Matrix id of the bot's account, like @fernblick:example.org"
        return [Fault("matrix.account", "this is no Matrix id", hint)]
