"""A claim and the bot's word meet in the database: after a claim has committed, no bot send starts, in any order of events."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import Connection, select

from bot.domain.conversation import ConversationKey
from bot.domain.handoff import CaseState, Handoff, HandoffReason
from bot.domain.message import EventKind, InboundEvent, Message, MessageState
from bot.domain.reading import Urgency
from bot.domain.reply import Reply, ReplyKind, ReplyState
from bot.storage import cases, inbox, outbox
from bot.storage.outbox import Started
from bot.storage.rows import load_conversation
from bot.storage.schema import upgrade
from bot.storage.staff import add_staff
from bot.storage.store import Store
from bot.storage.tables import message, reply

KEY = ConversationKey("telegram", "1", "77")


class Ownership(RuleBasedStateMachine):
    """One conversation; customers, the bot, an agent and the outbox act in any order."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.store = Store(f"sqlite:///{Path(self._folder.name)}/front.db", reserve_bytes=0)
        upgrade(self.store.engine)
        self.agent = self.do(lambda c: add_staff(c, login="anna", name="Anna", role="agent", password_hash=""))
        self.said = 0
        self.claimed = False
        self.case: int | None = None
        self.under_way: list[Started] = []
        self.thinking: list[tuple[Message, int]] = []  # (message, epoch seen) of turns that have begun

    def do(self, unit):  # type: ignore[no-untyped-def]
        return self.store.submit(unit).result()

    def teardown(self) -> None:
        self.store.close()
        self._folder.cleanup()

    @rule()
    def customer_writes(self) -> None:
        self.said += 1
        event = InboundEvent(KEY, str(self.said), EventKind.MESSAGE, str(self.said), "hallo")
        self.do(lambda c: inbox.accept(c, [event, event]))

    @precondition(lambda self: self.said)
    @rule()
    def a_turn_begins(self) -> None:
        self.thinking += [(one.message, one.conversation.epoch) for one in self.do(lambda c: inbox.take(c, 5))]

    @precondition(lambda self: self.thinking)
    @rule()
    def the_bot_answers(self) -> None:
        taken, epoch = self.thinking.pop(0)

        def unit(connection: Connection) -> None:
            current = load_conversation(connection, 1)
            if current.epoch == epoch and current.owner == "bot":
                outbox.queue_reply(connection, 1, epoch, Reply(ReplyKind.BOT, "Antwort"), message_id=taken.id)
            inbox.settle(connection, taken, MessageState.ANSWERED)

        self.do(unit)

    @precondition(lambda self: self.said and self.case is None)
    @rule()
    def the_bot_hands_over(self) -> None:
        handoff = Handoff(HandoffReason.ASKED, Urgency.NORMAL)
        self.case = self.do(lambda c: cases.open_case(c, 1, handoff, "hallo"))

    @precondition(lambda self: self.case is not None and not self.claimed)
    @rule()
    def the_agent_claims(self) -> None:
        self.do(lambda c: cases.claim(c, self.case or 0, self.agent))
        self.claimed = True

    @precondition(lambda self: self.claimed)
    @rule()
    def the_agent_gives_back(self) -> None:
        self.do(lambda c: cases.close(c, self.case or 0, self.agent, CaseState.RETURNED))
        self.claimed, self.case = False, None

    @rule()
    def sends_start(self) -> None:
        started = self.do(lambda c: outbox.start(c, 5))
        if self.claimed:
            assert [one for one in started if one.outgoing.reply.kind is not ReplyKind.AGENT] == []
        self.under_way += started

    @precondition(lambda self: self.under_way)
    @rule()
    def a_send_ends(self) -> None:
        started = self.under_way.pop(0)
        self.do(lambda c: outbox.settle_send(c, started, ReplyState.SENT))

    @invariant()
    def every_message_is_stored_once_and_in_one_state(self) -> None:
        counts = self.store.read_now(inbox.ledger)
        assert sum(counts.values()) == self.said

    @invariant()
    def one_message_and_one_send_of_the_conversation_at_a_time(self) -> None:
        running = self.store.read_now(
            lambda c: c.execute(select(message.c.id).where(message.c.state == "running")).all()
        )
        sending = self.store.read_now(lambda c: c.execute(select(reply.c.id).where(reply.c.state == "sending")).all())
        assert len(running) <= 1
        assert len(sending) <= 1


TestOwnership = Ownership.TestCase
TestOwnership.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
