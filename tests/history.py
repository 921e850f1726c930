"""A small history in which messages and replies have come into all their states, each as they do in life."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.domain.conversation import ConversationKey
from bot.domain.handoff import Handoff, HandoffReason
from bot.domain.message import Attachment, EventKind, InboundEvent, Message, MessageState
from bot.domain.reading import Urgency
from bot.domain.reply import Reply, ReplyKind, ReplyState
from bot.storage import cases, inbox, intake, outbox, uncertain
from bot.storage.rows import now
from bot.storage.staff import add_staff
from bot.storage.statements import insert_row
from bot.storage.store import Store
from bot.storage.tables import process, reply

# Conversations, in their order. Each has one message, with the same number; the last has the messages 7 and 8.
ANSWERED, PERSON, GIVEN_UP, TAKEN_BACK, PAGE, IN_DOUBT, WORKING = range(1, 8)
_KEYS = {number: ConversationKey("telegram", "42", str(number)) for number in range(1, 8)}
_KEYS[PAGE] = ConversationKey("web", "site", str(PAGE))
_PHOTO = (Attachment("photo", "file-1"),)


def write_history(store: Store) -> None:
    """Events 1 to 11, messages 1 to 8, replies 1 to 7, attempts 1 to 7; one agent, one process."""
    for unit in (_answered, _person, _given_up, _taken_back, _page, _in_doubt, _working):
        store.submit(unit).result()


def _arrives(connection: Any, number: int, event: str, kind: EventKind = EventKind.MESSAGE, **more: Any) -> None:
    said = {"message_id": "first", "text": "Hallo", **more}
    intake.accept(connection, [InboundEvent(_KEYS[number], f"{number}.{event}", kind, **said)])


def _taken(connection: Any, process_id: int | None = None) -> Message:
    (taken,) = inbox.take(connection, 1, process_id)
    return taken.message


def _reply(connection: Any, number: int, to: Message | None = None, **more: Any) -> int:
    draft = Reply(ReplyKind.BOT, "Guten Tag")
    return outbox.queue_reply(connection, number, 0, draft, message_id=to.id if to else None, **more)


def _breaks_off(connection: Any) -> None:
    (started,) = outbox.start(connection, 1)
    outbox.settle_send(connection, started, ReplyState.UNCERTAIN)


def _since(connection: Any, reply_id: int) -> datetime:
    found: datetime = connection.execute(select(reply.c.settled_at).where(reply.c.id == reply_id)).scalar_one()
    return found


def _answered(connection: Any) -> None:
    """Message 1; its delivery came twice, and it was edited. Reply 1 arrived at the second attempt."""
    _arrives(connection, ANSWERED, "said")
    _arrives(connection, ANSWERED, "said again")
    taken = _taken(connection)
    _reply(connection, ANSWERED, taken)
    inbox.settle(connection, taken, MessageState.ANSWERED)
    _arrives(connection, ANSWERED, "edited", EventKind.EDIT)
    (first,) = outbox.start(connection, 1)
    outbox.postpone_send(connection, first, now() - timedelta(hours=1), "timed out")
    (second,) = outbox.start(connection, 1)
    outbox.settle_send(connection, second, ReplyState.SENT)


def _person(connection: Any) -> None:
    """Message 2, with a photo; an agent has the case. Of reply 2 nobody knows whether it arrived."""
    _arrives(connection, PERSON, "said", attachments=_PHOTO)
    taken = _taken(connection)
    _reply(connection, PERSON, taken)
    inbox.settle(connection, taken, MessageState.WITH_AGENT)
    case = cases.open_case(connection, PERSON, Handoff(HandoffReason.ASKED, Urgency.NORMAL), "Hallo")
    _breaks_off(connection)
    cases.claim(connection, case, add_staff(connection, login="anna", name="Anna", role="agent", password_hash=""))


def _given_up(connection: Any) -> None:
    """Message 3."""
    _arrives(connection, GIVEN_UP, "said")
    inbox.settle(connection, _taken(connection), MessageState.GIVEN_UP, reason="ValueError")
    cases.open_case(connection, GIVEN_UP, Handoff(HandoffReason.BRAIN_DOWN, Urgency.NORMAL), "Hallo")


def _taken_back(connection: Any) -> None:
    """Message 4."""
    _arrives(connection, TAKEN_BACK, "said")
    _arrives(connection, TAKEN_BACK, "deleted", EventKind.DELETE)


def _page(connection: Any) -> None:
    """Message 5; reply 3 is fetched by the page."""
    _arrives(connection, PAGE, "said")
    taken = _taken(connection)
    _reply(connection, PAGE, taken, sent=True)
    inbox.settle(connection, taken, MessageState.ANSWERED)


def _in_doubt(connection: Any) -> None:
    """Message 6. An agent says of reply 4 that it arrived, and has reply 5 sent again, which arrives."""
    _arrives(connection, IN_DOUBT, "said")
    taken = _taken(connection)
    for settle in (uncertain.it_arrived, uncertain.send_again):
        made = _reply(connection, IN_DOUBT, taken)
        _breaks_off(connection)
        settle(connection, made, 1, _since(connection, made))
    inbox.settle(connection, taken, MessageState.ANSWERED)
    (again,) = outbox.start(connection, 1)
    outbox.settle_send(connection, again, ReplyState.SENT)


def _working(connection: Any) -> None:
    """Process 1 works on message 7, 8 waits; it sends reply 6, 7 waits."""
    number = insert_row(connection, process, host="here", pid=1, started_at=now())
    _arrives(connection, WORKING, "said")
    _arrives(connection, WORKING, "said more", message_id="second")
    _taken(connection, number)
    _reply(connection, WORKING)
    _reply(connection, WORKING)
    outbox.start(connection, 1, number)
