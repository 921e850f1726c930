"""Handing over: the case a turn opens or adds to, and what the customer is told of it."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.conversation.plan import Plan
from bot.conversation.public import PublicActing
from bot.conversation.waiting import Waiting
from bot.domain.handoff import HandoffReason
from bot.domain.message import Message, MessageState
from bot.domain.reply import ReplyKind
from bot.storage import cases
from bot.storage.cases import CaseRow
from bot.storage.rows import now


class Handing:
    """Writes the case of a plan, in the transaction of its turn, and adds the notice to what is said."""

    def __init__(self, waiting: Waiting, public: PublicActing) -> None:
        self._waiting = waiting
        self._public = public

    def write(self, connection: Connection, plan: Plan) -> None:
        """Open the case or add to the one that is open, where the plan asks for a person or has something for them."""
        known = cases.open_case_of(connection, plan.conversation.id)
        raised = False
        if plan.handoff is not None:
            before = cases.load_case(connection, known) if known is not None else None
            raised = before is None or plan.handoff.urgency < before.urgency
            opening = _opening(plan)
            known = cases.open_case(connection, plan.conversation.id, plan.handoff, opening, message_id=plan.message.id)
        if known is not None and plan.evidence:
            cases.add_evidence(connection, known, plan.evidence)
        if plan.handoff is not None and known is not None and raised:
            self._announce_case(connection, plan, known)
        elif plan.handoff is not None or plan.attach:
            plan.state = MessageState.WITH_AGENT
            self._announce_addition(plan, cases.load_case(connection, known) if known is not None else None)
        else:
            plan.remember(notice=None)

    def _announce_case(self, connection: Connection, plan: Plan, case_id: int) -> None:
        assert plan.handoff is not None
        plan.remember(notice="handoff")
        if plan.public:
            self._public.announce(plan, plan.handoff)
            return
        if plan.handoff.reason is HandoffReason.CONTACT:  # there the thanks say it all
            return
        notice = self._waiting.notice(
            plan.handoff,
            plan.language,
            waiting=cases.waiting_before(connection, case_id),
            at=now(),
            contact_known=plan.facts.contact is not None,
            turn=plan.message.id,
        )
        first = plan.handoff.reason is HandoffReason.URGENT  # what to do at once comes before any answer
        place = sum(reply.kind is ReplyKind.NOTICE for reply in plan.replies) if first else len(plan.replies)
        plan.replies.insert(place, notice)

    def _announce_addition(self, plan: Plan, row: CaseRow | None) -> None:
        """Somebody who waits has written on. That is said once in a row, and to somebody in need every time."""
        kind = ((row.evidence.get("urgency") or {}).get("reason") or "") if row is not None else ""
        always = self._waiting.always_answers(kind)
        if not plan.replies and (always or (plan.facts.notice != "added" and not plan.public)):
            plan.replies.append(self._waiting.added(kind, plan.language, turn=plan.message.id))
        plan.remember(notice="added")


def _opening(plan: Plan) -> str:
    """The words a case is known by at the desk: the customer's own, not the face of a button they pressed."""
    said = plan.message.text if plan.message.button is None else ""
    return said or plan.facts.question or plan.message.text or _described(plan.message)


def _described(message: Message) -> str:
    return ", ".join(f"[{one.kind}] {one.name}".strip() for one in message.attachments)
