"""What an operator can set: `frontline.toml`, and over it environment variables `FRONTLINE_…`.

Nested settings are written with two underscores (`FRONTLINE_TELEGRAM__TOKEN`). A secret can also be given as a file: `…_FILE`.
Every value has a default that works without an account or a server.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, time
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import tomllib
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as EnvironmentUnreadable

from bot.errors import Fault, SettingsError

PREFIX = "FRONTLINE_"
ROOT = Path(__file__).resolve().parent.parent
"""Where the product's own files are."""
DATABASES = ("sqlite:///", "postgresql+psycopg://")
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Address = Annotated[str, StringConstraints(pattern=r"^https?://[^/?#@\s]+$")]  # http://rasa-1:5005
Network = IPv4Network | IPv6Network
Hex = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class Section(BaseModel):
    """A table of frontline.toml. Unknown keys are faults: a misspelt setting must not be silently without effect."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Opening(Section):
    """From when to when people are there on a day, in the company's time zone."""

    opens: time
    closes: time

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("the closing time must be later than the opening time")
        return self


class Hours(Section):
    """When agents are at work. Days left out are closed; `closed_on` lists holidays."""

    timezone: str = "Europe/Berlin"
    week: dict[Weekday, Opening] = Field(
        default_factory=lambda: {
            day: Opening(opens=time(8), closes=time(20)) for day in ("mon", "tue", "wed", "thu", "fri", "sat")
        }
    )
    closed_on: tuple[date, ...] = ()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"no time zone is called {value!r}; write it like Europe/Berlin") from None
        return value


class Company(Section):
    """Who speaks: name, form of address in German, colour, and the numbers given in an emergency."""

    name: str = "Fernblick"
    bot_name: str = "Fernblick-Assistent"
    address: Literal["du", "sie"] = "sie"
    accent: Hex = "#0f5e6b"
    phone: str = "030 23125 100"
    block_phone: str = "030 23125 112"
    emergency_phone: str = "112"
    helpline_de: str = "0800 111 0 111"
    helpline_en: str = "116 123"
    privacy_url: str = "https://www.fernblick.example/datenschutz"


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


class Telegram(Section):
    """The Telegram bot; without a token the channel is off. With a `webhook_secret` and a public URL Telegram calls us."""

    token: SecretStr | None = None
    base_url: str = "https://api.telegram.org"
    webhook_secret: SecretStr | None = None

    @property
    def account(self) -> str:
        """The bot's own id, the public half of its token."""
        return self.token.get_secret_value().partition(":")[0] if self.token else ""


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


class Settings(BaseSettings):
    """All settings of one front line."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True)

    home: Path = Path("var")
    content: Path = Path("data")
    port: int = Field(default=8080, ge=0, le=65535)
    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    role: Literal["all", "web", "worker"] = "all"
    workers: int = Field(default=16, ge=1, le=256)
    most_waiting: int = Field(default=100_000, ge=1)
    most_waiting_of_conversation: int = Field(default=100, ge=1)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    company: Company = Company()
    hours: Hours = Hours()
    web: Web = Web()
    telegram: Telegram = Telegram()
    rasa: Rasa = Rasa()
    understanding: Understanding = Understanding()

    @field_validator("database_url")
    @classmethod
    def _served(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(DATABASES):
            raise ValueError(
                "write it as postgresql+psycopg://user:password@host/database or sqlite:///path/to/file.db"
            )
        return value

    @model_validator(mode="after")
    def _shared(self) -> Self:
        if self.role != "all" and self.sql_url.startswith("sqlite:"):
            raise ValueError(
                "several processes need a database they can share: set database_url to PostgreSQL, or role to all"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment stands over the file (which comes in as the initial values)."""
        return env_settings, init_settings

    @classmethod
    def load(cls, file: Path | None = None) -> Self:
        """Read file and environment. Raises SettingsError with all faults at once."""
        file = file or Path(os.environ.get(f"{PREFIX}CONFIG", "frontline.toml"))
        values, faults = _read_toml(file)
        with SecretsFromFiles(faults):
            try:
                settings = cls(**values)
            except ValidationError as error:
                raise SettingsError([*faults, *_faults_of(error)]) from None
            except EnvironmentUnreadable as error:
                hint = "lists and tables are written as JSON in the environment"
                raise SettingsError([*faults, Fault("settings.environment", str(error), hint)]) from None
        if faults:
            raise SettingsError(faults)
        return settings

    @property
    def sql_url(self) -> str:
        """Where the database is; SQLite in the home folder unless set."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{(self.home / 'frontline.db').absolute()}"

    def secrets(self) -> list[str]:
        """Every value that is nobody's business, and the passwords in them."""
        values = [value.get_secret_value() for value in _secrets_in(self)]
        return [*values, *(password for value in values if (password := _password_in(value)))]

    def url(self, path: str) -> str:
        """The public address of a page, for example `url("/answers")`."""
        base = self.web.public_url or f"http://localhost:{self.port}"
        return base.rstrip("/") + path


def _secrets_in(section: BaseModel) -> Iterator[SecretStr]:
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, SecretStr):
            yield value
        elif isinstance(value, BaseModel):
            yield from _secrets_in(value)


def _password_in(value: str) -> str | None:
    try:
        password = urlsplit(value).password
    except ValueError:
        return None
    return unquote(password) if password else None


def _read_toml(file: Path) -> tuple[dict[str, Any], list[Fault]]:
    if not file.exists():
        return {}, []
    try:
        return tomllib.loads(file.read_text(encoding="utf-8")), []
    except (OSError, ValueError, RecursionError) as error:  # a ValueError also is a number of thousands of digits
        return {}, [Fault("settings.syntax", f"{file}: {error}", "mend the line; https://toml.io shows the form")]


class SecretsFromFiles:
    """Puts `FRONTLINE_X_FILE`'s content where `FRONTLINE_X` would be, while settings are read."""

    def __init__(self, faults: list[Fault]) -> None:
        self._faults = faults
        self._set: list[str] = []
        self._taken: dict[str, str] = {}

    def __enter__(self) -> None:
        for name, value in list(os.environ.items()):
            if not (name.startswith(PREFIX) and name.endswith("_FILE")):
                continue
            self._taken[name] = os.environ.pop(name)  # or it would be read as a setting of that name
            target = name.removesuffix("_FILE")
            try:
                secret = Path(value).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                hint = "name a readable file with nothing but the secret in it"
                self._faults.append(Fault("settings.secret_file", f"{name}: {value}: {error}", hint))
                continue
            if target not in os.environ:
                os.environ[target] = secret
                self._set.append(target)

    def __exit__(self, *_: object) -> None:
        for name in self._set:
            del os.environ[name]
        os.environ.update(self._taken)


def _faults_of(error: ValidationError) -> list[Fault]:
    faults = []
    for one in error.errors():
        where = ".".join(str(part) for part in one["loc"])
        hint = "remove it or mend its name" if one["type"] == "extra_forbidden" else "see docs/settings.md"
        faults.append(Fault(f"settings.{where}", f"{where}: {one['msg']}", hint))
    return faults
