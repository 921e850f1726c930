"""A content that proves nothing by itself is read with the experience of others."""

from __future__ import annotations

import pytest

from nlu.content import AnswerEntry, Content, Phrasing
from nlu.gate import evidence
from nlu.learning.experience import experience
from nlu.learning.training import fit
from nlu.reading import DecisionKind
from nlu.understanding import Understanding

QUESTIONS = {
    "opening": "Wann habt ihr geöffnet?",
    "ticket": "Wo kaufe ich eine Eintrittskarte?",
    "dogs": "Darf mein Hund mit ins Museum?",
    "guided-tour": "Gibt es Führungen für Schulklassen?",
    "wardrobe": "Wo gebe ich meine Jacke ab?",
    "photos": "Darf man in der Ausstellung fotografieren?",
}


@pytest.fixture(scope="module")
def museum() -> Understanding:
    """One question an answer, and nothing else."""
    entries = (AnswerEntry(name, "", "faq", (Phrasing(text, "de"),)) for name, text in QUESTIONS.items())
    return Understanding(fit(Content("museum", tuple(entries), {})))


def test_what_comes_with_the_library_fits_the_gate(museum: Understanding) -> None:
    match = museum.snapshot.matcher.match("darf der hund mit rein", "de")
    assert experience().rows.shape[1] == len(evidence(match)), "run `make experience`"
    assert 0.3 < experience().right.mean() < 0.7


def test_one_question_an_answer_is_enough_to_ask_back(museum: Understanding) -> None:
    decision = museum.read("darf mein hund mit in die ausstellung").decision
    assert decision.kind is DecisionKind.CLARIFY
    assert "dogs" in decision.answer_ids


def test_it_is_not_enough_to_answer_but_what_is_known(museum: Understanding) -> None:
    assert museum.read("Darf mein Hund mit ins Museum?").decision.kind is DecisionKind.ANSWER
    assert museum.read("ist mein hund bei euch willkommen").decision.kind is not DecisionKind.ANSWER


def test_what_is_asked_elsewhere_is_trusted_less(museum: Understanding) -> None:
    near, far = (museum.read(text).candidates[0].confidence for text in ("wann geöffnet", "kredit für ein auto zinsen"))
    assert near > 3 * far


@pytest.mark.parametrize("phrasings", [1, 6])
def test_one_answer_alone_is_given_to_its_own_question_and_asked_about_else(phrasings: int) -> None:
    texts = (
        "Wann habt ihr offen?",
        "öffnungszeiten",
        "wie lange ist auf",
        "samstag auf",
        "ab wann geöffnet",
        "mittagspause",
    )
    entry = AnswerEntry("opening", "", "faq", tuple(Phrasing(text, "de") for text in texts[:phrasings]))
    alone = Understanding(fit(Content("one", (entry,), {})))
    assert alone.read("wann habt ihr offen").decision.answer_ids == ("opening",)
    assert (
        alone.read("bekomme ich bei euch auch einen kredit für mein neues auto").decision.kind is DecisionKind.HANDOFF
    )
