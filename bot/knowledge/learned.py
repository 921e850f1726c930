"""From what people decided to what is learned: without personal data, one word for each text, nothing about answers that are gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from datetime import datetime
from typing import Any

from bot.knowledge.masking import masked
from bot.storage.learned import JudgedQuestion, JudgedUrgency

Example = dict[str, Any]


def full_hour(at: datetime) -> datetime:
    """What was decided before this is learned from at `at`: so people's words gather, and there is one fit for those of an hour."""
    return at.replace(minute=0, second=0, microsecond=0)


def urgency_examples(judged: Sequence[JudgedUrgency]) -> list[Example]:
    """Messages with their urgency, in the form of `bot.knowledge.labelled.read_urgency`. `judged` is newest first, and the newest word counts."""
    examples: dict[tuple[str, str], Example] = {}
    for one in judged:
        text = masked(one.text)
        example = {"text": text, "level": one.level.word, "reason": one.reason, "language": one.language}
        examples.setdefault((text.casefold(), one.language), example)
    return _in_order(examples.values())


def outcome_examples(
    agents: Sequence[JudgedQuestion], customers: Sequence[JudgedQuestion], published: Set[str]
) -> list[Example]:
    """Questions with their right answers, in the form of `bot.knowledge.labelled.read_outcomes`; both are given newest first.

    Where an agent has spoken about a question, or about another in the same words, customers are not asked. What was answered by the bot is known by
    whoever was content or complained, which is no fair sample: it `proves` nothing.
    """
    examples: dict[tuple[str, str], Example] = {}
    spoken = {one.message_id for one in agents}
    for one in agents:
        text = masked(one.text)
        examples.setdefault((text.casefold(), one.language), _outcome(one, text, proves=not one.answered))
    decided = set(examples)
    for one in customers:
        text = masked(one.text)
        key = (text.casefold(), one.language)
        if one.message_id in spoken or key in decided:
            continue
        known = examples.setdefault(key, _outcome(one, text, proves=False))
        if one.answer_id not in known["answer_ids"]:
            known["answer_ids"].append(one.answer_id)
    return _in_order(left for example in examples.values() if (left := _of_published(example, published)) is not None)


def _outcome(one: JudgedQuestion, text: str, *, proves: bool) -> Example:
    answer_ids = [] if one.answer_id is None else [one.answer_id]
    return {"text": text, "language": one.language, "answer_ids": answer_ids, "proves": proves}


def _of_published(example: Example, published: Set[str]) -> Example | None:
    """The example without answers that are gone; None where all of them are."""
    left = sorted(one for one in example["answer_ids"] if one in published)
    return {**example, "answer_ids": left} if left or not example["answer_ids"] else None


def _in_order(examples: Iterable[Example]) -> list[Example]:
    """By their words, so that the same words give the same content whoever spoke last; nothing is learned from what has none."""
    return sorted(
        (example for example in examples if example["text"].strip()),
        key=lambda example: (example["text"], example["language"]),
    )
