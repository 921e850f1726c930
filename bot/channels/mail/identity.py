"""Who we are in e-mail: an address, and the names of our own conversations and messages."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field

from bot.channels.mail.references import References
from bot.settings.mail import Mail

MAX_ADDRESS = 254  # characters (RFC 5321, section 4.5.3.1.3, less the brackets)
_LOCAL = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,64}")
_DOMAIN = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


def normalised(address: str) -> str:
    """An address as it names a customer; empty where it is none.

    Small letters throughout: by RFC 5321 (section 2.4) a local part might be meant in another case, but it discourages to rely on that, and phones write the
    first letter of an address large. A domain of other letters becomes what DNS knows it as. Quoted local parts and addresses of numbers are none.
    """
    local, _, domain = address.strip().rpartition("@")
    if len(address) > MAX_ADDRESS or not _LOCAL.fullmatch(local) or local.startswith(".") or ".." in f"{local}.":
        return ""
    try:
        domain = domain.lower().encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return f"{local.lower()}@{domain}" if _DOMAIN.fullmatch(domain) else ""


def purpose(settings: Mail, name: str) -> bytes:
    """The key for one purpose, made of the secret that is set."""
    secret = settings.secret.get_secret_value() if settings.secret else ""
    return hmac.new(secret.encode(), name.encode(), hashlib.sha256).digest()


@dataclass(frozen=True)
class Identity:
    """The account `address`. `authenticator`: the name under which the operator's own server writes Authentication-Results; empty if none is trusted."""

    address: str
    references: References = field(repr=False)
    authenticator: str = ""

    @classmethod
    def of(cls, settings: Mail) -> Identity:
        """Who the settings say we are. The secret has several purposes, which are kept apart."""
        references = References(purpose(settings, "references"), settings.prefix)
        return cls(normalised(settings.address), references, settings.authenticator)

    @property
    def domain(self) -> str:
        """What stands behind the @."""
        return self.address.rpartition("@")[2]

    def message_id(self, reference: str, name: int | str) -> str:
        """What a mail of a conversation is called (RFC 5322, section 3.6.4), as long as it exists."""
        return f"<{reference}.{name}@{self.domain}>"

    def reference_in(self, message_id: str) -> str:
        """The reference in the name of a mail of ours; empty for names that others gave."""
        ours = message_id.strip("<> \t").lower().endswith(f"@{self.domain}")
        return self.references.find(message_id) if ours else ""
