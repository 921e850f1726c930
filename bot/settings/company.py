"""Who speaks, and when people are there."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, field_validator, model_validator

from bot.settings.section import Section

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Hex = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


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
    """Who speaks: name, form of address in German, colour, and the numbers given in an emergency.

    `customer_number`: what the company's customer numbers look like, as a regular expression, so that nobody leaves one where everybody reads it.
    """

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
    customer_number: str = r"(?<!\d)\d{10}(?!\d)"

    @field_validator("customer_number")
    @classmethod
    def _readable(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"this is no regular expression: {error}") from None
        return value
