"""The whole story of a message, on one page.

A message comes with its conversation. Somebody understands it (a brain), somebody decides what is said (acting, waiting), and all
that follows is written in one transaction: the message settled, the replies in the outbox, the case, what the bot remembers.
"""

from __future__ import annotations

from dataclasses import replace

import structlog
from sqlalchemy import Connection

from bot.brain.base import Brain
from bot.channels.directory import Directory
from bot.channels.faces import told_by_number
from bot.conversation.acting import Acting
from bot.conversation.answering import Answering
from bot.conversation.carrying import Carrying
from bot.conversation.choosing import chosen, number_of
from bot.conversation.handing import Handing
from bot.conversation.letters import as_letters
from bot.conversation.plan import Plan
from bot.conversation.public import PublicActing
from bot.conversation.waiting import Waiting
from bot.conversation.wording import LANGUAGES, Wording
from bot.delivery.typing import Typing
from bot.domain.conversation import Conversation, Facts, Owner
from bot.domain.handoff import HandoffReason
from bot.domain.message import Message, MessageState
from bot.domain.reading import Act, Reading, Turn, TurnResult
from bot.domain.reply import Reply, ReplyKind
from bot.errors import BrainUnavailable
from bot.storage import inbox, outbox
from bot.storage.conversations import note_outcome, offered_last, remember
from bot.storage.inbox import Taken
from bot.storage.live import Live
from bot.storage.rows import lock_conversation
from bot.storage.store import Store

_LOG = structlog.get_logger()
_COMMANDS = {"start": "greet", "help": "what_can_you_do"}
_BUTTONS = frozenset(
    {
        "choose_answer",
        "helped_yes",
        "helped_no",
        "other_answer",
        "human",
        "leave_contact",
        "report_fault",
        "cancel",
        "language",
    }
)


class Flow:
    """Takes turns. One object serves all conversations."""

    def __init__(
        self,
        store: Store,
        live: Live,
        brain: Brain,
        typing: Typing,
        answering: Answering,
        waiting: Waiting,
        wording: Wording,
        channels: Directory,
        public: PublicActing,
        carrying: Carrying,
    ) -> None:
        self._store = store
        self._live = live
        self._brain = brain
        self._typing = typing
        self._channels = channels
        self._acting = Acting(answering, wording)
        self._public = public
        self._carrying = carrying
        self._handing = Handing(waiting, public)
        self._wording = wording

    async def handle(self, taken: Taken) -> None:
        """Take one turn."""
        if taken.conversation.owner is Owner.AGENT:
            await self._leave_to_agent(taken)
            return
        taken = await self._with_choice(taken)
        with self._typing.while_thinking(taken.conversation.key):
            plan = self._plan(taken, await self._understand(taken))
        if plan.public:
            self._public.carry_out(plan)
        else:
            self._introduce(plan)
            self._acting.carry_out(plan)
        left = await self._store.write(lambda connection: self._write(connection, plan))
        for conversation in filter(None, (plan.conversation, left)):
            self._tell(conversation)

    async def give_up(self, taken: Taken, reason: str) -> None:
        """The turn failed too often: a person gets the message, and the customer is told."""
        plan = self._plan(
            taken, TurnResult(None, (Act("handoff", {"reason": HandoffReason.BRAIN_DOWN.value}),), "none")
        )
        self._acting.carry_out(plan)
        plan.state = MessageState.GIVEN_UP
        await self._store.write(lambda connection: self._write(connection, plan, reason=reason))
        self._tell(plan.conversation)

    async def _with_choice(self, taken: Taken) -> Taken:
        """A number alone is the button that was shown under it, where the channel does not show all of them to be pressed."""
        number = number_of(taken.message.text) if taken.message.button is None else None
        if number is None:
            return taken
        offered = await self._store.read(lambda connection: offered_last(connection, taken.conversation.id))
        if not told_by_number(offered, self._channels.capabilities(taken.conversation.key)):
            return taken
        return replace(taken, message=replace(taken.message, button=chosen(number, offered)))

    async def _understand(self, taken: Taken) -> TurnResult:
        message, conversation = taken.message, taken.conversation
        public = self._channels.is_public(conversation.key)
        if message.button is None and not public and (act := self._carrying.act_of(message)) is not None:
            return TurnResult(None, (act,), "none")
        if message.attachments and not message.text:
            return _attachment_turn(message)
        if message.button is not None and message.button.name in _COMMANDS:
            return TurnResult(None, (Act("small_talk", {"intent": _COMMANDS[message.button.name]}),), "none")
        if message.button is not None and message.button.name not in _BUTTONS:  # not one of ours: somebody tries things
            return TurnResult(None, (Act("rephrase"),), "none")
        try:
            return await self._brain.turn(_turn(message, conversation))
        except BrainUnavailable as error:
            _LOG.error("brain.unavailable", message=message.id, reason=str(error))
            act = Act("handoff", {"reason": HandoffReason.BRAIN_DOWN.value})
            return TurnResult(None, (act,), "none")

    async def _leave_to_agent(self, taken: Taken) -> None:
        """A person has the word: the message is read for their eyes only."""
        reading = await self._read_quietly(taken)
        data = reading.data if reading else None
        await self._store.write(
            lambda connection: inbox.settle(connection, taken.message, MessageState.WITH_AGENT, reading=data)
        )
        self._tell(taken.conversation)

    async def _read_quietly(self, taken: Taken) -> Reading | None:
        if not taken.message.text:
            return None
        try:
            return await self._brain.read(taken.message.text, _context(taken.conversation))
        except BrainUnavailable:
            return None

    def _plan(self, taken: Taken, result: TurnResult) -> Plan:
        read = result.reading.language if result.reading else None
        spoken = taken.conversation.language
        language = read if read in LANGUAGES else spoken if spoken in LANGUAGES else LANGUAGES[0]
        return Plan(
            taken.message,
            taken.conversation,
            result,
            taken.case_open,
            language=language,
            facts=_facts_after(taken, result),
            public=self._channels.is_public(taken.conversation.key),
        )

    def _introduce(self, plan: Plan) -> None:
        """At first contact, on every private channel: this is a machine (EU AI Act, article 50), and how to reach a person."""
        if plan.facts.introduced:
            return
        text = self._wording.say("introduction", plan.language)
        plan.replies.append(Reply(ReplyKind.NOTICE, text, plan.language, markdown=True))
        plan.remember(introduced=True)

    def _write(self, connection: Connection, plan: Plan, *, reason: str = "") -> Conversation | None:
        """The one transaction of a turn. If a person took over meanwhile, the bot keeps its words to itself.

        Returns the conversation that was carried over into this one, if one was.
        """
        plan = replace(
            plan, replies=list(plan.replies)
        )  # a transaction may be run again, and begins with the same plan
        data = plan.reading.data if plan.reading else None
        current = lock_conversation(connection, plan.conversation.id)
        if current.epoch != plan.conversation.epoch or current.owner is not Owner.BOT:
            state = MessageState.WITH_AGENT if current.owner is Owner.AGENT else MessageState.CLOSED
            inbox.settle(connection, plan.message, state, reason="taken over", reading=data, brain=plan.result.brain)
            return None
        left = self._carrying.write(connection, plan)
        self._handing.write(connection, plan)
        if plan.public:
            self._public.sign(plan)
        letters = self._channels.capabilities(current.key).letters
        for draft in as_letters(plan.replies) if letters else plan.replies:
            outbox.queue_reply(
                connection,
                current.id,
                current.epoch,
                draft,
                message_id=plan.message.id,
                sent=self._channels.is_fetched(current.key),
            )
        if plan.outcome is not None:
            note_outcome(connection, current.id, plan.message.id, **vars(plan.outcome))
        remember(connection, current.id, plan.facts, plan.language)
        inbox.settle(connection, plan.message, plan.state, reason=reason, reading=data, brain=plan.result.brain)
        return left

    def _tell(self, conversation: Conversation) -> None:
        if self._channels.is_fetched(conversation.key):
            self._live.tell(f"chat:{conversation.id}", "items")
        else:
            self._live.tell("outbox")
        self._live.tell("desk", f"conversation:{conversation.id}")
        self._live.tell("desk", "queue")


def _context(conversation: Conversation) -> dict[str, object]:
    facts = conversation.facts
    return {
        "language": conversation.language,
        "answer_id": facts.answer_id,
        "question": facts.question,
        "failures": facts.failures,
        "offered": list(facts.offered),
        "form": facts.form,
    }


def _turn(message: Message, conversation: Conversation) -> Turn:
    button = (message.button.name, message.button.value) if message.button else None
    return Turn(
        conversation=conversation.key.hashed(),
        message_id=f"{message.id}.{message.revision}",
        text=None if button else message.text,
        button=button,
        context=_context(conversation),
    )


def _attachment_turn(message: Message) -> TurnResult:
    return TurnResult(None, (Act("attachment", {"kind": message.attachments[0].kind}),), "none")


def _facts_after(taken: Taken, result: TurnResult) -> Facts:
    """What is remembered, with how far the dialogue has come; where no brain was asked, it stands where it stood."""
    facts = taken.conversation.facts
    return facts if result.brain == "none" else replace(facts, form=result.form or {})
