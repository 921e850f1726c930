"""What can be answered: answers with the ways customers ask for them, and examples of small talk.

Plain frozen data; reading it from files belongs to the bot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from nlu.reading import Level

_LEVELS = {
    level.value: level.value for level in Level
}  # for thousands, building the member takes longer than all the rest


@dataclass(frozen=True)
class Phrasing:
    """One way to ask for an answer. `language` is `de` or `en`."""

    text: str
    language: str


@dataclass(frozen=True)
class AnswerEntry:
    """An answer as the matcher sees it: its phrasings, the question or title itself first in each language.

    `topic` groups neighbouring answers, `kind` is `faq` or `community`; `priced`: the answer says what something costs.
    """

    id: str
    topic: str
    kind: str
    phrasings: tuple[Phrasing, ...]
    priced: bool = False


@dataclass(frozen=True)
class UrgencyExample:
    """A message with the urgency that people gave it.

    `level` is a value of `nlu.reading.Level`, `reason` the kind of matter (`fraud`, …), empty where nothing is urgent.
    """

    text: str
    level: str
    reason: str
    language: str


@dataclass(frozen=True)
class Outcome:
    """A customer's question with the answers that were right, none where nothing was. It teaches how far a match can be trusted.

    It `proves` the promise too, unless it is known only because the bot answered and somebody was content, or was not: of such
    questions those that are known are not like those that are not.
    """

    text: str
    language: str
    answer_ids: tuple[str, ...]
    proves: bool = True


@dataclass(frozen=True)
class Content:
    """All that one snapshot is fitted to. `intents` maps a small-talk intent to its examples.

    `urgency` teaches urgency beside the rules; where it is empty the rules decide alone. `elsewhere` are messages that nothing here
    answers, beside those the library knows; `outcomes` are customers' questions whose right answer is known.
    """

    version: str
    answers: tuple[AnswerEntry, ...]
    intents: Mapping[str, tuple[str, ...]]
    urgency: tuple[UrgencyExample, ...] = ()
    elsewhere: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = ()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Content:
        """Read content that came as JSON.

        Raises KeyError or TypeError where a field is missing or of the wrong shape, ValueError for an unknown level.
        """
        answers = tuple(
            AnswerEntry(
                id=str(entry["id"]),
                topic=str(entry["topic"]),
                kind=str(entry["kind"]),
                phrasings=tuple(Phrasing(str(p["text"]), str(p["language"])) for p in entry["phrasings"]),
                priced=bool(entry.get("priced", False)),
            )
            for entry in data["answers"]
        )
        intents = {str(name): tuple(str(e) for e in examples) for name, examples in data["intents"].items()}
        urgency = tuple(
            UrgencyExample(
                str(e["text"]), _LEVELS.get(e["level"]) or Level(e["level"]).value, str(e["reason"]), str(e["language"])
            )
            for e in data.get("urgency", ())
        )
        outcomes = tuple(
            Outcome(str(o["text"]), str(o["language"]), tuple(map(str, o["answer_ids"])), bool(o.get("proves", True)))
            for o in data.get("outcomes", ())
        )
        return cls(
            version=str(data["version"]),
            answers=answers,
            intents=intents,
            urgency=urgency,
            elsewhere=tuple(str(text) for text in data.get("elsewhere", ())),
            outcomes=outcomes,
        )

    def as_dict(self) -> dict[str, Any]:
        """The content as JSON-ready data, the inverse of `from_dict`."""
        return {
            "version": self.version,
            "answers": [asdict(entry) for entry in self.answers],
            "intents": {name: list(examples) for name, examples in self.intents.items()},
            "urgency": [asdict(example) for example in self.urgency],
            "elsewhere": list(self.elsewhere),
            "outcomes": [asdict(outcome) for outcome in self.outcomes],
        }
