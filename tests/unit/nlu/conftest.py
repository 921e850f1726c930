"""A small content, fitted once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nlu.content import AnswerEntry, Content, Phrasing
from nlu.learning.training import fit
from nlu.snapshot import Snapshot
from nlu.understanding import Understanding
from tests.nlu.trials import all_right

PHRASINGS = {
    ("contract-cancel", "contract"): (
        ("Wie kündige ich meinen Vertrag?", "vertrag kündigen", "kündigung einreichen", "ich will meinen vertrag beenden", "wie komme ich aus dem vertrag raus"),
        ("How do I cancel my contract?", "cancel contract", "terminate my plan", "i want to end my subscription", "get out of my contract"),
    ),
    ("roaming-eu", "roaming"): (
        ("Kann ich mein Handy in der EU nutzen?", "handy in spanien benutzen", "roaming in italien", "im urlaub in frankreich surfen", "telefonieren auf mallorca"),
        ("Can I use my phone in the EU?", "phone in spain", "roaming in italy", "using data on holiday in france", "calls from greece"),
    ),
    ("roaming-world", "roaming"): (
        ("Was kostet das Surfen in den USA?", "roaming türkei preis", "handy in kanada nutzen", "tagespass für die usa", "was kostet internet in thailand"),
        ("What does data cost in the USA?", "roaming turkey price", "phone in canada", "day pass for the states", "internet cost in thailand"),
    ),
    ("wifi-password", "internet"): (
        ("Wo finde ich das WLAN-Passwort?", "wlan passwort", "schlüssel fürs wlan", "wo steht der netzwerkschlüssel", "wlan code vergessen"),
        ("Where is my WiFi password?", "wifi password", "wifi key on the router", "where do i find the network key", "forgot wifi code"),
    ),
    ("sim-lost", "mobile"): (
        ("Wie sperre ich meine SIM-Karte?", "handy verloren", "sim karte gestohlen sperren", "mein handy wurde geklaut", "karte sperren lassen"),
        ("How do I block my SIM card?", "lost my phone", "sim stolen block it", "my phone was stolen", "block my card"),
    ),
    ("bill-view", "billing"): (
        ("Wo sehe ich meine Rechnung?", "rechnung herunterladen", "letzte rechnung als pdf", "rechnungen ansehen", "wo finde ich meine abrechnung"),
        ("Where do I see my bill?", "download invoice", "last bill as pdf", "view my bills", "where are my invoices"),
    ),
}  # fmt: skip
INTENTS = {
    "greet": ("hallo", "hi", "guten tag", "hello there", "moin", "hey", "good morning"),
    "thanks": ("danke", "vielen dank", "thanks", "thank you so much", "dankeschön"),
    "human": (
        "ich will mit einem menschen sprechen",
        "mitarbeiter bitte",
        "talk to a human",
        "real person please",
        "agent please",
    ),
    "insult": ("du bist blöd", "dummer bot", "stupid bot", "you are dumb", "blöde maschine"),
}


@pytest.fixture(scope="session")
def content() -> Content:
    """Six answers in two languages and four small-talk intents."""
    answers = tuple(
        AnswerEntry(
            name,
            topic,
            "faq",
            tuple(Phrasing(t, "de") for t in german) + tuple(Phrasing(t, "en") for t in english),
            priced=name == "roaming-world",
        )
        for (name, topic), (german, english) in PHRASINGS.items()
    )
    return Content("v 1", answers, INTENTS)


@pytest.fixture(scope="session")
def snapshot(content: Content) -> Snapshot:
    """A snapshot of the small content. So little proves nothing by itself, so it is told from where on answers are right."""
    return replace(fit(content), trials=all_right(0.6))


@pytest.fixture(scope="session")
def understanding(snapshot: Snapshot) -> Understanding:
    """Reads with the small content."""
    return Understanding(snapshot)
