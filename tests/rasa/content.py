"""A small content to talk about: five answers and the small talk that the dialogue needs."""

from __future__ import annotations

from dataclasses import replace

from nlu.content import AnswerEntry, Content, Phrasing
from nlu.learning.training import fit
from nlu.snapshot import Snapshot
from nlu.triage import TriageSettings
from tests.nlu.trials import all_right

_QUESTIONS = {
    "contract-cancel": (
        "Wie kündige ich meinen Vertrag?",
        "vertrag kündigen",
        "ich will meinen vertrag kündigen",
        "kündigung einreichen",
        "wo kann ich kündigen",
        "wie komme ich aus dem vertrag raus",
        "kündigungsfrist vertrag",
        "vertrag beenden",
        "I want to cancel my contract",
    ),
    "bill-date": (
        "Wann kommt meine Rechnung?",
        "rechnung wann",
        "wann wird die rechnung verschickt",
        "rechnungstermin",
        "an welchem tag kommt die rechnung",
        "rechnung noch nicht da",
        "datum der rechnung",
        "rechnung erhalten wann",
        "when do I get my invoice",
    ),
    "bill-paper": (
        "Wie bekomme ich die Rechnung auf Papier?",
        "papierrechnung bestellen",
        "rechnung per post",
        "rechnung auf papier",
        "rechnung als brief schicken",
        "gedruckte rechnung",
        "rechnung mit der post bekommen",
        "papierrechnung kosten",
        "paper invoice please",
    ),
    "router-restart": (
        "Wie starte ich den Router neu?",
        "router neu starten",
        "router neustart",
        "fernbox aus und wieder an",
        "modem neu starten",
        "wie kann ich den router zurücksetzen",
        "router reset",
        "router vom strom nehmen",
        "how to restart the router",
    ),
    "sim-block": (
        "Wie sperre ich meine SIM-Karte?",
        "sim sperren",
        "karte sperren lassen",
        "handy verloren sim sperren",
        "simkarte blockieren",
        "sim karte gestohlen was tun",
        "meine karte muss gesperrt werden",
        "sperre sim",
        "block my sim card",
    ),
}

_INTENTS = {
    "greet": ("hallo", "guten tag", "hi", "moin", "guten morgen", "hey", "hello", "good morning"),
    "thanks": ("danke", "vielen dank", "dankeschön", "danke dir", "merci", "thanks", "thank you", "danke sehr"),
    "affirm": ("ja", "ja genau", "stimmt", "richtig", "yes", "jo", "ja bitte", "jawohl"),
    "deny": ("nein", "nee", "nein danke", "no", "nö", "leider nein", "stimmt nicht", "auf keinen fall"),
    "human": ("mensch", "mit einem menschen sprechen", "mitarbeiter bitte", "ich will einen mitarbeiter", "echte person",
              "talk to a human", "agent please", "kann ich mit jemandem reden"),
    "nevermind": ("vergiss es", "egal", "schon gut", "hat sich erledigt", "never mind", "abbrechen", "lass gut sein",
                  "doch nicht"),
    "language_english": ("english please", "in english", "sprichst du englisch", "can we speak english", "englisch bitte",
                         "switch to english", "please speak english", "english"),
}  # fmt: skip

CONTENT = Content(
    version="rasa-tests",
    answers=tuple(
        AnswerEntry(
            id=answer_id,
            topic=answer_id.split("-")[0],
            kind="faq",
            phrasings=tuple(Phrasing(text, "en" if text == texts[-1] else "de") for text in texts),
        )
        for answer_id, texts in _QUESTIONS.items()
    ),
    intents=_INTENTS,
)


def small_snapshot() -> Snapshot:
    """A snapshot that is sure from 85 % on.

    The dialogue is tested here, not the gate: so little content proves nothing, and a gate that was
    fitted to it would rightly answer next to nothing.
    """
    fitted = fit(CONTENT, settings=TriageSettings(clarify_each=0.01))
    return replace(fitted, trials=all_right(0.85))


# Facts of a fault report. Their words are in the content, so that they never read as small talk.
SINCE = "seit montag nach dem router neustart"
SCOPE = "router und modem im ganzen haus"

# What customers may say. Tests pick the texts that read as they need them, see the fixture `text_that`.
SAYINGS = (
    "geht nicht",
    "asdf",
    "vertrag kündigen", "wie kündige ich meinen vertrag", "rechnung", "rechnung wann", "sim sperren", "router neu starten",
    "rechnung post datum", "rechnung", "rechnung per post wann", "karte", "vertrag rechnung", "router sim", "neu", "kosten",
    "rechnung sperren", "wann karte", "bekomme ich rechnung", "rechnung kündigen", "papier wann", "wo ist der mond", "blub",
    "was kostet der parkplatz am hauptbahnhof in köln für anwohner", "wer hat das spiel am samstag abend gewonnen",
    "kann mein hund auf dem balkon allein schlafen wenn es regnet",
    "ich wurde gehackt und jemand bestellt auf meinen namen", "mein handy wurde gestohlen", "es brennt, ruft die feuerwehr",
    "meine sim karte wurde gestohlen", "betrug, jemand hat mein konto leergeräumt", "sim sperren, handy gestohlen",
)  # fmt: skip
