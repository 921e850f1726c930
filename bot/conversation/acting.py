"""From acts to words: each act of the brain adds its part to the plan of the turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.conversation.answering import Answering
from bot.conversation.plan import Outcome, Plan
from bot.conversation.wording import LANGUAGES, Wording
from bot.domain.handoff import HandoffReason
from bot.domain.message import Button, MessageState
from bot.domain.reply import Reply, ReplyKind

PATIENCE = 2  # times in a row the bot may be of no help before a person is called


class Acting:
    """Carries acts out on a plan; says nothing by itself."""

    def __init__(self, answering: Answering, wording: Wording) -> None:
        self._answering = answering
        self._wording = wording
        self._by_name: dict[str, Callable[[Plan, dict[str, Any]], None]] = {
            "answer": self._answer,
            "clarify": self._clarify,
            "rephrase": self._rephrase,
            "small_talk": self._small_talk,
            "handoff": self._handoff,
            "helped": self._helped,
            "not_helped": self._not_helped,
            "ask": self._ask,
            "invalid": self._invalid,
            "contact": self._contact,
            "fault": self._fault,
            "cancelled": self._cancelled,
            "language": self._language,
            "attachment": self._attachment,
            "carry": lambda plan, data: plan.carry.update(data),
        }

    def carry_out(self, plan: Plan) -> None:
        """Every act of the plan's turn, in order. While a person is awaited the bot only adds what it is sure of."""
        for act in plan.result.acts:
            if plan.case_open and act.name in ("clarify", "rephrase", "attachment"):
                plan.attach = (
                    True  # a person will see it; what the bot may offer meanwhile are answers, not questions back
                )
                if not act.data.get("answer_ids"):
                    continue
            self._by_name[act.name](plan, act.data)

    def say(self, plan: Plan, key: str, *, buttons: tuple[str, ...] = (), **places: object) -> None:
        """Add a reply of the bot's own words."""
        text = self._wording.say(key, plan.language, turn=plan.message.id, **places)
        made = tuple(self.button(name, plan) for name in buttons)
        plan.replies.append(Reply(ReplyKind.BOT, text, plan.language, markdown=True, buttons=made))

    def button(self, name: str, plan: Plan) -> Button:
        """A button in the plan's language."""
        return Button(name, "", self._answering.label(name, plan.language))

    def _answer(self, plan: Plan, data: dict[str, Any]) -> None:
        wanted = [str(answer_id) for answer_id in data.get("answer_ids", ())]
        replies = [self._answering.reply(one, plan.language, turn=plan.message.id) for one in wanted]
        given = [reply for reply in replies if reply is not None]
        if not given:  # retired between reading and answering
            plan.call_person(HandoffReason.UNSURE)
            return
        plan.replies.extend(given)
        others = plan.facts.others if data.get("chosen") else (plan.reading.candidate_ids() if plan.reading else ())
        question, question_id = _asked(plan, wanted[0], chosen=bool(data.get("chosen")))
        rest = tuple(other for other in others if other not in wanted)[:3]
        plan.remember(answer_id=wanted[0], answered_id=question_id, others=rest, offered=())
        plan.remember(question=question, question_id=question_id)

    def _clarify(self, plan: Plan, data: dict[str, Any]) -> None:
        ids = self._answering.known([str(answer_id) for answer_id in data.get("answer_ids", ())])
        if not ids:
            self._rephrase(plan, data)
            return
        text = self._wording.say(_offering(plan, ids), plan.language, turn=plan.message.id)
        buttons = (*self._answering.choices(ids, plan.language), self.button("other_answer", plan))
        plan.replies.append(Reply(ReplyKind.BOT, text, plan.language, buttons=buttons))
        failures = plan.facts.failures + (1 if plan.facts.offered else 0)
        plan.remember(
            offered=tuple(ids),
            others=tuple(ids),
            question=plan.message.text,
            question_id=plan.message.id,
            failures=failures,
        )

    def _rephrase(self, plan: Plan, _data: dict[str, Any]) -> None:
        if plan.facts.failures + 1 > PATIENCE:
            plan.call_person(HandoffReason.REPEATED_FAILURE)
            return
        other = plan.message.button is not None and plan.message.button.name == "other_answer"
        key = "no_price" if plan.asks_price else "rephrase_other" if other else "rephrase"
        self.say(plan, key, buttons=("human",))
        plan.remember(failures=plan.facts.failures + 1, offered=())

    def _small_talk(self, plan: Plan, data: dict[str, Any]) -> None:
        intent = str(data.get("intent", ""))
        if intent == "greet" and plan.replies:  # the introduction has greeted already
            intent = "greet_first"
        key = f"small_talk.{intent}"
        if plan.case_open and self._wording.knows(f"{key}.waiting"):
            key = f"{key}.waiting"
        self.say(plan, key if self._wording.knows(key) else "small_talk.chitchat_other")

    def _handoff(self, plan: Plan, data: dict[str, Any]) -> None:
        try:
            reason = HandoffReason(str(data.get("reason")))
        except ValueError:
            reason = HandoffReason.UNSURE
        if reason is HandoffReason.BRAIN_DOWN:
            plan.pass_on_form()
        plan.call_person(reason)

    def _helped(self, plan: Plan, _data: dict[str, Any]) -> None:
        self.say(plan, "helped")
        if plan.facts.answer_id:
            plan.outcome = _outcome(plan, plan.facts.answer_id, "helped")
        plan.remember(failures=0, offered=())

    def _not_helped(self, plan: Plan, _data: dict[str, Any]) -> None:
        if plan.facts.answer_id:
            plan.outcome = _outcome(plan, plan.facts.answer_id, "not_helped")
        failures = plan.facts.failures + 1
        if failures >= PATIENCE or plan.case_open:
            plan.call_person(HandoffReason.NOT_HELPED, answer_id=plan.facts.answer_id)
            return
        others = self._answering.known([one for one in plan.facts.others if one != plan.facts.answer_id])[:2]
        key = "not_helped" if others else "not_helped_nothing_else"
        text = self._wording.say(key, plan.language, turn=plan.message.id)
        names = ("report_fault", "human") if self._answering.is_fault(plan.facts.answer_id) else ("human",)
        buttons = (*self._answering.choices(others, plan.language), *(self.button(name, plan) for name in names))
        plan.replies.append(Reply(ReplyKind.BOT, text, plan.language, buttons=buttons))
        plan.remember(failures=failures, offered=tuple(others))

    def _ask(self, plan: Plan, data: dict[str, Any]) -> None:
        self.say(plan, f"ask.{data.get('slot')}", buttons=("cancel",))

    def _invalid(self, plan: Plan, data: dict[str, Any]) -> None:
        key = f"invalid.{data.get('slot')}"
        self.say(plan, key if self._wording.knows(key) else "invalid.other", buttons=("cancel",))

    def _contact(self, plan: Plan, data: dict[str, Any]) -> None:
        contact = str(data.get("value", ""))
        plan.remember(contact=contact)
        plan.evidence["contact"] = contact
        self.say(plan, "handoff.contact")
        if not plan.case_open:
            plan.call_person(HandoffReason.CONTACT)
        plan.state = MessageState.WITH_AGENT

    def _fault(self, plan: Plan, data: dict[str, Any]) -> None:
        plan.evidence["fault"] = {"since": data.get("since"), "scope": data.get("scope")}
        plan.call_person(HandoffReason.FAULT)

    def _cancelled(self, plan: Plan, _data: dict[str, Any]) -> None:
        self.say(plan, "cancelled")

    def _language(self, plan: Plan, data: dict[str, Any]) -> None:
        wanted = str(data.get("language", ""))
        if wanted not in LANGUAGES:
            text = self._wording.say("language_choice", plan.language)
            buttons = tuple(Button("language", one, self._answering.label(f"language_{one}", one)) for one in LANGUAGES)
            plan.replies.append(Reply(ReplyKind.BOT, text, plan.language, buttons=buttons))
            return
        plan.language = wanted
        self.say(plan, "language")

    def _attachment(self, plan: Plan, data: dict[str, Any]) -> None:
        key = f"attachment.{data.get('kind')}"
        buttons = () if data.get("kind") == "sticker" else ("human",)
        self.say(plan, key if self._wording.knows(key) else "attachment", buttons=buttons)


def _offering(plan: Plan, answer_ids: list[str]) -> str:
    """The words under which answers are offered. Beside a person who comes anyway they are no question back."""
    if plan.asks_price:
        return "clarify_price"
    if plan.handoff is not None or plan.case_open:
        return "clarify_meanwhile"
    return "clarify" if len(answer_ids) > 1 else "clarify_one"


def _outcome(plan: Plan, answer_id: str, kind: str) -> Outcome:
    """What was said of the answer given last; a button under an older answer does not speak of the question that came last."""
    pressed = plan.message.button.value if plan.message.button is not None else ""
    return Outcome(answer_id, kind, plan.facts.answered_id if pressed in ("", answer_id) else None)


def _asked(plan: Plan, answer_id: str, *, chosen: bool) -> tuple[str | None, int | None]:
    """What an answer is given to, and its message; of a choice among older offers nobody knows which message it was."""
    if not chosen:
        return plan.message.text, plan.message.id
    return plan.facts.question, plan.facts.question_id if answer_id in plan.facts.offered else None
