"""The schema. What later capabilities need apart is kept apart from the first day.

In the order of a message's way: `conversations`, `carrying`, `incoming`, `outgoing`, `people`, `knowledge`, `learning`, `history`, `processes`; `columns` is what all are made of.
Times are UTC, stored naive by SQLite; `Instant` gives them back aware. Order is by id, never by clock.
"""

from bot.storage.tables.carrying import carry_code
from bot.storage.tables.columns import metadata
from bot.storage.tables.conversations import channel_account, chat_name, conversation, customer, web_visitor
from bot.storage.tables.history import log
from bot.storage.tables.incoming import OPEN_MESSAGES, attachment, attachment_content, event, message, message_revision
from bot.storage.tables.knowledge import answer, answer_text, answer_version, community_reply, outcome, phrasing
from bot.storage.tables.learning import right_answer, urgency_correction
from bot.storage.tables.outgoing import OPEN_REPLIES, UNCERTAIN_REPLIES, attempt, reply
from bot.storage.tables.people import OPEN_CASES, case, staff, staff_session
from bot.storage.tables.processes import process, secret

__all__ = [
    "OPEN_CASES",
    "OPEN_MESSAGES",
    "OPEN_REPLIES",
    "UNCERTAIN_REPLIES",
    "answer",
    "answer_text",
    "answer_version",
    "attachment",
    "attachment_content",
    "attempt",
    "carry_code",
    "case",
    "channel_account",
    "chat_name",
    "community_reply",
    "conversation",
    "customer",
    "event",
    "log",
    "message",
    "message_revision",
    "metadata",
    "outcome",
    "phrasing",
    "process",
    "reply",
    "right_answer",
    "secret",
    "staff",
    "staff_session",
    "urgency_correction",
    "web_visitor",
]
