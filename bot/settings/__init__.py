"""What an operator can set: `frontline.toml`, and over it environment variables `FRONTLINE_…`.

Nested settings are written with two underscores (`FRONTLINE_TELEGRAM__TOKEN`). A secret can also be given as a file: `…_FILE`.
Every value has a default that works without an account or a server.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as EnvironmentUnreadable

from bot.errors import Fault, SettingsError
from bot.settings.channels import Discourse, Matrix, Meta, MetaPage, MetaWhatsApp, Telegram, X
from bot.settings.company import Company, Hours, Opening
from bot.settings.loading import PREFIX, SecretsFromFiles, faults_of, read_toml
from bot.settings.mail import Form, Mail
from bot.settings.running import Rasa, Understanding, Web
from bot.settings.section import Section

__all__ = [
    "DATABASES",
    "PREFIX",
    "ROOT",
    "Company",
    "Discourse",
    "Form",
    "Hours",
    "Mail",
    "Matrix",
    "Meta",
    "MetaPage",
    "MetaWhatsApp",
    "Opening",
    "Rasa",
    "Section",
    "Settings",
    "Telegram",
    "Understanding",
    "Web",
    "X",
]

ROOT = Path(__file__).resolve().parent.parent.parent
"""Where the product's own files are."""
DATABASES = ("sqlite:///", "postgresql+psycopg://")


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
    meta: Meta = Meta()
    x: X = X()
    discourse: Discourse = Discourse()
    matrix: Matrix = Matrix()
    mail: Mail = Mail()
    form: Form = Form()
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
        values, faults = read_toml(file)
        with SecretsFromFiles(faults):
            try:
                settings = cls(**values)
            except ValidationError as error:
                raise SettingsError([*faults, *faults_of(error)]) from None
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
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, SecretStr):
                yield one
            elif isinstance(one, BaseModel):
                yield from _secrets_in(one)


def _password_in(value: str) -> str | None:
    try:
        password = urlsplit(value).password
    except ValueError:
        return None
    return unquote(password) if password else None
