"""What agents do: look at the queue, take a case, answer, end it. Every act is one unit of work and one live hint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from bot.channels.directory import Directory
from bot.domain.conversation import Conversation
from bot.domain.handoff import CaseState
from bot.domain.reading import URGENT_REASONS, Urgency
from bot.domain.reply import Reply, ReplyKind
from bot.errors import RequestRejected
from bot.handoff.place import Place, place_of, require_discreet, require_open
from bot.personal import Personal
from bot.storage import cases, corrections, outbox, uncertain
from bot.storage.cases import CaseRow
from bot.storage.corrections import RightAnswer, UrgencyCorrection
from bot.storage.live import Live
from bot.storage.persons import Linked, linked
from bot.storage.rows import load_conversation, now
from bot.storage.store import Store
from bot.storage.transcript import Item, transcript
from bot.storage.uncertain import Settled, UncertainReply

MAX_REPLY = 20_000


@dataclass(frozen=True)
class CaseView:
    """A case with all an agent needs to see.

    `under_way`: bot sends that had started before the claim. `subject`: the message that the urgency is about. `corrections`: what people
    said of the urgency, oldest first. `right_answers`: what they said of questions, by message. `place`: what the channel allows. `linked`: the same person's other conversations.
    """

    case: CaseRow
    conversation: Conversation
    items: list[Item]
    under_way: int
    subject: int | None
    corrections: list[UrgencyCorrection]
    right_answers: dict[int, RightAnswer]
    place: Place
    linked: list[Linked]


class Partings(Protocol):
    """Has the words for the end of a case."""

    def notice(self, state: CaseState, language: str | None, *, turn: int) -> Reply:
        """What the customer is told."""


class Desk:
    """The agents' side of the product, without a page. Without `partings` customers are not told that a case has ended."""

    def __init__(
        self,
        store: Store,
        live: Live,
        channels: Directory,
        personal: Personal,
        *,
        partings: Partings | None = None,
    ) -> None:
        self._store = store
        self._live = live
        self._channels = channels
        self._personal = personal
        self._partings = partings

    async def queue(self) -> tuple[list[CaseRow], list[CaseRow]]:
        """(open cases by urgency then waiting time, cases closed last)."""
        return await self._store.read(lambda connection: (cases.queue(connection), cases.recently_closed(connection)))

    async def case(self, case_id: int) -> CaseView | None:
        """One case with its conversation; None where there is no such case."""

        def view(connection):  # type: ignore[no-untyped-def]
            row = cases.load_case(connection, case_id)
            if row is None:
                return None
            conversation = load_conversation(connection, row.conversation_id)
            return CaseView(
                row,
                conversation,
                transcript(connection, row.conversation_id),
                cases.under_way(connection, row.conversation_id),
                corrections.subject_of(connection, row),
                corrections.urgency_corrections(connection, case_id),
                corrections.right_answers(connection, row.conversation_id),
                place_of(self._channels, conversation),
                linked(connection, row.conversation_id),
            )

        return await self._store.read(view)

    async def uncertain_count(self) -> int:
        """How many replies there are of which nobody knows whether they arrived."""
        return await self._store.read(uncertain.count)

    async def uncertain(self) -> list[UncertainReply]:
        """These replies, latest first, with or without a case."""
        return await self._store.read(uncertain.listed)

    async def uncertain_conversation(self, conversation_id: int) -> list[Item] | None:
        """The conversation of such a reply; None for any other, which is nobody's business without a case."""

        def view(connection: Connection) -> list[Item] | None:
            if not uncertain.holds_one(connection, conversation_id):
                return None
            return transcript(connection, conversation_id)

        return await self._store.read(view)

    async def send_again(self, reply_id: int, staff_id: int, since: datetime) -> None:
        """Send a reply once more that has been uncertain `since` then: any agent may, whoever has the case."""
        await self._settle(uncertain.send_again, reply_id, staff_id, since)

    async def it_arrived(self, reply_id: int, staff_id: int, since: datetime) -> None:
        """Say of a reply that has been uncertain `since` then that it arrived: any agent may, whoever has the case."""
        await self._settle(uncertain.it_arrived, reply_id, staff_id, since)

    async def settled(self, reply_id: int) -> Settled | None:
        """What an agent said last of a reply that had been uncertain; None where nobody has."""
        return await self._store.read(lambda connection: uncertain.settled(connection, reply_id))

    async def _settle(
        self, settle: Callable[[Connection, int, int, datetime], int], reply_id: int, staff_id: int, since: datetime
    ) -> None:
        def unit(connection: Connection) -> int:
            if not uncertain.is_reply(connection, reply_id):
                raise RequestRejected("there is no such reply", status=404)
            return settle(connection, reply_id, staff_id, since)

        conversation_id = await self._store.write(unit)
        self._live.tell("outbox")
        self._live.tell("desk", "queue")
        self._live.tell("desk", f"conversation:{conversation_id}")
        self._live.tell(f"chat:{conversation_id}", "items")

    async def claim(self, case_id: int, staff_id: int) -> None:
        """Take the case: once this returns, no bot send starts in its conversation. StorageConflict names who has it."""
        conversation = await self._store.write(lambda connection: cases.claim(connection, case_id, staff_id))
        self._tell(case_id, conversation)

    async def resolve(self, case_id: int, staff_id: int) -> None:
        """The matter is settled, and the customer hears so; the bot takes their next message."""
        await self._close(case_id, staff_id, CaseState.RESOLVED)

    async def give_back(self, case_id: int, staff_id: int) -> None:
        """Back to the bot, unsettled as it may be. Who has heard from a person is told that the bot answers again."""
        await self._close(case_id, staff_id, CaseState.RETURNED)

    async def correct_urgency(self, case_id: int, staff_id: int, level: Urgency, reason: str) -> None:
        """Set how urgent a case is, up or down: any agent may, whoever has it. The bot learns from it later."""
        reasons = URGENT_REASONS.get(level, ())
        if reason not in (reasons or ("",)):
            wanted = f"one of these reasons: {', '.join(reasons)}" if reasons else "no reason"
            raise RequestRejected(f"{level.word} needs {wanted}")
        await self._store.write(
            lambda connection: corrections.correct_urgency(connection, case_id, staff_id, level, reason)
        )
        self._live.tell("desk", "queue")
        self._live.tell("desk", f"case:{case_id}")

    async def name_right_answer(self, case_id: int, staff_id: int, message_id: int, answer_id: str | None) -> None:
        """Say which answer a question should have got, None for none of them. The bot learns from it later."""
        await self._store.write(
            lambda connection: corrections.name_right_answer(connection, case_id, staff_id, message_id, answer_id)
        )
        self._live.tell("desk", f"case:{case_id}")

    async def _close(self, case_id: int, staff_id: int, state: CaseState) -> None:
        def unit(connection: Connection) -> Conversation:
            held = load_conversation(connection, cases.held_by(connection, case_id, staff_id).conversation_id)
            heard = cases.agent_has_written(connection, held)
            conversation = cases.close(connection, case_id, staff_id, state)
            alone = not self._channels.is_public(conversation.key)  # others need not read how a matter ended
            if alone and self._partings is not None and (heard or state is CaseState.RESOLVED):
                draft = self._partings.notice(state, conversation.language, turn=case_id)
                self._queue(connection, conversation, draft)
            return conversation

        conversation = await self._store.write(unit)
        self._live.tell("outbox")
        self._tell(case_id, conversation)

    def _queue(self, connection: Connection, conversation: Conversation, draft: Reply) -> None:
        sent = self._channels.is_fetched(conversation.key)
        outbox.queue_reply(connection, conversation.id, conversation.epoch, draft, sent=sent)

    async def reply(
        self, case_id: int, staff_id: int, author: str, text: str, client_id: str, *, confirmed: bool = False
    ) -> int:
        """Queue an agent's reply and return its id once it is durable. The same `client_id` twice is one reply.

        StorageConflict where the channel takes no words any more; Revealing where everybody would read personal data, unless that is `confirmed`.
        """
        text = text.strip()
        if not text:
            raise RequestRejected("write something first")
        if len(text) > MAX_REPLY:
            raise RequestRejected(
                f"the reply is {len(text)} characters long; at most {MAX_REPLY} can be sent", status=413
            )

        def unit(connection):  # type: ignore[no-untyped-def]
            row = cases.held_by(connection, case_id, staff_id)
            conversation = load_conversation(connection, row.conversation_id)
            place = place_of(self._channels, conversation)
            require_open(place, now())
            if not confirmed:
                require_discreet(place, self._personal, text)
            draft = Reply(ReplyKind.AGENT, text, language=conversation.language or "de")
            reply_id = outbox.queue_reply(
                connection,
                conversation.id,
                conversation.epoch,
                draft,
                staff_id=staff_id,
                author=author,
                client_id=client_id,
                sent=self._channels.is_fetched(conversation.key),
            )
            return reply_id, conversation

        reply_id, conversation = await self._store.write(unit)
        self._live.tell("outbox")
        self._tell(case_id, conversation)
        return int(reply_id)

    def _tell(self, case_id: int, conversation: Conversation) -> None:
        self._live.tell("desk", "queue")
        self._live.tell("desk", f"case:{case_id}")
        self._live.tell(f"chat:{conversation.id}", "state")
