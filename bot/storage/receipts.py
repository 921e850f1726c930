"""Units of work for what channels tell of replies they have taken: delivered, read, or not deliverable after all."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Update, bindparam, func, literal_column, select, text, update

from bot.domain.message import EventKind, InboundEvent
from bot.domain.reply import ReplyState
from bot.storage.log import write_log
from bot.storage.rows import now
from bot.storage.statements import update_row
from bot.storage.tables import UNCERTAIN_REPLIES, attempt, event, reply
from bot.storage.tables.columns import Instant

UNKNOWN_REPLY = "about a reply that is not ours"  # why an event about a reply had no effect

_OF_CONVERSATION = reply.c.conversation_id == bindparam("conversation")
_SENT = reply.c.state == literal_column("'sent'")
_NAMED = _OF_CONVERSATION & (reply.c.vendor_id == bindparam("vendor")) & _SENT
_UNTIL = (
    _OF_CONVERSATION & (reply.c.settled_at <= bindparam("until", type_=Instant)) & _SENT & reply.c.read_at.is_(None)
)
_WHICH = select(reply.c.id).where(_NAMED)


def _marked(where: Any, *, read: bool) -> Update:
    at = bindparam("at", type_=Instant)
    values = {"delivered_at": func.coalesce(reply.c.delivered_at, at)}
    if read:  # what was read has been delivered
        values["read_at"] = func.coalesce(reply.c.read_at, at)
    return update(reply).where(where).values(**values)


_MARK = {
    (named, read): _marked(_NAMED if named else _UNTIL, read=read) for named in (True, False) for read in (True, False)
}
_TAKEN = (
    update(reply)
    .where(_OF_CONVERSATION, reply.c.id == bindparam("reply"), text(UNCERTAIN_REPLIES))
    .values(state=ReplyState.SENT.value, state_reason="", vendor_id=bindparam("vendor"))
)
_LAST_ATTEMPT = (
    select(attempt.c.id).where(attempt.c.reply_id == bindparam("reply")).order_by(attempt.c.id.desc()).limit(1)
)


def note_receipt(connection: Connection, conversation_id: int, event_pk: int, item: InboundEvent) -> None:
    """Write down what the channel tells of a reply, or of all replies sent until a moment."""
    noted = _note(connection, conversation_id, item)
    if not noted and _was_taken(connection, conversation_id, item):
        noted = _note(connection, conversation_id, item)
    if not noted and item.message_id:
        update_row(connection, event, event_pk, reason=UNKNOWN_REPLY)


def _note(connection: Connection, conversation_id: int, item: InboundEvent) -> int:
    if item.kind is EventKind.FAILED:
        return _fail(connection, conversation_id, item)
    statement = _MARK[bool(item.message_id), item.kind is EventKind.READ]
    at = item.sent_at or now()
    place = {"vendor": item.message_id} if item.message_id else {"until": at}
    return connection.execute(statement, {"conversation": conversation_id, "at": at, **place}).rowcount


def _was_taken(connection: Connection, conversation_id: int, item: InboundEvent) -> bool:
    """Whether this is the first that is heard of a reply of which nobody knew whether the channel took it: then it did."""
    if item.reply_id is None or not item.message_id:
        return False
    place = {"conversation": conversation_id, "reply": item.reply_id, "vendor": item.message_id}
    if connection.execute(_TAKEN, place).rowcount == 0:
        return False
    last = connection.execute(_LAST_ATTEMPT, {"reply": item.reply_id}).scalar_one()
    update_row(connection, attempt, last, outcome=ReplyState.SENT.value, detail="the channel has told of it")
    write_log(connection, "channel", "reply.arrived_after_all", f"reply:{item.reply_id}")
    return True


def _fail(connection: Connection, conversation_id: int, item: InboundEvent) -> int:
    """What counted as sent did not arrive: its last attempt has failed, and so it can be sent again."""
    found: int | None = connection.execute(
        _WHICH, {"conversation": conversation_id, "vendor": item.message_id}
    ).scalar()
    if found is None:
        return 0
    failed = ReplyState.FAILED.value
    update_row(connection, reply, found, state=failed, state_reason=item.reason, settled_at=now())
    last = connection.execute(_LAST_ATTEMPT, {"reply": found}).scalar()
    if last is not None:
        update_row(connection, attempt, last, outcome=failed, detail=item.reason)
    return 1
