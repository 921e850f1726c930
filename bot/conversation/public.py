"""Where others read along: a short answer with a link, nothing personal, and the way to us in private.

No forms, no buttons, no questions back: whatever needs them goes on in private, and a person sees that it does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.channels.directory import Directory
from bot.conversation.answering import Answering
from bot.conversation.plan import Outcome, Plan
from bot.conversation.waiting import Waiting
from bot.conversation.wording import Wording
from bot.domain.handoff import Handoff, HandoffReason
from bot.domain.message import MessageState
from bot.domain.reading import Urgency
from bot.domain.reply import Reply, ReplyKind
from bot.personal import Personal

_SAID = frozenset({"greet", "thanks", "praise", "insult", "distress", "bot_challenge", "apology_user", "goodbye"})
"""Small talk that is answered before everybody; the rest is talk between others."""


class PublicActing:
    """Carries acts out on a plan of a public conversation. `chat_url`: our own chat, for channels without a private side."""

    def __init__(
        self,
        answering: Answering,
        waiting: Waiting,
        wording: Wording,
        personal: Personal,
        channels: Directory,
        chat_url: str,
    ) -> None:
        self._answering = answering
        self._waiting = waiting
        self._wording = wording
        self._personal = personal
        self._channels = channels
        self._chat_url = chat_url
        self._by_name: dict[str, Callable[[Plan, dict[str, Any]], None]] = {
            "answer": self._answer,
            "small_talk": self._small_talk,
            "handoff": self._handoff,
            "helped": self._helped,
            "not_helped": self._not_helped,
            "contact": self._contact,
            "fault": self._fault,
            "ask": self._ask,
            "cancelled": lambda plan, data: None,
            "language": self._language,
        }

    def carry_out(self, plan: Plan) -> None:
        """Every act of the plan's turn, in order. Whoever left personal data before everybody is told so first."""
        if found := self._personal.find(plan.message.text):
            what = self._wording.say(f"personal.{found[0].kind}", plan.language)
            self._say(plan, "public.personal", what=what)
        for act in plan.result.acts:
            self._by_name.get(act.name, self._unsure)(plan, act.data)

    def announce(self, plan: Plan, handoff: Handoff) -> None:
        """Say that a person looks at it, and where to go on in private. Among others who can answer, only what is urgent is said."""
        urgent = handoff.urgency in (Urgency.EMERGENCY, Urgency.HIGH)
        if self._channels.capabilities(plan.conversation.key).only_sure and not urgent:
            return
        why = self._waiting.why(handoff, plan.language, plan.message.id) if urgent else ""
        text = why or self._wording.say("public.handoff", plan.language, turn=plan.message.id)
        notice = Reply(ReplyKind.NOTICE, f"{text} {self._invitation(plan)}".strip(), plan.language)
        plan.replies.insert(0 if urgent else len(plan.replies), notice)

    def sign(self, plan: Plan) -> None:
        """One post a turn, not several; the first one in a conversation says that a machine wrote it (EU AI Act, article 50)."""
        spoken = [reply for reply in plan.replies if not reply.private]
        if not spoken:
            return
        texts = [reply.text for reply in spoken]
        if not plan.facts.introduced:
            texts.append(self._wording.say("public.marker", plan.language))
            plan.remember(introduced=True)
        bot = any(reply.kind is ReplyKind.BOT for reply in spoken)
        answered = next((reply.answer_id for reply in spoken if reply.answer_id), None)
        kind = ReplyKind.BOT if bot else ReplyKind.NOTICE
        post = Reply(kind, "\n\n".join(texts), plan.language, answer_id=answered)
        plan.replies = [post, *(reply for reply in plan.replies if reply.private)]

    def _say(self, plan: Plan, key: str, **places: object) -> None:
        text = self._wording.say(key, plan.language, turn=plan.message.id, **places)
        plan.replies.append(Reply(ReplyKind.BOT, text, plan.language))

    def _answer(self, plan: Plan, data: dict[str, Any]) -> None:
        known = self._answering.known([str(answer_id) for answer_id in data.get("answer_ids", ())])
        reply = self._answering.public_reply(known[0], plan.language) if known else None
        if reply is None:  # retired between reading and answering
            plan.call_person(HandoffReason.UNSURE)
            return
        plan.replies.append(reply)
        plan.remember(answer_id=known[0], answered_id=plan.message.id, offered=())
        plan.remember(question=plan.message.text, question_id=plan.message.id)

    def _small_talk(self, plan: Plan, data: dict[str, Any]) -> None:
        intent = str(data.get("intent", ""))
        if intent in _SAID and not self._channels.capabilities(plan.conversation.key).only_sure:
            self._say(plan, f"small_talk.{intent}")
        else:
            plan.state = MessageState.IGNORED

    def _handoff(self, plan: Plan, data: dict[str, Any]) -> None:
        reason = str(data.get("reason"))
        plan.call_person(HandoffReason(reason) if reason in set(HandoffReason) else HandoffReason.UNSURE)

    def _helped(self, plan: Plan, _data: dict[str, Any]) -> None:
        self._note(plan, "helped")
        self._say(plan, "small_talk.thanks")

    def _not_helped(self, plan: Plan, _data: dict[str, Any]) -> None:
        self._note(plan, "not_helped")
        plan.call_person(HandoffReason.NOT_HELPED, answer_id=plan.facts.answer_id)

    def _note(self, plan: Plan, kind: str) -> None:
        if plan.facts.answer_id:
            plan.outcome = Outcome(plan.facts.answer_id, kind, plan.facts.answered_id)

    def _contact(self, plan: Plan, data: dict[str, Any]) -> None:
        plan.evidence["contact"] = str(data.get("value", ""))
        plan.remember(contact=plan.evidence["contact"])
        plan.call_person(HandoffReason.CONTACT)

    def _fault(self, plan: Plan, data: dict[str, Any]) -> None:
        plan.evidence["fault"] = {"since": data.get("since"), "scope": data.get("scope")}
        plan.call_person(HandoffReason.FAULT)

    def _ask(self, plan: Plan, data: dict[str, Any]) -> None:
        """A form would ask for what is nobody's business here: it ends, and goes on in private."""
        plan.remember(form={})
        plan.call_person(HandoffReason.CONTACT if data.get("slot") == "contact" else HandoffReason.FAULT)

    def _language(self, plan: Plan, data: dict[str, Any]) -> None:
        plan.state = MessageState.IGNORED

    def _unsure(self, plan: Plan, _data: dict[str, Any]) -> None:
        plan.call_person(HandoffReason.UNSURE)

    def _invitation(self, plan: Plan) -> str:
        """Where to go on in private; said once in a conversation."""
        if plan.facts.invited:
            return ""
        plan.remember(invited=True)
        key = plan.conversation.key
        if self._channels.capabilities(key).private_replies:
            text = self._wording.say("public.private_message", plan.language, turn=plan.message.id)
            plan.replies.append(Reply(ReplyKind.NOTICE, text, plan.language, markdown=True, private=True))
            return self._wording.say("public.written", plan.language)
        url = self._channels.private_url(key) or self._chat_url
        return self._wording.say("public.invitation", plan.language, url=url)
