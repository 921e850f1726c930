"""Handing over to a person: why, and in which state a case is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.domain.reading import Urgency


class HandoffReason(StrEnum):
    """Why a person is needed."""

    URGENT = "urgent"
    ASKED = "asked"
    UNSURE = "unsure"
    REPEATED_FAILURE = "repeated_failure"
    NOT_HELPED = "not_helped"
    FAULT = "fault"
    CONTACT = "contact"
    BRAIN_DOWN = "brain_down"
    ELSEWHERE = "elsewhere"


class CaseState(StrEnum):
    """A case waits, is with an agent (with none here if a person answers elsewhere), or is closed.

    Closed as `resolved`, as `returned` to the bot, or as `carried` over: it goes on in another conversation of the customer's.
    """

    WAITING = "waiting"
    CLAIMED = "claimed"
    RESOLVED = "resolved"
    RETURNED = "returned"
    CARRIED = "carried"

    @property
    def is_open(self) -> bool:
        """True while a person still has something to do."""
        return self in (CaseState.WAITING, CaseState.CLAIMED)


@dataclass(frozen=True)
class Handoff:
    """A wish for a person, as the flow states it. `evidence` is what the desk shows beside the reason."""

    reason: HandoffReason
    urgency: Urgency
    evidence: dict[str, Any] = field(default_factory=dict)
