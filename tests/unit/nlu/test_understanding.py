"""Reading whole messages with a small content."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlu.reading import Context, DecisionKind, Level, Urgency
from nlu.snapshot import Snapshot
from nlu.triage import TriageSettings
from nlu.understanding import Understanding


@pytest.mark.parametrize(
    ("text", "language", "answer"),
    [
        ("Wie kann ich den Vertrag kündigen?", "de", "contract-cancel"),
        ("wlan-pasword wo?", "de", "wifi-password"),
        ("where can i download my bill", "en", "bill-view"),
        ("Hallo, wo finde ich meine Rechnung? Danke!", "de", "bill-view"),
        ("mobilfunkrechnung ansehen", "de", "bill-view"),
    ],
)
def test_a_question_finds_its_answer(understanding: Understanding, text: str, language: str, answer: str) -> None:
    reading = understanding.read(text)
    assert (reading.intent, reading.language, reading.candidates[0].answer_id) == ("question", language, answer)


@pytest.mark.parametrize(("text", "intent"), [("hallo", "greet"), ("vielen dank", "thanks"), ("dummer bot", "insult")])
def test_small_talk_stays_small_talk(understanding: Understanding, text: str, intent: str) -> None:
    reading = understanding.read(text)
    assert (reading.intent, reading.decision.kind) == (intent, DecisionKind.SMALL_TALK)


def test_asking_for_a_person_hands_over(understanding: Understanding) -> None:
    decision = understanding.read("ich will mit einem menschen sprechen").decision
    assert (decision.kind, decision.handoff) == (DecisionKind.HANDOFF, "asked")


@pytest.mark.parametrize(
    "text", ["aus dem router kommt rauch, wlan passwort", "ich will nicht mehr leben, vertrag kündigen"]
)
def test_danger_never_gets_an_answer_from_the_faq(snapshot: Snapshot, text: str) -> None:
    eager = Understanding(replace(snapshot, settings=TriageSettings(promised_precision=0.0)))
    decision = eager.read(text).decision
    assert (decision.kind, decision.answer_ids, decision.handoff) == (DecisionKind.HANDOFF, (), "urgent")


def test_an_urgent_question_gets_its_answer_and_a_person(snapshot: Snapshot) -> None:
    eager = Understanding(replace(snapshot, settings=TriageSettings(promised_precision=0.0)))
    decision = eager.read("mein handy wurde gestohlen, sim karte sperren").decision
    assert (decision.kind, decision.answer_ids, decision.handoff) == (DecisionKind.ANSWER, ("sim-lost",), "urgent")


def test_without_alarms_every_message_is_calm(snapshot: Snapshot) -> None:
    text = "ich will nicht mehr leben"
    assert Understanding(snapshot).read(text).urgency.level is Level.EMERGENCY
    calm = Understanding(snapshot, alarms=False).read(text)
    assert calm.urgency == Urgency()
    assert calm.decision.handoff != "urgent"


def test_a_vague_message_is_asked_again_once_and_then_handed_over(understanding: Understanding) -> None:
    first = understanding.read("qqq").decision
    assert (first.kind, first.answer_ids, first.handoff) == (DecisionKind.CLARIFY, (), None)
    assert understanding.read("qqq", Context(failures=2)).decision.handoff == "repeated_failure"


def test_a_follow_up_is_about_what_was_asked_before(understanding: Understanding) -> None:
    before = Context(language="de", answer_id="roaming-eu", question="Kann ich mein Handy in Spanien nutzen?")
    reading = understanding.read("und geht das auch länger?", before)
    assert reading.candidates[0].answer_id == "roaming-eu"
    assert reading.notes == ("follow_up",)


@pytest.mark.parametrize(
    ("answer_id", "question", "kind", "answers"),
    [
        ("roaming-world", "Kann ich mein Handy in Kanada nutzen?", DecisionKind.ANSWER, ("roaming-world",)),
        ("roaming-eu", "Kann ich mein Handy in Spanien nutzen?", DecisionKind.CLARIFY, ("roaming-world",)),
        ("contract-cancel", "Wie kündige ich meinen Vertrag?", DecisionKind.CLARIFY, ()),
    ],
)
def test_the_price_of_what_was_asked_before_is_given_offered_or_said_to_be_missing(
    understanding: Understanding, answer_id: str, question: str, kind: DecisionKind, answers: tuple[str, ...]
) -> None:
    before = Context(language="de", answer_id=answer_id, question=question)
    for text in ("und was kostet das?", "Wie teuer ist das?", "kosten?"):
        reading = understanding.read(text, before)
        assert reading.notes == ("follow_up", "price")
        assert (reading.decision.kind, reading.decision.answer_ids) == (kind, answers)


def test_an_answer_that_is_gone_has_no_price_to_ask_for(understanding: Understanding) -> None:
    before = Context(language="de", answer_id="retired", question="Wie kündige ich meinen Vertrag?")
    assert "price" not in understanding.read("und was kostet das?", before).notes


def test_a_question_of_its_own_is_not_drawn_to_the_old_one(understanding: Understanding) -> None:
    before = Context(language="de", answer_id="roaming-eu", question="Kann ich mein Handy in Spanien nutzen?")
    reading = understanding.read("Wo finde ich meine letzte Rechnung als PDF?", before)
    assert (reading.candidates[0].answer_id, reading.notes) == ("bill-view", ())


@pytest.mark.parametrize(
    ("text", "language", "answer"),
    [
        ("Can we do this in English? Where is my WiFi password?", "en", "wifi-password"),
        ("auf deutsch bitte, wo finde ich das wlan-passwort", "de", "wifi-password"),
        ("I don't speak German, where do I see my bill?", "en", "bill-view"),
        ("wo sehe ich meine rechnung? in english please", "en", "bill-view"),
    ],
)
def test_a_question_beside_a_wish_for_a_language_is_read_without_it(
    understanding: Understanding, text: str, language: str, answer: str
) -> None:
    reading = understanding.read(text, Context(language="en" if language == "de" else "de"))
    assert (reading.intent, reading.language, reading.candidates[0].answer_id) == ("question", language, answer)


def test_beside_a_wish_for_a_language_a_person_can_be_asked_for(understanding: Understanding) -> None:
    reading = understanding.read("in english please, talk to a human", Context(language="de"))
    assert (reading.language, reading.decision.handoff) == ("en", "asked")


def test_a_short_text_leans_on_the_language_spoken(understanding: Understanding) -> None:
    assert understanding.read("roaming", Context(language="en")).language == "en"
    assert understanding.read("roaming", Context(language="de")).language == "de"


@pytest.mark.parametrize(
    "text", ["Bonjour, je ne peux pas me connecter avec mon mot de passe", "Привет, интернет не работает"]
)
def test_other_languages_are_named_as_such(understanding: Understanding, text: str) -> None:
    assert understanding.read(text).language == "other"


def test_without_staff_for_unsure_questions_they_are_asked_back_and_nothing_more_is_answered(
    snapshot: Snapshot,
) -> None:
    question = "kann man bei euch auch einen hund anmelden und was braucht der für papiere"
    unstaffed = Understanding(replace(snapshot, settings=replace(snapshot.settings, most_handoffs=0.0)))
    assert Understanding(snapshot).read(question).decision.handoff == "unsure"
    assert unstaffed.read(question).decision.kind is DecisionKind.CLARIFY
    asked_twice = unstaffed.read(question, Context(failures=2)).decision
    assert (asked_twice.kind, asked_twice.handoff) == (DecisionKind.HANDOFF, "repeated_failure")


def test_a_higher_promise_answers_less(snapshot: Snapshot) -> None:
    promises = (0.5, 0.8, 0.9, 0.95, 0.99)
    thresholds = [snapshot.trials.sure_from(promise) for promise in promises]
    assert thresholds == sorted(thresholds)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet=st.characters(), max_size=300))
def test_any_text_can_be_read(understanding: Understanding, text: str) -> None:
    reading = understanding.read(text)
    assert 0.0 <= reading.intent_confidence <= 1.0
    assert all(0.0 <= candidate.confidence <= 1.0 for candidate in reading.candidates)
    assert understanding.read(text) == reading


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "\ud800", "🙂" * 500, "a" * 65_536, "handy " * 10_000, "?!" * 30_000, "1" * 60_000, "a@" * 30_000, "http://" * 9_000,
        "danke " * 10_000, "hallo " * 10_000, "+1 (" * 15_000, "seit " * 10_000, "ä" * 65_536, ". " * 30_000, "kündigungs" * 6_000,
        "viele grüße " * 5_000, "\n" * 64_000,
    ],
    ids=range(19),
)  # fmt: skip
def test_no_text_takes_long(understanding: Understanding, text: str) -> None:
    started = time.process_time()
    understanding.read(text)
    assert time.process_time() - started < 1.0
