"""Triage: from what was understood to what is going to be done. The only place with thresholds.

One promise sets them: of a hundred answers given, so many are right. From which probability on that holds is tested on questions whose right
answer is known, see `promise`; nothing here is tuned by hand to a content.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlu.reading import Candidate, Context, Decision, DecisionKind, Level, Urgency

NO_ANSWER_REASONS = frozenset({"self_harm", "danger"})
"""Reasons for which nobody wants to read a FAQ answer."""
_URGENT = (Level.EMERGENCY, Level.HIGH)
HUMAN = "human"
_ASKED = Decision(DecisionKind.HANDOFF, (), "asked")


@dataclass(frozen=True)
class TriageSettings:
    """What the operator promises, and how patient the bot is.

    `promised_precision`: share of given answers that are right. `unanswerable_share`: share of messages assumed to have no answer in
    the content, where no outcomes tell. `small_talk_from`: P from which small talk is taken as such. `clarify_from`: P from which up to three candidates together
    are worth asking about, `clarify_each` the least for one of them. `vague_tokens`: messages up to this long are asked about once, with
    whatever candidates are worth it. `patience`: failures in a row after which a person takes over. `urgent_from`, `emergency_from`: learned scores (log odds) from which a
    message is urgent or an emergency: where about 2.5 % and 0.5 % of the calm messages raise a false alarm, each of nineteen authors being read by a
    fit to the others. There 93 % of the urgent ones are recognised, though several of the authors write at the very border on purpose.
    """

    promised_precision: float = 0.95
    unanswerable_share: float = 0.25
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


def decide(understood: Understood, context: Context, settings: TriageSettings, sure_from: float) -> Decision:
    """Answer, clarify, small talk, or a person: the first that is justified, urgent matters before all."""
    best = understood.candidates[0] if understood.candidates else None
    question = understood.intent == "question"
    sure = best is not None and question and best.confidence >= sure_from
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
    worth = [c for c in understood.candidates[:3] if c.confidence >= settings.clarify_each]
    if worth and sum(c.confidence for c in worth) >= settings.clarify_from:
        return Decision(DecisionKind.CLARIFY, tuple(c.answer_id for c in worth))
    if context.failures == 0 and understood.tokens <= settings.vague_tokens:
        return Decision(DecisionKind.CLARIFY, tuple(c.answer_id for c in worth))
    return Decision(DecisionKind.HANDOFF, (), "unsure")
