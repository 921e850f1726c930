"""What a customer is told when a person has finished: that the case is closed, and who answers from here on."""

from __future__ import annotations

from bot.conversation.wording import Wording
from bot.domain.handoff import CaseState
from bot.domain.reply import Reply, ReplyKind


class Parting:
    """Words for the end of a case."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def notice(self, state: CaseState, language: str | None, *, turn: int) -> Reply:
        """The notice of a case that has been `RESOLVED`, or `RETURNED` to the bot."""
        text = self._wording.say(f"parting.{state.value}", language, turn=turn)
        return Reply(ReplyKind.NOTICE, text, language or "de")
