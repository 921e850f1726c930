"""How urgent a message is, by rules over signs, with the words that spoke for it.

Recall comes first: a rule asks for one strong sign or for two weaker ones together. What is only imagined, over, somebody else's or a figure of
speech is set aside before. The signs are written for this project. Where labelled messages are at hand `nlu.alarm` learns what the rules do
not know and weighs what they saw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path

from nlu.reading import Evidence, Level, Urgency
from nlu.signs import Found, SignFinder, Word, words_of

_TABLE = Path(__file__).with_name("data") / "urgency_signs.txt"
_MOST_WORDS = 500
_MOST_EVIDENCE = 4
_SHOUTED = 0.7
_LONGEST_CHAT = 16

Seen = Mapping[str, Sequence[Found]]


@dataclass(frozen=True)
class Rule:
    """Urgent where all signs of one of the combinations are seen, within `near` sentences of each other.

    `unless`: what makes a sign's sentence not count; `over`: whether a solved matter is no matter any more.
    """

    name: str
    reason: str
    level: Level
    combinations: tuple[tuple[str, ...], ...]
    unless: tuple[str, ...] = ("hypothetical", "third_party")
    over: bool = True
    near: int = 99


_E, _H = Level.EMERGENCY, Level.HIGH
RULES = (
    Rule("self_harm", "self_harm", _E, (("self_harm",),), unless=(), over=False),
    Rule("fire_or_gas", "danger", _E, (("fire",), ("gas",), ("electric",))),
    Rule("life_or_limb", "danger", _E, (("medical",), ("violence",), ("ambulance_need", "down"), ("cannot_help", "down")), unless=("hypothetical",)),
    Rule(
        "emergency_call", "emergency_call", _E,
        (("emergency_number", "down"), ("alarm_device", "down")),
        unless=("hypothetical", "third_party", "info_question"), near=2,
    ),
    Rule("life_device", "health", _E, (("life_device", "down"),), unless=("hypothetical", "third_party", "info_question")),
    Rule(
        "fraud", "fraud", _H,
        (("hacked",), ("not_me", "account_thing"), ("identity",), ("identity_name", "not_me"), ("identity_name", "someone"),
         ("gave_away",), ("money_gone",), ("data_changed",)),
    ),
    Rule("lost_or_stolen", "sim_stolen", _H, (("phone_lost",), ("phone_or_card", "taken"), ("taken", "block_request"), ("lost", "block_request"))),
    Rule("care", "health", _H, (("care", "down"), ("elder", "alone", "down")), unless=("hypothetical", "third_party", "info_question")),
    Rule("outage", "outage", _H, (("area", "down"), ("business", "total"), ("business", "down"), ("total", "long")), near=3),
    Rule("deadline", "deadline", _H, (("block_soon",), ("now", "event", "down"), ("hours_left", "down"), ("hours_left", "need"), ("now", "event", "need"))),
    Rule(
        "repeated", "repeated", _H,
        (("ignored_shout",), ("ignored", "again"), ("ignored", "long"), ("no_progress", "again"), ("again", "contacted"), ("weeks", "contacted"), ("weeks", "ignored"), ("weeks", "no_progress")),
        unless=("hypothetical",),
    ),
    Rule("rage", "rage", _H, (("anger", "legal"), ("legal", "demand"), ("strong_anger", "stakes"), ("strong_anger", "company"), ("strong_legal",)), unless=(), over=False),
)  # fmt: skip
_FIGURE = "figure"
_OVER = ("solved", "not_urgent")
_GUARDS = ("hypothetical", "third_party")
_COMMON = frozenset({"courtesy_low", "request", "company", "figure"})
_MOST_PAIRED = 12


@dataclass(frozen=True)
class Examined:
    """What the rules make of a message.

    `urgency` is their verdict, `marks` are all rules and signs that were seen, as terms to learn from, `words` the message's words.
    """

    urgency: Urgency
    marks: tuple[str, ...]
    words: Sequence[Word]


def detect(text: str) -> Urgency:
    """How urgent a cleaned text is by the rules alone. Time is linear in its length, which is bounded."""
    return examine(text).urgency


def examine(text: str) -> Examined:
    """The rules' verdict on a cleaned text and what led to it. Time is linear in its length, which is bounded."""
    words = words_of(text)[:_MOST_WORDS]
    seen = _seen(_finder().find(words))
    held = [(rule.name, rule.reason, rule.level, proof) for rule in RULES if (proof := _proof(rule, seen))]
    if proof := _repeated_anger(words, seen):
        held.append(("anger", "rage", Level.HIGH, proof))
    marks = (*(f"rule {name}" for name, *_ in held), *_sign_marks(seen), *_typed_marks(text, words))
    if held:
        name, reason, level, proof = held[0]
        return Examined(Urgency(level, reason, _evidence(name, proof, words)), marks, words)
    return Examined(Urgency(Level.LOW if _unhurried(words, seen) else Level.NORMAL), marks, words)


@lru_cache(maxsize=1)
def _finder() -> SignFinder:
    return SignFinder(_TABLE.read_text(encoding="utf-8").splitlines())


def _seen(found: Sequence[Found]) -> dict[str, list[Found]]:
    """Signs by name, without those that overlap a figure of speech."""
    figurative = {position for f in found if f.sign == _FIGURE for position in range(f.first, f.last + 1)}
    seen: dict[str, list[Found]] = {}
    for f in found:
        if f.sign == _FIGURE or not figurative.intersection(range(f.first, f.last + 1)):
            seen.setdefault(f.sign, []).append(f)
    return seen


def _proof(rule: Rule, seen: Seen) -> list[Found]:
    """The signs that make the rule apply; empty where it does not."""
    if rule.over and any(sign in seen for sign in _OVER):
        return []
    idle = {f.sentence for guard in rule.unless for f in seen.get(guard, ())}
    for combination in rule.combinations:
        if not seen.keys() >= set(combination):
            continue
        chosen = [next((f for f in seen[sign] if f.sentence not in idle), None) for sign in combination]
        found = [f for f in chosen if f is not None]
        if len(found) == len(combination) and _close(found, rule.near):
            return found
    return []


def _close(found: Sequence[Found], near: int) -> bool:
    sentences = [f.sentence for f in found]
    return max(sentences) - min(sentences) <= near


def _repeated_anger(words: Sequence[Word], seen: Seen) -> list[Found]:
    """Two different angry words, or one that is shouted."""
    anger = list(seen.get("anger", ()))
    different = {words[f.first].folded for f in anger}
    return anger if len(different) > 1 or (anger and _shouted(words)) else []


def _shouted(words: Sequence[Word]) -> bool:
    letters = [c for word in words for c in word.typed if c.isalpha()]
    return len(letters) > 15 and sum(c.isupper() for c in letters) > _SHOUTED * len(letters)


def _sign_marks(seen: Seen) -> list[str]:
    """Each sign, told apart where all its sentences are imagined or somebody else's; and each two signs that come together."""
    idle = {f.sentence for guard in _GUARDS for f in seen.get(guard, ())}
    marks = [
        f"sign {name}{'' if any(f.sentence not in idle for f in found) else ' idle'}" for name, found in seen.items()
    ]
    together = sorted(name for name in seen if name not in _COMMON)[:_MOST_PAIRED]
    return marks + [f"pair {a} {b}" for a, b in combinations(together, 2)]


def _typed_marks(text: str, words: Sequence[Word]) -> list[str]:
    """How it was typed: shouting, exclamation and question marks."""
    return ["shouted"] * _shouted(words) + [mark for mark in ("!", "!!", "?") if mark in text]


def _unhurried(words: Sequence[Word], seen: Seen) -> bool:
    """Whether nobody waits for anything: thanks, chat, a matter that is over."""
    if "not_urgent" in seen:
        return True
    asks = "down" in seen or "request" in seen or len(words) > _LONGEST_CHAT
    return ("courtesy_low" in seen or "solved" in seen) and not asks


def _evidence(rule: str, proof: Sequence[Found], words: Sequence[Word]) -> tuple[Evidence, ...]:
    quotes = dict.fromkeys(" ".join(w.typed for w in words[f.first : f.last + 1]) for f in proof)
    return tuple(Evidence(rule, quote) for quote in list(quotes)[:_MOST_EVIDENCE])
