"""What the desk's page is told, as JSON: cases, conversations with their readings, events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.channels.markup import to_html, to_plain
from bot.domain.reading import stands_alone
from bot.handoff.desk import CaseView
from bot.knowledge.library import Library
from bot.storage.cases import CaseRow
from bot.storage.corrections import RightAnswer
from bot.storage.staff import Staff
from bot.storage.transcript import Item
from bot.web.desk.attached import attached
from bot.web.desk.evidence import Explainer, title_of
from bot.web.desk.texts import details_in, reason_in

MAX_CANDIDATES = 5
Json = dict[str, Any]


class Presenter:
    """Tells one staff member, in their language."""

    def __init__(self, staff: Staff, library: Library, texts: dict[str, str]) -> None:
        self._staff = staff
        self._library = library
        self._texts = texts
        self._explain = Explainer(library, staff.language, texts)

    def me(self) -> Json:
        """Who is looking."""
        return {"id": self._staff.id, "name": self._staff.name, "role": self._staff.role}

    def row(self, case: CaseRow) -> Json:
        """A case as the queue lists it."""
        return {
            "id": case.id,
            "state": case.state.value,
            "urgency": case.urgency.word,
            "reason": case.reason,
            "opening": case.opening,
            "opened_at": _instant(case.opened_at),
            "claimed_at": _instant(case.claimed_at),
            "closed_at": _instant(case.closed_at),
            "staff": case.staff_name,
            "mine": case.staff_id == self._staff.id,
            "free": case.is_free,
            "language": case.customer_language,
            "channel": case.channel,
        }

    def view(self, view: CaseView) -> Json:
        """A case with all an agent needs to see."""
        conversation = view.conversation
        contact = conversation.facts.contact or view.case.evidence.get("contact")
        return {
            "case": {
                **self.row(view.case),
                "evidence": view.case.evidence,
                "why": self._explain.lines(view.case.evidence),
                "matter": _object(view.case.evidence.get("urgency")).get("reason"),
                "about": self.about(view),
            },
            "conversation": {
                "id": conversation.id,
                "owner": conversation.owner.value,
                "epoch": conversation.epoch,
                "language": conversation.language,
                "contact": contact if isinstance(contact, str) else None,
                "public": view.place.public,
                "closes_at": _instant(view.place.closes_at),
            },
            "items": [self._item(item, view.right_answers) for item in view.items],
            "events": _events(view),
            "linked": [
                {"id": one.id, "channel": one.channel, "heard_at": _instant(one.heard_at), "case_id": one.case_id}
                for one in view.linked
            ],
            "under_way": view.under_way,
        }

    def about(self, view: CaseView) -> str:
        """The customer's words that the urgency is about; what was deleted is gone."""
        customers = (item for item in view.items if item.sender == "customer" and not item.deleted)
        return next((item.text for item in customers if item.id == view.subject), "")

    def _item(self, item: Item, right_answers: dict[int, RightAnswer]) -> Json:
        customers = item.sender == "customer" and not item.deleted
        of_bot = item.sender != "customer" and item.markdown
        return {
            "id": item.id,
            "position": item.position,
            "from": item.sender,
            "name": item.author,
            "at": _instant(item.at),
            # what a customer deletes is gone for the agent too
            "text": "" if item.deleted else to_plain(item.text) if of_bot else item.text,
            "html": to_html(item.text) if of_bot else None,
            "buttons": [] if item.deleted else item.buttons,
            "pressed": item.button is not None,
            "source": item.source,
            "attachments": [] if item.deleted else [{**one, **attached(self._texts, one)} for one in item.attachments],
            "details": [] if item.deleted else details_in(self._texts, item.details),
            "client_id": item.client_id,
            "state": item.state,
            "why": reason_in(self._texts, item.state_reason),
            "uncertain_since": item.uncertain_since.isoformat() if item.uncertain_since else None,
            "delivered": item.delivered,
            "read": item.read,
            "edited": item.edited,
            "deleted": item.deleted,
            "reading": self._reading(item.reading) if item.reading and not item.deleted else None,
            "choices": self._choices(item) if customers and item.button is None else None,
            "right_answer": self._right_answer(right_answers.get(item.id)) if customers else None,
            "brain": item.brain,
        }

    def _choices(self, item: Item) -> list[Json] | None:
        """The answers that were thought of, to choose the right one from; None for what is no question by itself."""
        if item.reading is None or not stands_alone(item.reading):
            return None
        thought_of = [_object(one).get("answer_id") for one in _list(item.reading.get("candidates"))[:MAX_CANDIDATES]]
        found = [one for one in (self._library.get(str(answer_id)) for answer_id in thought_of) if one is not None]
        return [{"answer_id": one.id, "title": one.text_in(self._staff.language).question} for one in found]

    def _right_answer(self, said: RightAnswer | None) -> Json | None:
        if said is None:
            return None
        title = title_of(self._library, said.answer_id, self._staff.language) if said.answer_id is not None else None
        return {"answer_id": said.answer_id, "title": title, "staff": said.staff_name}

    def _reading(self, reading: Json) -> Json:
        """The parts of a reading that help a person; each may be missing, for older versions wrote them too."""
        urgency, decision = _object(reading.get("urgency")), _object(reading.get("decision"))
        candidates = [_object(one) for one in _list(reading.get("candidates"))[:MAX_CANDIDATES]]
        return {
            "language": reading.get("language"),
            "intent": reading.get("intent"),
            "intent_confidence": reading.get("intent_confidence"),
            "candidates": [
                {
                    "answer_id": one.get("answer_id"),
                    "title": title_of(self._library, one.get("answer_id"), self._staff.language),
                    "confidence": one.get("confidence"),
                }
                for one in candidates
            ],
            "decision": {"kind": decision.get("kind"), "handoff": decision.get("handoff")},
            "urgency": {
                "level": urgency.get("level"),
                "reason": urgency.get("reason"),
                "words": [str(_object(one).get("words", "")) for one in _list(urgency.get("evidence"))],
            },
        }


def _events(view: CaseView) -> list[Json]:
    """What happened to the case, by time, to be woven into the conversation."""
    case = view.case
    events = [{"kind": "opened", "at": _instant(case.opened_at), "reason": case.reason, "staff": None}]
    if case.claimed_at is not None:
        events.append({"kind": "claimed", "at": _instant(case.claimed_at), "reason": "", "staff": case.staff_name})
    if not case.state.is_open:
        events.append(
            {"kind": case.state.value, "at": _instant(case.closed_at), "reason": "", "staff": case.staff_name}
        )
    events += [
        {"kind": "urgency", "at": _instant(one.at), "reason": "", "staff": one.staff_name, "level": one.level.word}
        for one in view.corrections
    ]
    return sorted(events, key=lambda event: str(event["at"]))


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
