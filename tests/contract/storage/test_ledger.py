"""The ledger balances whatever happens in life, and names whatever does not."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import NamedTuple

import pytest
from sqlalchemy import Connection, Engine, text

from bot.storage.intake import SAME_AGAIN
from bot.storage.ledger import AUDIT, read_ledger
from bot.storage.ledger.rule import EXAMPLES
from bot.storage.schema import upgrade
from bot.storage.store import Store
from bot.storage.tables import metadata
from tests.books import check_engine
from tests.contract.storage.customers import accept, said
from tests.history import write_history


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database with the history, which all tests look at."""
    sqlite = request.param == "sqlite"
    folder = tmp_path_factory.mktemp("history")
    store = Store(f"sqlite:///{folder}/front.db" if sqlite else request.getfixturevalue("postgres").database())
    upgrade(store.engine)
    write_history(store)
    yield store.engine
    check_engine(store.engine)  # whatever was broken has been undone
    store.close()


@contextlib.contextmanager
def undone(engine: Engine) -> Iterator[Connection]:
    """A transaction in which no foreign key is looked at, and of which nothing is kept."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("PRAGMA foreign_keys = OFF"))
            connection.execute(text("BEGIN"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
        connection.execute(text("ROLLBACK"))


class Break(NamedTuple):
    """Something done to the history by hand, the rule that is broken then, by which rows, and what else follows from it."""

    rule: str
    sql: list[str]
    rows: list[int | None]
    also: AbstractSet[str] = frozenset()


def copy(table: str, row_id: int, **changes: object) -> str:
    """A second row like one that is there, but for `changes`."""
    columns = [column.name for column in metadata.tables[table].columns if column.name != "id"]
    values = [repr(changes[name]) if name in changes else name for name in columns]
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table} WHERE id = {row_id}"


LATER = "'2030-01-01 00:00:00'"
BREAKS = [
    Break("account.sum", ["UPDATE conversation SET account = '43' WHERE id = 5"], [None, None], {"message.foreign"}),
    Break(
        "delivery.no_message",
        ["DELETE FROM message WHERE id = 8"],
        [11],
        {"account.sum", "conversation.length"},
    ),
    Break(
        "delivery.no_revision",
        ["DELETE FROM message_revision WHERE event_id = 3", "UPDATE message SET revision = 0 WHERE id = 1"],
        [3],
    ),
    Break("message.no_delivery", ["DELETE FROM event WHERE id = 4"], [2], {"account.sum"}),
    Break("message.foreign", [f"UPDATE event SET reason = '{SAME_AGAIN}' WHERE id = 4"], [2], {"account.sum"}),
    Break("message.foreign", ["UPDATE event SET kind = 'button' WHERE id = 4"], [2]),
    Break(
        "message.twice",
        [copy("message", 8, vendor_id="again", position=5), "UPDATE conversation SET length = 5 WHERE id = 7"],
        [9],
        {"account.sum"},
    ),
    Break("message.no_conversation", ["DELETE FROM conversation WHERE id = 4"], [4], {"account.sum"}),
    Break("message.revisions", ["UPDATE message SET revision = 2 WHERE id = 1"], [1]),
    Break("message.files", ["DELETE FROM attachment"], [2]),
    Break("message.file_state", ["UPDATE attachment SET fetch_due = '2026-01-01 00:00:00+00:00'"], [2]),
    Break("message.same_place", ["UPDATE message SET position = 1 WHERE id = 8"], [8]),
    Break(
        "message.two_running",
        ["DROP INDEX uq_message_running_lane", "UPDATE message SET state = 'running', attempts = 1 WHERE id = 8"],
        [8],
    ),
    Break(
        "message.overtakes",
        [
            "UPDATE message SET state = 'queued', process_id = NULL WHERE id = 7",
            "UPDATE message SET state = 'running', attempts = 1 WHERE id = 8",
        ],
        [8],
    ),
    Break("message.state", ["UPDATE message SET state = 'lost' WHERE id = 1"], [1]),
    Break("message.settled", ["UPDATE message SET settled_at = NULL WHERE id = 1"], [1]),
    Break("message.settled", ["UPDATE message SET state = 'queued' WHERE id = 5"], [5], {"conversation.inbox"}),
    Break("message.process", ["DELETE FROM process"], [7], {"reply.process"}),
    Break("message.process", ["UPDATE message SET process_id = 1 WHERE id = 8"], [8]),
    Break("message.never_taken", ["UPDATE message SET attempts = 0 WHERE id = 1"], [1]),
    Break("message.unanswered", ["UPDATE message SET state = 'answered' WHERE id = 3"], [3]),
    Break("message.unanswered", ["UPDATE reply SET message_id = NULL WHERE id = 1"], [1]),
    Break("message.no_case", ['DELETE FROM "case" WHERE conversation_id = 3'], [3]),
    Break("message.no_reason", ["UPDATE message SET state_reason = '' WHERE id = 3"], [3]),
    Break("message.not_deleted", ["UPDATE message SET state = 'ignored', state_reason = 'no time' WHERE id = 1"], [1]),
    Break(
        "reply.no_conversation",
        ["DELETE FROM conversation WHERE id = 5"],
        [3],
        {"account.sum", "message.no_conversation"},
    ),
    Break(
        "reply.no_message",
        ["DELETE FROM message WHERE id = 5"],
        [3],
        {"account.sum", "delivery.no_message", "conversation.length"},
    ),
    Break("reply.foreign", ["UPDATE reply SET message_id = 2 WHERE id = 3"], [3], {"message.unanswered"}),
    Break("reply.same_place", ["UPDATE reply SET position = 1 WHERE id = 3"], [3]),
    Break("reply.same_place", ["UPDATE reply SET position = 3 WHERE id = 7"], [7]),
    Break(
        "reply.two_sending",
        ["UPDATE reply SET state = 'sending', attempts = 1 WHERE id = 7", copy("attempt", 7, reply_id=7)],
        [7],
    ),
    Break(
        "reply.overtakes",
        [
            "UPDATE attempt SET reply_id = 7 WHERE id = 7",
            "UPDATE reply SET state = 'queued', attempts = 0, process_id = NULL WHERE id = 6",
            "UPDATE reply SET state = 'sending', attempts = 1 WHERE id = 7",
        ],
        [7],
    ),
    Break("reply.state", ["UPDATE reply SET state = 'lost' WHERE id = 3"], [3]),
    Break("reply.settled", ["UPDATE reply SET settled_at = NULL WHERE id = 1"], [1]),
    Break("reply.settled", ["UPDATE reply SET state = 'queued' WHERE id = 3"], [3], {"conversation.outbox"}),
    Break("reply.process", ["UPDATE reply SET process_id = 1 WHERE id = 7"], [7]),
    Break("reply.attempts", ["DELETE FROM attempt WHERE id = 1"], [1]),
    Break("reply.attempts", [copy("attempt", 1)], [1]),
    Break("reply.attempts", ["UPDATE reply SET attempts = 3 WHERE id = 5"], [5]),
    Break("reply.open_attempt", ["UPDATE attempt SET outcome = 'failed', ended_at = started_at WHERE id = 7"], [6]),
    Break(
        "reply.open_attempt",
        ["UPDATE reply SET state = 'queued', process_id = NULL WHERE id = 6"],
        [6],
        {"conversation.outbox"},
    ),
    Break("reply.sent_again", ["UPDATE attempt SET outcome = 'sent' WHERE id = 1"], [1]),
    Break("reply.sent_again", ["UPDATE reply SET state = 'failed' WHERE id = 1"], [1]),
    Break("reply.unproven", ["UPDATE attempt SET outcome = 'failed' WHERE id = 2"], [1]),
    Break("reply.unproven", ["UPDATE attempt SET outcome = 'failed' WHERE id = 3"], [2]),
    Break("reply.unproven", ["DELETE FROM log WHERE object = 'reply:4'"], [4]),
    Break("reply.unproven", [f"UPDATE reply SET state = 'sent', settled_at = {LATER} WHERE id = 7"], [7]),
    Break("attempt.no_reply", ["DELETE FROM reply WHERE id = 2"], [3], {"conversation.length"}),
    Break("attempt.ended", ["UPDATE attempt SET ended_at = NULL WHERE id = 1"], [1]),
    Break("attempt.ended", ["UPDATE attempt SET outcome = 'lost' WHERE id = 1"], [1]),
    Break("conversation.length", ["UPDATE conversation SET length = length + 1 WHERE id = 1"], [1]),
    Break("conversation.length", ["DELETE FROM reply WHERE id = 7"], [7]),
    Break("conversation.outside", ["UPDATE message SET position = 0 WHERE id = 1"], [1]),
    Break("conversation.outside", ["UPDATE reply SET position = 3 WHERE id = 3"], [5]),
    Break(
        "conversation.inbox", [f"UPDATE conversation SET inbox_due = {LATER}, inbox_set = {LATER} WHERE id = 7"], [7]
    ),
    Break(
        "conversation.inbox",
        ["UPDATE message SET state = 'answered', settled_at = due_at, process_id = NULL WHERE id = 7"],
        [7],
        {"message.unanswered"},
    ),
    Break("conversation.outbox", [f"UPDATE conversation SET outbox_due = {LATER} WHERE id = 1"], [1]),
    Break("conversation.owner", ["UPDATE conversation SET owner = 'bot' WHERE id = 2"], [2]),
    Break("conversation.owner", ["UPDATE \"case\" SET state = 'resolved' WHERE conversation_id = 2"], [2]),
]


def test_a_history_balances_and_every_account_has_its_sums(engine: Engine) -> None:
    with engine.connect() as connection:
        ledger = read_ledger(connection)
    assert ledger.imbalances == ()
    assert ledger.balances
    found = {(one.table, one.channel, one.account, one.state): one.number for one in ledger.counts}
    assert found == {
        ("event", "telegram", "42", "message"): 7,
        ("event", "web", "site", "message"): 1,
        ("message", "telegram", "42", "answered"): 2,
        ("message", "telegram", "42", "given_up"): 1,
        ("message", "telegram", "42", "ignored"): 1,
        ("message", "telegram", "42", "queued"): 1,
        ("message", "telegram", "42", "running"): 1,
        ("message", "telegram", "42", "with_agent"): 1,
        ("message", "web", "site", "answered"): 1,
        ("reply", "telegram", "42", "queued"): 1,
        ("reply", "telegram", "42", "sending"): 1,
        ("reply", "telegram", "42", "sent"): 3,
        ("reply", "telegram", "42", "uncertain"): 1,
        ("reply", "web", "site", "sent"): 1,
        ("attempt", "telegram", "42", "failed"): 1,
        ("attempt", "telegram", "42", "sending"): 1,
        ("attempt", "telegram", "42", "sent"): 2,
        ("attempt", "telegram", "42", "uncertain"): 3,
    }


def test_it_balances_at_every_moment_while_messages_come_and_go(store: Store) -> None:
    accepting = [store.submit(accept(said("restless", number))) for number in range(300)]
    found = []
    while True:
        found += store.read_now(AUDIT.run)
        if all(one.done() for one in accepting):
            break
    assert found == []


@pytest.mark.parametrize("broken", BREAKS, ids=[f"{one.rule}-{number}" for number, one in enumerate(BREAKS)])
def test_what_is_broken_is_named(engine: Engine, broken: Break) -> None:
    with undone(engine) as connection:
        for statement in broken.sql:
            connection.execute(text(statement))
        imbalances = read_ledger(connection).imbalances
    assert {one.rule.id for one in imbalances} == {broken.rule} | broken.also
    found = [one for one in imbalances if one.rule.id == broken.rule]
    assert [example.row_id for one in found for example in one.examples] == broken.rows
    assert [one.number for one in found] == [1] * len(broken.rows)


def test_every_rule_is_seen_to_be_broken() -> None:
    assert {one.rule for one in BREAKS} == {rule.id for rule in AUDIT.rules}


def test_of_many_that_break_a_rule_all_are_counted_and_some_are_named(engine: Engine) -> None:
    with undone(engine) as connection:
        connection.execute(text("UPDATE message SET state = 'lost'"))
        lost = [one for one in read_ledger(connection).imbalances if one.rule.id == "message.state"]
    assert [(one.channel, one.account, one.number) for one in lost] == [("telegram", "42", 7), ("web", "site", 1)]
    assert [len(one.examples) for one in lost] == [EXAMPLES, 1]
    assert [(one.conversation_id, one.row_id) for one in lost[0].examples] == [(1, 1), (2, 2), (3, 3), (4, 4), (6, 6)]
