"""Triage: from what was understood to what is going to be done. The only place with thresholds.

One promise sets them: of a hundred answers given, so many are right. From which probability on that holds is tested on questions whose right
answer is known, see `promise`; nothing here is tuned by hand to a content. Beside it the operator may say how many handoffs can be staffed: that never
makes the bot answer what it is not sure of, but ask back where it would else have handed over.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nlu.promise import Trials
from nlu.reading import Candidate, Context, Decision, DecisionKind, Level, Urgency

NO_ANSWER_REASONS = frozenset({"self_harm", "danger"})
"""Reasons for which nobody wants to read a FAQ answer."""
_URGENT = (Level.EMERGENCY, Level.HIGH)
HUMAN = "human"
_ASKED = Decision(DecisionKind.HANDOFF, (), "asked")


@dataclass(frozen=True)
class TriageSettings:
    """What the operator promises, and how patient the bot is.

    `promised_precision`: share of given answers that are right. `unanswerable_share`: up to which share of messages without any
    answer the promise is to hold; where outcomes know more of them, up to that. `most_handoffs`: the share of questions that may go to a person because nothing is sure
    enough; what is more is asked back. `small_talk_from`: P from which small talk is taken as such. `clarify_from`: P from which up to three candidates together
    are worth asking about, `clarify_each` the least for one of them. `vague_tokens`: messages up to this long are asked about once, with
    whatever candidates are worth it. `patience`: failures in a row after which a person takes over. `urgent_from`, `emergency_from`: learned scores (log odds) from which a
    message is urgent or an emergency: where about 2.5 % and 0.5 % of the calm messages raise a false alarm, each of nineteen authors being read by a
    fit to the others. There 93 % of the urgent ones are recognised, though several of the authors write at the very border on purpose.
    """

    promised_precision: float = 0.95
    most_handoffs: float = 1.0
    unanswerable_share: float = 0.2
    small_talk_from: float = 0.5
    clarify_from: float = 0.45
    clarify_each: float = 0.07
    vague_tokens: int = 4
    patience: int = 2
    urgent_from: float = -1.03
    emergency_from: float = -0.9


@dataclass(frozen=True)
class Understood:
    """What triage decides on: the intent with its P, the answers' candidates best first, the urgency, the number of tokens, the wish for a person."""

    intent: str
    intent_confidence: float
    candidates: Sequence[Candidate]
    urgency: Urgency
    tokens: int
    wants_person: bool = False


@dataclass(frozen=True)
class Thresholds:
    """From which P on the best candidate is given, and from which P up to three of them together are asked about."""

    sure_from: float
    ask_from: float


def worth_asking(confidences: Sequence[float], settings: TriageSettings) -> list[float]:
    """Those of the best three that are worth a button."""
    return [confidence for confidence in confidences[:3] if confidence >= settings.clarify_each]


def ask_from(trials: Trials, settings: TriageSettings) -> float:
    """From which P on candidates are asked about, so that on the trials no more questions go to a person than can be staffed."""
    return min(settings.clarify_from, trials.staffed_from(settings.promised_precision, settings.most_handoffs))


def decide(understood: Understood, context: Context, settings: TriageSettings, thresholds: Thresholds) -> Decision:
    """Answer, clarify, small talk, or a person: the first that is justified, urgent matters before all."""
    best = understood.candidates[0] if understood.candidates else None
    question = understood.intent == "question"
    sure = best is not None and question and best.confidence >= thresholds.sure_from
    if understood.urgency.level in _URGENT:
        if sure and best and understood.urgency.reason not in NO_ANSWER_REASONS:
            return Decision(DecisionKind.ANSWER, (best.answer_id,), "urgent")
        return Decision(DecisionKind.HANDOFF, (), "urgent")
    if understood.intent == HUMAN or understood.wants_person:
        return Decision(DecisionKind.ANSWER, (best.answer_id,), "asked") if sure and best else _ASKED
    if not question:
        return Decision(DecisionKind.SMALL_TALK)
    if sure and best:
        return Decision(DecisionKind.ANSWER, (best.answer_id,))
    if context.failures >= settings.patience:
        return Decision(DecisionKind.HANDOFF, (), "repeated_failure")
    worth = worth_asking([c.confidence for c in understood.candidates], settings)
    vague = context.failures == 0 and understood.tokens <= settings.vague_tokens
    if vague or math.fsum(worth) >= thresholds.ask_from:
        return Decision(DecisionKind.CLARIFY, tuple(c.answer_id for c in understood.candidates[: len(worth)]))
    return Decision(DecisionKind.HANDOFF, (), "unsure")
