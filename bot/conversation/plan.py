"""The plan of a turn: what will be said and written, before any of it is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from bot.domain.conversation import Conversation, Facts
from bot.domain.handoff import Handoff, HandoffReason
from bot.domain.message import Message, MessageState
from bot.domain.reading import Reading, TurnResult, Urgency
from bot.domain.reply import Reply

_FAULT = {"fault_since": "since", "fault_scope": "scope"}
_MOST = 500  # characters of a message that are kept as the value of a form; the whole is in the transcript


@dataclass(frozen=True)
class Outcome:
    """What the customer says of an answer: `helped` or `not_helped`. `question_id`: the message it answered, if that is known."""

    answer_id: str
    kind: str
    question_id: int | None = None


@dataclass
class Plan:
    """Filled act by act. `evidence` joins the open case; `state` is the message's place in the ledger; `public`: others read along.

    `carry`: a `new` code to give, or the `code` that was brought.
    """

    message: Message
    conversation: Conversation
    result: TurnResult
    case_open: bool
    language: str
    facts: Facts
    replies: list[Reply] = field(default_factory=list)
    handoff: Handoff | None = None
    evidence: dict[str, Any] = field(default_factory=dict)
    outcome: Outcome | None = None
    state: MessageState = MessageState.ANSWERED
    attach: bool = False
    public: bool = False
    carry: dict[str, Any] = field(default_factory=dict)

    @property
    def reading(self) -> Reading | None:
        """What was understood, if anything was there to understand."""
        return self.result.reading

    @property
    def asks_price(self) -> bool:
        """Whether the message asks what the matter before costs."""
        return self.reading is not None and self.reading.asks_price

    def remember(self, **changes: Any) -> None:
        """Change what the bot will remember."""
        self.facts = replace(self.facts, **changes)

    def call_person(self, reason: HandoffReason, **evidence: Any) -> None:
        """Ask for a person; the first reason of a turn stands, urgency is the reading's."""
        urgency = self.reading.urgency if self.reading is not None else Urgency.NORMAL
        if self.handoff is None:
            facts = {"urgency": self.reading.data["urgency"]} if self.reading is not None else {}
            self.handoff = Handoff(reason, urgency, {**facts, **evidence})
        self.state = MessageState.WITH_AGENT
        self.remember(failures=0)

    def pass_on_form(self) -> None:
        """Give a person what was told in the form that is open, and this message as the answer to its last question. The form is over."""
        if not self.facts.form.get("name"):
            return
        told = dict(self.facts.form.get("slots") or {})
        if self.message.button is None and self.message.text and "requested_slot" in told:
            told[told["requested_slot"]] = self.message.text[:_MOST]
        fault = {name: told[slot] for slot, name in _FAULT.items() if slot in told}
        self.evidence |= {"fault": fault} if fault else {}
        self.evidence |= {"contact": told["contact"]} if "contact" in told else {}
        self.remember(form={})
