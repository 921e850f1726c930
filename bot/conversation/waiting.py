"""What a customer is told when a person is to take over: why, and honestly how it goes on."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.conversation.wording import Wording
from bot.domain.handoff import Handoff, HandoffReason
from bot.domain.message import Button
from bot.domain.reading import Urgency
from bot.domain.reply import Reply, ReplyKind
from bot.handoff.hours import is_open, next_opening
from bot.settings import Hours


class Waiting:
    """Words for a handoff, from the opening hours and the queue."""

    def __init__(self, wording: Wording, hours: Hours) -> None:
        self._wording = wording
        self._hours = hours

    def notice(
        self, handoff: Handoff, language: str, *, waiting: int, at: datetime, contact_known: bool, turn: int
    ) -> Reply:
        """The notice of a new case; `waiting` cases come before it."""
        opened = is_open(self._hours, at)
        why = self.why(handoff, language, turn)
        next_ = self._next(handoff.urgency, language, opened=opened, waiting=waiting, at=at)
        buttons: tuple[Button, ...] = ()
        if not opened and not contact_known and handoff.urgency is not Urgency.EMERGENCY:
            buttons = (Button("leave_contact", "", self._wording.say("button.leave_contact", language)),)
        return Reply(ReplyKind.NOTICE, f"{why} {next_}", language, buttons=buttons)

    def always_answers(self, kind: str) -> bool:
        """Whether a matter is such that nobody may be left without a word while they wait."""
        return self._wording.knows(f"wait.added.{kind}")

    def added(self, kind: str, language: str, *, turn: int) -> Reply:
        """A further message of somebody who already waits, in a matter of this kind."""
        key = f"wait.added.{kind}" if self.always_answers(kind) else "wait.added"
        return Reply(ReplyKind.NOTICE, self._wording.say(key, language, turn=turn), language)

    def why(self, handoff: Handoff, language: str, turn: int) -> str:
        """Why a person takes over, and in danger what to do at once."""
        if handoff.reason is HandoffReason.URGENT:
            kind = (handoff.evidence.get("urgency") or {}).get("reason")
            if self._wording.knows(f"urgent.{kind}"):
                return self._wording.say(f"urgent.{kind}", language, turn=turn)
        return self._wording.say(f"handoff.{handoff.reason.value}", language, turn=turn)

    def _next(self, urgency: Urgency, language: str, *, opened: bool, waiting: int, at: datetime) -> str:
        say = self._wording.say
        if urgency is Urgency.EMERGENCY:
            return say("wait.emergency" if opened else "wait.emergency_closed", language)
        if not opened:
            key = "wait.closed_urgent" if urgency is Urgency.HIGH else "wait.closed"
            return say(key, language, opens=self.opens(language, at))
        if urgency is Urgency.HIGH:
            return say("wait.urgent", language)
        if waiting == 0:
            return say("wait.next", language)
        return say("wait.queue_one" if waiting == 1 else "wait.queue", language, waiting=waiting)

    def opens(self, language: str, at: datetime) -> str:
        """When people are there again, as one says it: "tomorrow at 8:00"."""
        opening = next_opening(self._hours, at)
        if opening is None:
            return self._wording.say("opens.unknown", language)
        days = (opening.date() - at.astimezone(ZoneInfo(self._hours.timezone)).date()).days
        key = {0: "opens.today", 1: "opens.tomorrow"}.get(days, "opens.later")
        weekday = self._wording.choices("weekdays", language)[opening.weekday()]
        return self._wording.say(key, language, time=f"{opening:%-H:%M}", weekday=weekday)
