"""What serves: the pages, Rasa, and how sure the bot has to be."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints, ValidationInfo, field_validator

from bot.settings.section import Section

Address = Annotated[str, StringConstraints(pattern=r"^https?://[^/?#@\s]+$")]  # http://rasa-1:5005
Network = IPv4Network | IPv6Network


class Web(Section):
    """Where the pages are. `public_url` is what customers reach from outside; None means the address it listens on.

    `proxies`: from where somebody may say, in X-Forwarded-For, for whom they ask; this machine may in any case.
    `patience`: seconds a connection may take over the headers of a request, over its body, and over taking what is written to it.
    """

    host: str = "127.0.0.1"
    public_url: str | None = None
    chat_origins: tuple[str, ...] = ()
    secure_cookies: bool | None = None
    proxies: tuple[Network, ...] = ()
    patience: float = Field(default=30.0, gt=0)
    connections: int = Field(default=10_000, ge=1)
    connections_of_address: int = Field(default=256, ge=1)
    metrics_token: SecretStr | None = Field(default=None, min_length=12)


class Rasa(Section):
    """The dialogue engine in its own environment: `processes` of it are run here, or others run it at `urls`.

    `python` is the interpreter there. `token` is the secret shared with processes that others run; those run here get one made up.
    """

    enabled: bool = True
    urls: tuple[Address, ...] = ()
    processes: int = Field(default=1, ge=1, le=64)
    token: SecretStr | None = Field(default=None, validate_default=True)
    python: Path = Path(".venv-rasa/bin/python")
    port: int = Field(default=0, ge=0, le=65535)
    model: Path | None = None
    timeout: float = Field(default=3.0, gt=0)

    @field_validator("processes")  # not asked for the default
    @classmethod
    def _run_somewhere(cls, value: int, others: ValidationInfo) -> int:
        if others.data.get("urls"):
            raise ValueError("rasa.urls says that others run Rasa; leave one of the two out")
        return value

    @field_validator("token")
    @classmethod
    def _shared(cls, value: SecretStr | None, others: ValidationInfo) -> SecretStr | None:
        if others.data.get("urls") and not value:
            raise ValueError("rasa.urls needs the token that these processes were started with")
        return value

    @property
    def run_here(self) -> int:
        """How many processes the front line starts and keeps alive."""
        return self.processes if self.enabled and not self.urls else 0


class Understanding(Section):
    """How sure the bot must be, and for how many people there are: of 100 answers it gives by itself, so many are to be right. `encoder`: folder of a sentence encoder."""

    promised_precision: float = Field(default=0.95, gt=0.5, lt=1)
    most_handoffs: float = Field(default=1.0, ge=0, le=1)
    encoder: Path | None = None
