"""Units of work for how channel accounts are: when a vendor last knew us, and since when nothing can be sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, literal_column, select, update

from bot.storage.rows import now
from bot.storage.statements import insert_once
from bot.storage.tables import channel_account, conversation, reply

_QUEUED = reply.c.state == literal_column("'queued'")


@dataclass(frozen=True)
class AccountState:
    """How an account is. `heard_at`: the latest message of a customer's; `waiting`: replies in the outbox, the next of them to be tried at `next_at`.

    `failure` says in a sentence what is wrong, `failing_since` since when; None while nothing is.
    """

    channel: str
    account: str
    verified_at: datetime | None = None
    heard_at: datetime | None = None
    failing_since: datetime | None = None
    failure: str | None = None
    waiting: int = 0
    next_at: datetime | None = None


def note_verified(connection: Connection, channel: str, account: str) -> None:
    """The vendor has just told us who we are."""
    _write(connection, channel, account, verified_at=now())


def note_failing(connection: Connection, channel: str, account: str, failure: str) -> None:
    """Nothing can be sent on this account; the first such moment stays."""
    insert_once(connection, channel_account, channel=channel, account=account, progress={})
    since = func.coalesce(channel_account.c.failing_since, now())
    connection.execute(_at(channel, account).values(failing_since=since, failure=failure))


def note_working(connection: Connection, channel: str, account: str) -> None:
    """Something was sent: nothing is wrong any more."""
    _write(connection, channel, account, failing_since=None, failure=None)


def failing(connection: Connection) -> frozenset[tuple[str, str]]:
    """The accounts with which something is wrong, by channel and account."""
    wrong = select(channel_account.c.channel, channel_account.c.account).where(
        channel_account.c.failing_since.is_not(None)
    )
    return frozenset((row.channel, row.account) for row in connection.execute(wrong))


def account_states(connection: Connection) -> list[AccountState]:
    """Every account that ever had a customer, a poller or a fault, by channel and account."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    of_account = (conversation.c.channel, conversation.c.account)
    heard = select(*of_account, func.max(conversation.c.heard_at).label("heard_at")).group_by(*of_account)
    waits = (
        select(*of_account, func.count().label("waiting"), func.min(reply.c.due_at).label("next_at"))
        .select_from(reply.join(conversation, conversation.c.id == reply.c.conversation_id))
        .where(_QUEUED)
        .group_by(*of_account)
    )
    known = ("verified_at", "failing_since", "failure")
    accounts = select(
        channel_account.c.channel, channel_account.c.account, *(channel_account.c[name] for name in known)
    )
    for query in (accounts, heard, waits):
        for row in connection.execute(query):
            values = dict(row._mapping)
            place = values.pop("channel"), values.pop("account")
            found.setdefault(place, {}).update(values)
    return [AccountState(*place, **values) for place, values in sorted(found.items())]


def _write(connection: Connection, channel: str, account: str, **values: Any) -> None:
    insert_once(connection, channel_account, channel=channel, account=account, progress={})
    connection.execute(_at(channel, account).values(**values))


def _at(channel: str, account: str) -> Any:
    return update(channel_account).where(
        and_(channel_account.c.channel == channel, channel_account.c.account == account)
    )
