"""Chooses the bot's words: language, form of address, and among several wordings one that is not always the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from bot.domain.address import Form, address
from bot.errors import Fault, SettingsError

LANGUAGES = ("de", "en")
_PLACE = re.compile(r"\{(\w+)\}")


@cache
def _texts() -> dict[str, dict[str, list[str]]]:
    file = Path(__file__).with_name("wording.yml")
    texts: dict[str, dict[str, list[str]]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return texts


def faults_in_wording() -> None:
    """Raise SettingsError for every text that lacks a language or has an unpaired brace."""
    faults = []
    for key, languages in _texts().items():
        for language in LANGUAGES:
            choices = languages.get(language)
            if not choices:
                faults.append(Fault(f"wording.{key}", f"{key} has no text in {language}", "add one to wording.yml"))
            for text in choices or ():
                if "{" in _PLACE.sub("", address(text, "du")) or "}" in _PLACE.sub("", address(text, "du")):
                    faults.append(
                        Fault(f"wording.{key}", f"{key}: a brace has no partner", "write {du|Sie} or {place}")
                    )
    if faults:
        raise SettingsError(faults)


class Wording:
    """The texts of one company. `facts` fill the places every text may use (`company`, `block_phone`, …)."""

    def __init__(self, form: Form, facts: Mapping[str, str]) -> None:
        self.form: Form = form
        self._facts = dict(facts)

    def say(self, key: str, language: str | None, *, turn: int = 0, **places: object) -> str:
        """The text for `key`. `turn` (a message id) chooses among wordings, so that a repeated turn says the same.

        KeyError if the key is unknown: texts are checked by a test, not by customers.
        """
        choices = _texts()[key][language if language in LANGUAGES else "de"]
        return self.fill(choices[turn % len(choices)], language, **places)

    def choices(self, key: str, language: str | None) -> list[str]:
        """All wordings of `key`, for those that are picked by meaning (weekdays, one or many)."""
        return _texts()[key][language if language in LANGUAGES else "de"]

    def knows(self, key: str) -> bool:
        """Whether there is a text for `key`."""
        return key in _texts()

    def fill(self, text: str, language: str | None = None, **places: object) -> str:
        """`text` in the company's form of address, its places filled; what is filled in is never read as a place again."""
        known = {**self._facts, **{name: str(value) for name, value in places.items()}}
        known["helpline"] = known.get(f"helpline_{language}", known.get("helpline_de", ""))
        return _PLACE.sub(lambda found: known.get(found.group(1), found.group(0)), address(text, self.form))
