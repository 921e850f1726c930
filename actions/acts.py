"""Acts: what the bot is to do. Plain data; the words are chosen by `bot/conversation/wording`, never here."""

from __future__ import annotations

from typing import Any

Act = dict[str, Any]
Acts = list[Act]


def answer(answer_id: str, *, chosen: bool) -> Act:
    """Give an answer; `chosen` where the customer picked it."""
    return {"act": "answer", "answer_ids": [answer_id], "chosen": chosen}


def handoff(reason: str) -> Act:
    """Hand over to a person."""
    return {"act": "handoff", "reason": reason}


def ask(slot: str) -> Act:
    """Ask the question of a form."""
    return {"act": "ask", "slot": slot}


def invalid(slot: str) -> Act:
    """Say that the value for a slot cannot be used, and ask again."""
    return {"act": "invalid", "slot": slot}


def of_reading(reading: dict[str, Any]) -> Acts:
    """What follows from a reading, a person beside it where the reading asks for one.

    >>> of_reading({"intent": "question", "decision": {"kind": "clarify", "answer_ids": [], "handoff": None}})
    [{'act': 'rephrase'}]
    """
    decision = reading["decision"]
    kind, answer_ids = decision["kind"], list(decision["answer_ids"])
    acts: Acts = []
    if kind == "answer":
        acts.append(answer(answer_ids[0], chosen=False))
    elif kind == "clarify" and answer_ids:
        acts.append({"act": "clarify", "answer_ids": answer_ids})
    elif kind == "clarify":
        acts.append({"act": "rephrase"})
    elif kind == "small_talk":
        acts.append({"act": "small_talk", "intent": reading["intent"]})
    reason = decision["handoff"] or ("unsure" if kind == "handoff" else None)
    return acts + ([handoff(reason)] if reason else [])


def of_no_help(context: dict[str, Any], first: Act) -> Acts:
    """What follows when the bot was of no help: `first`, and from the second time in a row a person as well.

    Once is a misunderstanding worth another try; twice is a customer who is being kept waiting.
    """
    if int(context.get("failures") or 0) < 1:
        return [first]
    return [*([first] if first["act"] == "not_helped" else []), handoff("not_helped")]
