"""Where others read along: short, nothing personal, and the way to us in private."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.channels.base import Capabilities, Channel
from bot.channels.directory import Directory
from bot.conversation.answering import Answering
from bot.conversation.public import PublicActing
from bot.conversation.waiting import Waiting
from bot.conversation.wording import Wording
from bot.domain.conversation import ConversationKey, Facts
from bot.domain.handoff import Handoff, HandoffReason
from bot.domain.message import MessageState
from bot.domain.reading import Urgency
from bot.domain.reply import Outgoing, Receipt, ReplyKind
from bot.personal import Personal
from bot.settings import Company, Hours, Settings
from tests.unit.conversation.turns import COMMUNITY, FAQ, Shelf, plan


class Square(Channel):
    """A public place; `web` is where the plans of these tests are."""

    name, account = "web", "site"

    def __init__(self, capabilities: Capabilities, url: str = "") -> None:
        self.capabilities = capabilities
        self._url = url

    async def send(self, outgoing: Outgoing) -> Receipt:
        return Receipt()

    def private_url(self, key: ConversationKey) -> str:
        return self._url


PUBLIC = Capabilities(max_text=280, public=True)


def acting(capabilities: Capabilities = PUBLIC, url: str = "") -> PublicActing:
    wording = Wording(
        "sie", {"company": "Fernblick", "bot_name": "Fernblick-Assistent", "privacy_url": "https://p.example"}
    )
    answering = Answering(Shelf(FAQ, COMMUNITY), wording, Settings(company=Company(address="sie")))
    channels = Directory([Square(capabilities, url)])
    return PublicActing(
        answering,
        Waiting(wording, Hours()),
        wording,
        Personal(r"(?<!\d)\d{10}(?!\d)"),
        channels,
        "https://chat.example/",
    )


def test_an_answer_is_its_short_form_with_a_link_and_says_once_that_a_machine_wrote_it() -> None:
    square = acting()
    turn = plan({"act": "answer", "answer_ids": ["wifi-weak"]}, facts=Facts(), public=True)
    square.carry_out(turn)
    square.sign(turn)
    [post] = turn.replies
    assert post.text == (
        "Router offen hinstellen. http://localhost:8080/answers/wifi-weak?language=de\n\nAutomatische Antwort von Fernblick."
    )
    assert (post.buttons, post.source, post.answer_id) == ((), None, "wifi-weak")
    again = plan({"act": "answer", "answer_ids": ["wifi-weak"]}, facts=turn.facts, public=True)
    square.carry_out(again)
    square.sign(again)
    assert "Automatische" not in again.replies[0].text


def test_without_a_short_form_the_answer_begins_as_it_does() -> None:
    turn = plan({"act": "answer", "answer_ids": ["community-mesh"]}, public=True)
    acting().carry_out(turn)
    assert turn.replies[0].text.startswith("Den großen. http://localhost:8080/answers/community-mesh")


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("bitte ruft an: 0171 5552368", "die Telefonnummer"),
        ("IBAN DE89370400440532013000", "die Kontonummer (IBAN)"),
        ("Kundennummer 4711081599", "die Kundennummer"),
    ],
)
def test_who_leaves_personal_data_is_warned_kindly_and_never_hears_it_again(said: str, what: str) -> None:
    square = acting()
    turn = plan({"act": "answer", "answer_ids": ["wifi-weak"]}, text=said, public=True)
    square.carry_out(turn)
    square.sign(turn)
    [post] = turn.replies
    assert post.text.startswith(f"Ein Hinweis zu Ihrem Schutz: {what} ist hier für alle lesbar.")
    assert "Router offen hinstellen." in post.text
    assert not set(said.split()[-1:]) & set(post.text.split())


@pytest.mark.parametrize("act", ["clarify", "rephrase", "attachment", "invalid"])
def test_what_needs_a_question_back_goes_to_a_person(act: str) -> None:
    turn = plan({"act": act, "answer_ids": ["wifi-weak"], "slot": "contact", "kind": "photo"}, public=True)
    acting().carry_out(turn)
    assert turn.handoff is not None
    assert turn.handoff.reason is HandoffReason.UNSURE
    assert turn.replies == []


def test_a_form_ends_before_it_asks_anything_personal() -> None:
    turn = plan({"act": "ask", "slot": "contact"}, facts=Facts(form={"name": "contact_form"}), public=True)
    acting().carry_out(turn)
    assert turn.facts.form == {}
    assert turn.handoff is not None


@pytest.mark.parametrize(("url", "shown"), [("https://m.me/1", "https://m.me/1"), ("", "https://chat.example/")])
def test_a_handoff_invites_to_a_private_place_once(url: str, shown: str) -> None:
    square, handoff = acting(url=url), Handoff(HandoffReason.UNSURE, Urgency.NORMAL)
    turn = plan(public=True)
    square.announce(turn, handoff)
    assert (
        turn.replies[0].text == f"Danke, das sieht sich eine Person von uns an. Persönliches bitte nur privat: {shown}"
    )
    second = plan(facts=turn.facts, public=True)
    square.announce(second, handoff)
    assert second.replies[0].text == "Danke, das sieht sich eine Person von uns an."


def test_where_the_author_can_be_reached_alone_they_are_written_to() -> None:
    square = acting(replace(PUBLIC, private_replies=True))
    turn = plan(public=True)
    square.announce(turn, Handoff(HandoffReason.UNSURE, Urgency.NORMAL))
    square.sign(turn)
    post, alone = turn.replies
    assert "privat geschrieben" in post.text
    assert (post.private, alone.private, alone.kind) == (False, True, ReplyKind.NOTICE)
    assert "Fernblick-Assistent" in alone.text


def test_in_danger_what_to_do_at_once_comes_first() -> None:
    turn = plan({"act": "answer", "answer_ids": ["wifi-weak"]}, public=True)
    square = acting(replace(PUBLIC, only_sure=True))
    square.carry_out(turn)
    square.announce(turn, Handoff(HandoffReason.URGENT, Urgency.EMERGENCY, {"urgency": {"reason": "danger"}}))
    assert "Notruf" in turn.replies[0].text


def test_among_others_who_can_answer_only_sure_answers_are_said() -> None:
    square = acting(replace(PUBLIC, only_sure=True))
    unsure = plan({"act": "rephrase"}, public=True)
    square.carry_out(unsure)
    assert unsure.handoff is not None
    square.announce(unsure, unsure.handoff)
    thanks = plan({"act": "small_talk", "intent": "thanks"}, public=True)
    square.carry_out(thanks)
    square.sign(thanks)
    assert (unsure.replies, thanks.replies, thanks.state) == ([], [], MessageState.IGNORED)
