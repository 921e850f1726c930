"""Customers, processes, agents and channels act in any order: the books balance, the order holds, and no bot's word starts after a claim.

Processes are believed dead and come back; what such a ghost says changes nothing. All of an example happens in one transaction that is taken
back at its end, so that thousands cost seconds. Hypothesis prints how to repeat what it finds (`@reproduce_failure`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection, Engine, bindparam, insert, select

from bot.domain.conversation import Owner
from bot.domain.handoff import CaseState, Handoff, HandoffReason
from bot.domain.message import EventKind, InboundEvent, MessageState
from bot.domain.reading import Urgency
from bot.domain.reply import Reply, ReplyKind, ReplyState
from bot.errors import StorageConflict
from bot.storage import cases, inbox, intake, outbox, uncertain
from bot.storage.engines import make_engine
from bot.storage.inbox import Taken
from bot.storage.ledger import AUDIT
from bot.storage.outbox import Started
from bot.storage.presence import bury
from bot.storage.rows import lock_conversation, now
from bot.storage.schema import upgrade
from bot.storage.staff import add_staff
from bot.storage.tables import conversation, message, process, reply
from tests.contract.storage.customers import key, states
from tests.reliability.scale import PATIENCE, scaled
from tests.servers import PostgresServer

T = TypeVar("T")
CHATS = st.sampled_from(("a", "b"))
PROCESSES = st.sampled_from((0, 1))
_IN_HAND = "SELECT 'message', id FROM message WHERE state = 'running' UNION ALL SELECT 'reply', id FROM reply WHERE state = 'sending'"
_STUCK = """SELECT '{0} waits in a closed lane, or an open one is at work', c.id FROM conversation c WHERE CASE
    WHEN EXISTS (SELECT 1 FROM {0} t WHERE t.conversation_id = c.id AND t.state = '{2}') THEN c.{1}_due IS NOT NULL
    ELSE c.{1}_due IS NULL AND EXISTS (SELECT 1 FROM {0} t WHERE t.conversation_id = c.id AND t.state = 'queued') END"""
_BUSY = (
    "SELECT 'two at once', conversation_id FROM {0} WHERE state = '{1}' GROUP BY conversation_id HAVING count(*) > 1"
)
_BROKEN = " UNION ALL ".join(
    (
        _STUCK.format("message", "inbox", "running"),
        _STUCK.format("reply", "outbox", "sending"),
        _BUSY.format("message", "running"),
        _BUSY.format("reply", "sending"),
        "SELECT 'sent twice unknowingly', reply_id FROM attempt WHERE outcome = 'sent' GROUP BY reply_id HAVING count(*) > 1",
    )
)
_EARLIER_MESSAGE, _EARLIER_REPLY = (
    select(table.c.id).where(
        table.c.conversation_id == bindparam("place"), table.c.id < bindparam("than"), table.c.state == "queued"
    )
    for table in (message, reply)
)
_STARTED = (
    select(reply, conversation.c.owner, conversation.c.epoch.label("now"))
    .join(conversation, conversation.c.id == reply.c.conversation_id)
    .where(reply.c.id == bindparam("reply"))
)


class House(RuleBasedStateMachine):
    """Two customers, two processes, one agent."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self.connection.exec_driver_sql("BEGIN")
        self.anna = self.do(lambda c: add_staff(c, login="anna", name="Anna", role="agent", password_hash=""))
        self.events = itertools.count(1)
        self.said: list[tuple[str, str]] = []
        self.numbers = [self._enter(), self._enter()]
        self.turns: list[list[Taken]] = [[], []]
        self.sends: list[list[Started]] = [[], []]
        self.lost_turns: list[Taken] = []
        self.lost_sends: list[Started] = []

    def teardown(self) -> None:
        """As if nothing had been, once the ledger has been looked at: it takes longer than all the rest, so it is not looked at after each step."""
        try:
            assert AUDIT.run(self.connection) == ()
        finally:
            self.connection.exec_driver_sql("ROLLBACK")
            self.connection.close()

    def do(self, unit: Callable[[Connection], T]) -> T:
        """A unit of work, which undoes itself alone."""
        self.connection.exec_driver_sql("SAVEPOINT unit")
        try:
            value = unit(self.connection)
        except StorageConflict:
            self.connection.exec_driver_sql("ROLLBACK TO unit")
            raise
        self.connection.exec_driver_sql("RELEASE unit")
        return value

    def refused(self, unit: Callable[[Connection], object]) -> None:
        """A unit that must be refused, and so changes nothing."""
        with pytest.raises(StorageConflict):
            self.do(unit)

    def _enter(self) -> int:
        made = insert(process).values(host="here", pid=1, started_at=now()).returning(process.c.id)
        return int(self.connection.execute(made).scalar_one())

    # --- customers ---------------------------------------------------------------------------------------

    def _comes(self, chat: str, kind: EventKind, number: str, text: str = "") -> None:
        event = InboundEvent(key(chat), f"event {next(self.events)}", kind, number, text)
        self.do(lambda c: intake.accept(c, [event, event]))  # everything is delivered twice

    @rule(chat=CHATS)
    def a_customer_writes(self, chat: str) -> None:
        self.said.append((chat, str(len(self.said))))
        self._comes(chat, EventKind.MESSAGE, self.said[-1][1], "hallo")

    @precondition(lambda self: self.said)
    @rule(which=st.integers(0, 50), text=st.sampled_from(("hallo", "anders")))
    def a_customer_edits(self, which: int, text: str) -> None:
        chat, number = self.said[which % len(self.said)]
        self._comes(chat, EventKind.EDIT, number, text)

    @precondition(lambda self: self.said)
    @rule(which=st.integers(0, 50))
    def a_customer_deletes(self, which: int) -> None:
        chat, number = self.said[which % len(self.said)]
        self._comes(chat, EventKind.DELETE, number)

    @rule(chat=CHATS)
    def a_customer_blocks_us(self, chat: str) -> None:
        self._comes(chat, EventKind.BLOCKED, "")

    # --- processes ---------------------------------------------------------------------------------------

    @rule(who=PROCESSES)
    def turns_begin(self, who: int) -> None:
        for taken in self.do(lambda c: inbox.take(c, 5, self.numbers[who])):
            before = {"place": taken.conversation.id, "than": taken.message.id}
            assert self.connection.execute(_EARLIER_MESSAGE, before).all() == []
            self.turns[who].append(taken)

    @precondition(lambda self: any(self.turns))
    @rule(who=PROCESSES, end=st.sampled_from(("answer", "hand over", "fail")))
    def a_turn_ends(self, who: int, end: str) -> None:
        if self.turns[who]:
            self.do(self._ending(self.turns[who].pop(0), end))

    def _ending(self, taken: Taken, end: str) -> Callable[[Connection], None]:
        """As `Flow` writes it."""
        handoff, draft = Handoff(HandoffReason.ASKED, Urgency.NORMAL), Reply(ReplyKind.BOT, "Antwort", "de")

        def unit(connection: Connection) -> None:
            place, epoch = taken.conversation.id, taken.conversation.epoch
            current = lock_conversation(connection, place)
            if end == "fail":
                inbox.requeue(connection, taken.message, now(), "failed")
            elif current.owner is not Owner.BOT or current.epoch != epoch:
                inbox.settle(connection, taken.message, MessageState.CLOSED, reason="taken over")
            else:
                if end == "hand over":
                    cases.open_case(connection, place, handoff, "hallo", message_id=taken.message.id)
                outbox.queue_reply(connection, place, epoch, draft, message_id=taken.message.id)
                state = MessageState.WITH_AGENT if end == "hand over" else MessageState.ANSWERED
                inbox.settle(connection, taken.message, state)

        return unit

    @rule(who=PROCESSES)
    def sends_start(self, who: int) -> None:
        for started in self.do(lambda c: outbox.start(c, 5, self.numbers[who])):
            row = self.connection.execute(_STARTED, {"reply": started.outgoing.id}).one()
            assert row.staff_id is not None or (row.owner == "bot" and row.epoch == row.now)
            before = {"place": row.conversation_id, "than": row.id}
            assert self.connection.execute(_EARLIER_REPLY, before).all() == []
            self.sends[who].append(started)

    @precondition(lambda self: any(self.sends))
    @rule(who=PROCESSES, end=st.sampled_from((ReplyState.SENT, ReplyState.FAILED, ReplyState.UNCERTAIN, None)))
    def a_send_ends(self, who: int, end: ReplyState | None) -> None:
        if self.sends[who]:
            self.do(self._sending_ends(self.sends[who].pop(0), end))

    def _sending_ends(self, started: Started, end: ReplyState | None) -> Callable[[Connection], None]:
        if end is None:
            return lambda c: outbox.postpone_send(c, started, now(), "429")
        return lambda c: outbox.settle_send(c, started, end)

    @rule(who=PROCESSES)
    def a_process_is_believed_dead(self, who: int) -> None:
        gone = [self.numbers[who]]
        self.do(lambda c: (inbox.recover(c, gone), outbox.recover(c, frozenset(), gone), bury(c, gone)))
        self.lost_turns += self.turns[who]
        self.lost_sends += self.sends[who]
        self.turns[who], self.sends[who], self.numbers[who] = [], [], self._enter()

    @precondition(lambda self: self.lost_turns or self.lost_sends)
    @rule(end=st.sampled_from(("answer", "hand over", "fail")), sent=st.sampled_from((ReplyState.SENT, None)))
    def a_ghost_speaks(self, end: str, sent: ReplyState | None) -> None:
        for taken in self.lost_turns:
            self.refused(self._ending(taken, end))
        for started in self.lost_sends:
            self.refused(self._sending_ends(started, sent))

    # --- the agent ---------------------------------------------------------------------------------------

    @rule(end=st.sampled_from((None, CaseState.RESOLVED, CaseState.RETURNED)))
    def the_agent_works(self, end: CaseState | None) -> None:
        """Claims what waits; what is claimed is answered and, with `end`, ended."""
        for row in self.do(cases.queue):
            if row.state is CaseState.WAITING:
                self.do(lambda c, case_id=row.id: cases.claim(c, case_id, self.anna))
            elif end is not None:
                self.do(lambda c, case_id=row.id: cases.close(c, case_id, self.anna, end))
            else:
                self.do(lambda c, place=row.conversation_id: self._anna_writes(c, place))

    def _anna_writes(self, connection: Connection, place: int) -> None:
        current = lock_conversation(connection, place)
        outbox.queue_reply(connection, place, current.epoch, Reply(ReplyKind.AGENT, "Anna", "de"), staff_id=self.anna)

    @rule(settle=st.sampled_from((uncertain.send_again, uncertain.it_arrived)))
    def the_agent_settles_what_is_uncertain(self, settle: Callable[..., int]) -> None:
        for doubt in self.do(uncertain.listed):
            self.do(lambda c, one=doubt: settle(c, one.id, self.anna, one.at))
            self.refused(lambda c, one=doubt: settle(c, one.id, self.anna, one.at))

    # --- what always holds -------------------------------------------------------------------------------

    @invariant()
    def the_books_balance(self) -> None:
        """Every message is there once, what processes have in hand is what the books say, and no rule is broken."""
        assert len(states(self.connection)) == len(self.said)
        in_hand = {("message", one.message.id) for turns in self.turns for one in turns}
        in_hand |= {("reply", one.outgoing.id) for sends in self.sends for one in sends}
        assert set(map(tuple, self.connection.exec_driver_sql(_IN_HAND))) == in_hand
        assert self.connection.exec_driver_sql(_BROKEN).all() == []


def _run(engine: Engine, examples: int) -> None:
    upgrade(engine)

    class There(House):
        pass

    There.engine = engine
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        There,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    """A database whose transactions SQLAlchemy begins."""
    engine = make_engine(f"sqlite:///{tmp_path}/front.db")
    yield engine
    engine.dispose()


@pytest.mark.timeout(PATIENCE)
def test_on_sqlite(sqlite: Engine) -> None:
    _run(sqlite, scaled(300))


@pytest.mark.timeout(PATIENCE)
def test_on_postgresql(postgres: PostgresServer) -> None:
    engine = make_engine(postgres.database())
    _run(engine, scaled(60))
    engine.dispose()
