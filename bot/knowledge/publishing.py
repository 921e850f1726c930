"""From answers to what answers: import into versions, fit a snapshot, publish it to every worker."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bot.domain.address import address
from bot.domain.answer import Answer, Phrasing
from bot.knowledge.prices import names_a_price
from bot.storage import answers as units
from bot.storage.locks import hold
from bot.storage.log import write_log

Content = dict[str, Any]
"""The content of a snapshot as JSON-ready data, in the form `nlu.content.Content.from_dict` reads."""


@dataclass(frozen=True)
class Imported:
    """What an import changed."""

    published: tuple[str, ...]
    unchanged: int
    archived: tuple[str, ...]


def import_answers(connection: Connection, items: Sequence[Answer]) -> Imported:
    """Make exactly `items` the published answers, in one unit of work. Again with the same files nothing changes."""
    hold(connection, "answers")
    changed = tuple(item.id for item in items if units.publish(connection, item))
    archived = tuple(units.archive_missing(connection, {item.id for item in items}))
    if changed or archived:
        write_log(connection, "operator", "answers.import", "", {"published": len(changed), "archived": len(archived)})
    return Imported(changed, len(items) - len(changed), archived)


def wordings_of(item: Answer) -> list[Phrasing]:
    """All ways to ask for an answer: its question in each language first, then its phrasings."""
    return [*(Phrasing(part.language, address(part.question, "sie")) for part in item.texts), *item.phrasings]


def content_of(
    items: Sequence[Answer],
    small_talk: Mapping[str, Sequence[str]],
    urgency: Sequence[Mapping[str, Any]] = (),
    outcomes: Sequence[Mapping[str, Any]] = (),
) -> Content:
    """What understanding needs of the answers. The version is a hash of it all: equal content, equal version."""
    answers = [
        {
            "id": item.id,
            "topic": item.topic,
            "kind": item.kind,
            "priced": names_a_price(item),
            "phrasings": [{"text": wording.text, "language": wording.language} for wording in wordings_of(item)],
        }
        for item in sorted(items, key=lambda item: item.id)
    ]
    content: Content = {
        "answers": answers,
        "intents": {name: list(lines) for name, lines in sorted(small_talk.items())},
        "urgency": [dict(example) for example in urgency],
        "outcomes": [dict(outcome) for outcome in outcomes],
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return {"version": digest[:12], **content}
