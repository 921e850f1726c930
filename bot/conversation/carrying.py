"""A customer takes a conversation along to another channel: a code here, the same code there, and it goes on where it stood."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace

from sqlalchemy import Connection

from bot.channels.directory import Directory
from bot.conversation.plan import Plan
from bot.conversation.wording import LANGUAGES, Wording
from bot.domain.conversation import Conversation
from bot.domain.message import Message, MessageState
from bot.domain.reading import Act
from bot.domain.reply import Reply, ReplyKind
from bot.personal import Personal
from bot.storage import cases, outbox
from bot.storage.carrying import VALID_FOR, issue, redeem
from bot.storage.rows import lock_conversation

_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is taken for another
_CODE = re.compile(rf"[{_SIGNS}]{{4}}-[{_SIGNS}]{{4}}")
_QUOTED = 120  # characters of the last question that are repeated


class Carrying:
    """Knows who wants a code and who brings one, and carries the conversation over in the transaction of the turn."""

    def __init__(self, wording: Wording, personal: Personal, channels: Directory) -> None:
        self._channels = channels
        self._wording = wording
        self._personal = personal
        self._asked = {phrase for language in LANGUAGES for phrase in wording.choices("carry.asked", language)}

    def act_of(self, message: Message) -> Act | None:
        """What a message is about where it is about this: to be given a code, or to use one. Never where others read along."""
        said = " ".join(message.text.split())
        if said.casefold().rstrip(".!?") in self._asked:
            return Act("carry", {"new": new_code()})
        return Act("carry", {"code": said.upper()}) if is_code(said.upper()) else None

    def write(self, connection: Connection, plan: Plan) -> Conversation | None:
        """Do what the plan's turn asks for, and say it. Returns the conversation that has been left, if one has."""
        if (code := plan.carry.get("new")) is not None:
            issue(connection, plan.conversation.id, code)
            self._say(plan, "carry.code", code=code, minutes=int(VALID_FOR.total_seconds() // 60))
        elif (code := plan.carry.get("code")) is not None:
            return self._redeem(connection, plan, code)
        return None

    def _redeem(self, connection: Connection, plan: Plan, code: str) -> Conversation | None:
        before = redeem(connection, plan.conversation.id, code)
        if before is None:
            self._say(plan, "carry.unknown")
            return None
        plan.facts = replace(before.facts, introduced=True)
        plan.language = before.language or plan.language
        question = self._personal.masked(before.facts.question or "")
        quoted = question if len(question) <= _QUOTED else question[: _QUOTED - 1] + "…"
        self._say(plan, "carry.welcome_back" if quoted else "carry.welcome", question=quoted)
        if cases.open_case_of(connection, plan.conversation.id) is not None:
            plan.state = MessageState.WITH_AGENT
        left = lock_conversation(connection, before.id)
        farewell = Reply(ReplyKind.NOTICE, self._wording.say("carry.gone", plan.language), plan.language)
        outbox.queue_reply(connection, left.id, left.epoch, farewell, sent=self._channels.is_fetched(left.key))
        return left

    def _say(self, plan: Plan, key: str, **places: object) -> None:
        text = self._wording.say(key, plan.language, turn=plan.message.id, **places)
        plan.replies.append(Reply(ReplyKind.BOT, text, plan.language))


def new_code() -> str:
    """A code of 40 random bits, less those that could be words: each half has a digit."""
    while True:
        code = "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(2))
        if is_code(code):
            return code


def is_code(text: str) -> bool:
    """Whether `text` looks like a code of ours."""
    return _CODE.fullmatch(text) is not None and all(any(map(str.isdigit, half)) for half in text.split("-"))
