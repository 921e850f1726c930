"""An agent settles a reply that may have arrived: it is sent again, or it arrived. The database decides who was first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, Row, select, update

from bot.domain.handoff import Handoff, HandoffReason
from bot.domain.reading import Urgency
from bot.domain.reply import Reply, ReplyKind, ReplyState
from bot.errors import StorageConflict
from bot.storage import cases, outbox, uncertain
from bot.storage.rows import now
from bot.storage.schema import upgrade
from bot.storage.staff import add_staff
from bot.storage.statements import find_row
from bot.storage.store import Store
from bot.storage.tables import conversation, log, reply
from tests import doubts

T = TypeVar("T")
Do = Callable[[Callable[[Connection], T]], T]
ANNA, BEN = 1, 2


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path}/front.db", reserve_bytes=0)
    upgrade(made.engine)
    yield made
    made.close()


@pytest.fixture
def do(store: Store) -> Do[Any]:
    """Runs a unit of work; Anna and Ben work here, and the customer of the first conversation has written."""

    def hire(connection: Connection) -> None:
        for login in ("anna", "ben"):
            add_staff(connection, login=login, name=login.title(), role="agent", password_hash="")
        doubts.conversation(connection)

    store.submit(hire).result()
    return lambda unit: store.submit(unit).result()


def look(connection: Connection, reply_id: int) -> Row[Any]:
    found = find_row(connection, reply, reply_id)
    assert found is not None
    return found


def claim(connection: Connection) -> None:
    case_id = cases.open_case(connection, 1, Handoff(HandoffReason.ASKED, Urgency.NORMAL), "hallo")
    cases.claim(connection, case_id, BEN)


def come_to(connection: Connection, state: ReplyState) -> None:
    """Reply 1 is in this state, without ever having been uncertain."""
    outbox.queue_reply(connection, 1, 0, Reply(ReplyKind.BOT, doubts.WORDS))
    if state is ReplyState.DROPPED:
        claim(connection)
    started = [] if state is ReplyState.QUEUED else outbox.start(connection, 1)
    if state in (ReplyState.SENT, ReplyState.FAILED):
        outbox.settle_send(connection, started[0], state)


def settle(how: Any, staff_id: int = ANNA, reply_id: int = 1) -> Callable[[Connection], int]:
    """Anna, or another, settles it as it stands now."""
    return lambda c: how(c, reply_id, staff_id, doubts.since(c, reply_id))


def test_it_is_sent_again_in_its_place_with_five_attempts_before_it(do: Do[Any]) -> None:
    do(lambda c: doubts.doubt(c, 1))
    do(lambda c: c.execute(update(reply).values(attempts=5)))
    do(lambda c: outbox.queue_reply(c, 1, 0, Reply(ReplyKind.BOT, "Und noch etwas")))
    assert do(settle(uncertain.send_again)) == 1
    assert do(lambda c: look(c, 1).state_reason) == "sent again: Anna"
    (started,) = do(lambda c: outbox.start(c, 5))
    assert (started.outgoing.id, started.outgoing.reply.text, started.attempts) == (1, doubts.WORDS, 1)
    assert do(uncertain.count) == 0


def test_what_a_person_sends_again_is_not_held_back_by_a_claim(do: Do[Any]) -> None:
    for _ in range(2):
        do(lambda c: doubts.doubt(c, 1))
    do(claim)
    do(settle(uncertain.send_again, reply_id=2))
    do(lambda c: outbox.queue_reply(c, 1, 0, Reply(ReplyKind.BOT, "zu spät")))
    (started,) = do(lambda c: outbox.start(c, 5))
    assert started.outgoing.id == 2
    assert do(lambda c: cases.under_way(c, 1)) == 0, "it started after the claim, by a person's will"
    do(lambda c: outbox.settle_send(c, started, ReplyState.SENT))
    assert do(lambda c: outbox.start(c, 5)) == []
    assert do(lambda c: look(c, 1).state) == ReplyState.UNCERTAIN


def test_that_it_arrived_is_an_agents_word_and_nothing_is_sent(do: Do[Any]) -> None:
    do(lambda c: doubts.doubt(c, 1))
    assert do(settle(uncertain.it_arrived)) == 1
    row = do(lambda c: look(c, 1))
    assert (row.state, row.state_reason, row.staff_id) == ("sent", "arrived: Anna", None)
    assert do(lambda c: outbox.start(c, 5)) == []
    assert do(uncertain.count) == 0


WORDS = [(uncertain.send_again, "Anna has sent it again"), (uncertain.it_arrived, "Anna has said that it arrived")]


@pytest.mark.parametrize("second", [uncertain.send_again, uncertain.it_arrived])
@pytest.mark.parametrize(("first", "told"), WORDS)
def test_who_is_second_is_told_what_was_said_and_by_whom(do: Do[Any], first: Any, told: str, second: Any) -> None:
    do(lambda c: doubts.doubt(c, 1))
    seen = do(lambda c: doubts.since(c, 1))
    do(lambda c: first(c, 1, ANNA, seen))
    before = do(lambda c: look(c, 1))
    with pytest.raises(StorageConflict, match=f"^{told}$"):
        do(lambda c: second(c, 1, BEN, seen))
    assert do(lambda c: look(c, 1)) == before
    assert do(lambda c: uncertain.settled(c, 1)).staff_name == "Anna"


async def test_of_many_at_once_one_decides(store: Store, do: Do[Any]) -> None:
    do(lambda c: doubts.doubt(c, 1))
    seen = do(lambda c: doubts.since(c, 1))
    units = [lambda c, who=who: uncertain.send_again(c, 1, who, seen) for who in (ANNA, BEN) * 5]
    results = await asyncio.gather(*(store.write(unit) for unit in units), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == [*["StorageConflict"] * 9, "int"]
    assert len(do(lambda c: outbox.start(c, 5))) == 1


def test_who_looks_at_an_older_doubt_sends_nothing_a_third_time(do: Do[Any]) -> None:
    do(lambda c: doubts.doubt(c, 1))
    old = do(lambda c: doubts.since(c, 1))
    do(settle(uncertain.send_again))
    do(lambda c: doubts.break_off(c, 1))
    for how in (uncertain.send_again, uncertain.it_arrived):
        with pytest.raises(StorageConflict, match="Anna has sent it again"):
            do(lambda c, how=how: how(c, 1, BEN, old))
    assert do(lambda c: look(c, 1).state) == ReplyState.UNCERTAIN
    do(settle(uncertain.it_arrived, BEN))
    assert do(lambda c: look(c, 1).state_reason) == "arrived: Ben"


def test_to_a_customer_who_has_blocked_us_nothing_is_sent(do: Do[Any]) -> None:
    do(lambda c: doubts.doubt(c, 1))
    do(lambda c: c.execute(update(conversation).values(blocked=True)))
    do(settle(uncertain.send_again))
    row = do(lambda c: look(c, 1))
    assert (row.state, row.state_reason) == ("failed", "the customer has blocked us")
    assert do(lambda c: uncertain.settled(c, 1)).state is ReplyState.FAILED
    assert do(lambda c: outbox.start(c, 5)) == []


def test_also_when_they_block_us_just_afterwards(do: Do[Any]) -> None:
    do(lambda c: doubts.doubt(c, 1))
    do(settle(uncertain.send_again))
    do(lambda c: c.execute(update(conversation).values(blocked=True)))
    assert do(lambda c: outbox.start(c, 5)) == []
    assert do(lambda c: look(c, 1).state) == ReplyState.FAILED


def test_a_colleagues_reply_stays_theirs(do: Do[Any]) -> None:
    do(lambda c: doubts.doubt(c, 1, ReplyKind.AGENT, staff_id=BEN))
    do(settle(uncertain.send_again))
    assert do(lambda c: look(c, 1).staff_id) == BEN
    (started,) = do(lambda c: outbox.start(c, 5))
    assert started.outgoing.reply.kind is ReplyKind.AGENT


def test_the_log_says_who_decided_what(do: Do[Any]) -> None:
    for how in (uncertain.send_again, uncertain.it_arrived):
        made = do(lambda c: doubts.doubt(c, 1))
        do(settle(how, BEN, made))
        for started in do(lambda c: outbox.start(c, 5)):
            do(lambda c, started=started: outbox.settle_send(c, started, ReplyState.SENT))
    rows = do(lambda c: c.execute(select(log.c.actor, log.c.action, log.c.object, log.c.detail)).all())
    assert [tuple(row) for row in rows if row.object.startswith("reply:")] == [
        ("staff:2", "reply.send_again", "reply:1", {"state": "queued"}),
        ("staff:2", "reply.arrived", "reply:2", {"state": "sent"}),
    ]


@pytest.mark.parametrize("state", [state for state in ReplyState if state is not ReplyState.UNCERTAIN])
def test_about_any_other_reply_there_is_nothing_to_decide(do: Do[Any], state: ReplyState) -> None:
    do(lambda c: come_to(c, state))
    for how in (uncertain.send_again, uncertain.it_arrived):
        with pytest.raises(StorageConflict, match="not uncertain"):
            do(lambda c, how=how: how(c, 1, ANNA, now()))
    assert do(lambda c: look(c, 1).state) == state
    assert do(lambda c: uncertain.settled(c, 1)) is None


def test_there_is_no_such_reply(do: Do[Any]) -> None:
    do(lambda c: doubts.doubt(c, 1))
    seen = do(lambda c: doubts.since(c, 1))
    for how in (uncertain.send_again, uncertain.it_arrived):
        with pytest.raises(StorageConflict, match="no such reply"):
            do(lambda c, how=how: how(c, 9, ANNA, seen))
    assert not do(lambda c: uncertain.is_reply(c, 9))
