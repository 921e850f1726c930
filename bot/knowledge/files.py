"""Answers as files: YAML that an editor can read. A fault is named with its file and place, and nothing is half-imported."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from bot.domain.answer import Answer, AnswerText, CommunityReply, Link, Phrasing
from bot.errors import Fault, SettingsError

Language = Literal["de", "en"]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=128)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


UNREADABLE = (OSError, yaml.YAMLError, ValueError, RecursionError)
"""What reading a YAML file can end with: also numbers of thousands of digits, and lists nested by thousands."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Text(_Part):
    question: Words
    text: Words
    short: str = ""
    phrasings: tuple[Words, ...] = ()


class _Link(_Part):
    title: dict[Language, Words]
    url: Annotated[str, StringConstraints(pattern=r"^https?://")]


_Limit = date | datetime
"""A day, or a moment; a moment without an offset is in UTC."""


class _FaqAnswer(_Part):
    id: Slug
    valid_from: _Limit | None = None
    valid_until: _Limit | None = None
    de: _Text | None = None
    en: _Text | None = None
    links: tuple[_Link, ...] = ()

    @model_validator(mode="after")
    def _has_a_language(self) -> _FaqAnswer:
        if self.de is None and self.en is None:
            raise ValueError("an answer needs a text in `de` or `en`")
        return self

    @model_validator(mode="after")
    def _is_valid_at_all(self) -> _FaqAnswer:
        try:
            begin, end = _begin(self.valid_from), _end(self.valid_until)
        except OverflowError:
            raise ValueError("`valid_from` and `valid_until` must be within the years 1 and 9999") from None
        if begin is not None and end is not None and begin >= end:
            raise ValueError("`valid_until` is before `valid_from`")
        return self


class _CommunityAnswer(_Part):
    author: Words
    written: date
    votes: int = Field(default=0, ge=0)
    accepted: bool = False
    text: Words


class _Question(_Part):
    id: Slug
    language: Language
    title: Words
    text: Words
    author: Words
    asked: date
    phrasings: dict[Language, tuple[Words, ...]] = {}
    answers: Annotated[tuple[_CommunityAnswer, ...], Field(min_length=1)]


class _Topic(_Part):
    topic: Slug
    title: dict[Language, Words]
    answers: tuple[_FaqAnswer, ...] = ()
    questions: tuple[_Question, ...] = ()


def read_answers(folder: Path) -> list[Answer]:
    """All answers in the YAML files under `folder`, by id. Raises SettingsError with every fault found."""
    faults: list[Fault] = []
    found: dict[str, Answer] = {}
    for file in sorted(folder.rglob("*.yml")):
        for item in _read_file(file, faults):
            if item.id in found:
                faults.append(Fault("content.duplicate", f"{file}: the id {item.id!r} is used twice", "rename one"))
            found[item.id] = item
    if not found and not faults:
        faults.append(
            Fault("content.empty", f"{folder} has no answers", "add a YAML file; docs/content.md shows the form")
        )
    if faults:
        raise SettingsError(faults)
    return [found[key] for key in sorted(found)]


def _read_file(file: Path, faults: list[Fault]) -> Iterable[Answer]:
    try:
        topic = _Topic.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        for one in error.errors():
            where = ".".join(str(part) for part in one["loc"])
            faults.append(Fault("content.form", f"{file}: {where}: {one['msg']}", "docs/content.md shows the form"))
        return []
    except UNREADABLE as error:
        faults.append(Fault("content.syntax", f"{file}: {error}", "mend the line that is named"))
        return []
    return [
        *(_faq(topic, answer) for answer in topic.answers),
        *(_community(topic, question) for question in topic.questions),
    ]


def _faq(topic: _Topic, item: _FaqAnswer) -> Answer:
    parts: list[tuple[str, _Text]] = [(name, part) for name in ("de", "en") if (part := getattr(item, name))]
    return Answer(
        id=item.id,
        kind="faq",
        topic=topic.topic,
        topic_titles=_titles(topic.title),
        texts=tuple(AnswerText(name, part.question, part.text.strip(), part.short.strip()) for name, part in parts),
        phrasings=tuple(Phrasing(name, words) for name, part in parts for words in part.phrasings),
        links=tuple(Link(link.url, _titles(link.title)) for link in item.links),
        valid_from=_begin(item.valid_from),
        valid_until=_end(item.valid_until),
    )


def _community(topic: _Topic, item: _Question) -> Answer:
    return Answer(
        id=item.id,
        kind="community",
        topic=topic.topic,
        topic_titles=_titles(topic.title),
        texts=(AnswerText(item.language, item.title, item.text.strip()),),
        phrasings=tuple(Phrasing(name, words) for name, all_words in item.phrasings.items() for words in all_words),
        author=item.author,
        asked=_instant(item.asked),
        replies=tuple(
            CommunityReply(one.author, one.text.strip(), one.votes, one.accepted, _instant(one.written))
            for one in item.answers
        ),
    )


def _titles(titles: dict[Language, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, words) for name, words in titles.items())


def _begin(limit: _Limit | None) -> datetime | None:
    """The moment itself, or the first of the day."""
    if limit is None:
        return None
    moment = limit if isinstance(limit, datetime) else datetime.combine(limit, time.min)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _end(limit: _Limit | None) -> datetime | None:
    """The moment itself, or the first after the day: `valid_until` names the last day."""
    return _begin(limit if limit is None or isinstance(limit, datetime) else limit + timedelta(days=1))


def _instant(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def read_small_talk(file: Path) -> dict[str, list[str]]:
    """The examples of each dialogue intent, from Rasa's own training data; SettingsError where the file is unusable."""
    try:
        items: list[dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]
        return {
            item["intent"]: [line.removeprefix("-").strip() for line in item["examples"].splitlines() if line.strip()]
            for item in items
        }
    except (*UNREADABLE, KeyError, TypeError, AttributeError) as error:
        hint = "it is Rasa's format: `nlu:` with `intent` and `examples`"
        raise SettingsError([Fault("content.small_talk", f"{file}: {error}", hint)]) from None
