"""Turns as the brain leaves them, and a library whose shelf is given."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.conversation.plan import Plan
from bot.domain.answer import Answer, AnswerText, CommunityReply, Link
from bot.domain.conversation import Conversation, ConversationKey, Facts, Owner
from bot.domain.message import EventKind, Message
from bot.domain.reading import Act, Reading, TurnResult
from bot.knowledge.library import Library

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FAQ = Answer(
    id="wifi-weak",
    kind="faq",
    topic="router",
    topic_titles=(("de", "Router"), ("en", "Router")),
    texts=(
        AnswerText(
            "de",
            "Was tun bei schwachem WLAN?",
            "{Stell|Stellen Sie} den Router frei.",
            "Router {frei|offen} hinstellen.",
        ),
        AnswerText("en", "What to do about weak WiFi?", "Place the router in the open."),
    ),
    links=(Link("https://www.example.org/wlan", (("de", "Mehr dazu"), ("en", "More"))),),
)
COMMUNITY = Answer(
    id="community-mesh",
    kind="community",
    topic="home-network",
    topic_titles=(("de", "Heimnetz"),),
    texts=(AnswerText("de", "Welcher Repeater?", "Welchen nehmt ihr?"),),
    replies=(
        CommunityReply("lina", "Den kleinen.", 30, False, NOW),
        CommunityReply("ole", "Den großen.", 14, True, NOW),
    ),
)


class Shelf(Library):
    """A library whose shelf is given."""

    def __init__(self, *answers: Answer) -> None:
        self._shelf = {answer.id: answer for answer in answers}


def plan(
    *acts: dict[str, Any],
    facts: Facts | None = None,
    language: str = "de",
    case_open: bool = False,
    reading: Reading | None = None,
    text: str = "frage",
    public: bool = False,
) -> Plan:
    """A turn as the brain leaves it to be acted on."""
    found = facts or Facts(introduced=True)
    made = tuple(Act(act["act"], {key: value for key, value in act.items() if key != "act"}) for act in acts)
    message = Message(1, 1, EventKind.MESSAGE, text, None, (), 1, NOW)
    conversation = Conversation(1, ConversationKey("web", "site", "x"), Owner.BOT, 0, "de", found)
    return Plan(
        message,
        conversation,
        TurnResult(reading, made, "local"),
        case_open,
        language=language,
        facts=found,
        public=public,
    )
