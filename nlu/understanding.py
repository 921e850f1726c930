"""Reading a message: language, urgency, matching, context and triage put together."""

from __future__ import annotations

import math

from nlu import urgency
from nlu.context import follows_up, has_matter, with_question
from nlu.courtesy import without_courtesies
from nlu.gate import shares, spread
from nlu.matching import INTENT_PREFIX, Match
from nlu.person import wants_person
from nlu.price import asks_price, price_decision
from nlu.promise import NEVER
from nlu.reading import Candidate, Context, Level, Reading, Urgency
from nlu.snapshot import Snapshot
from nlu.text import clean, tokens
from nlu.triage import HUMAN, Thresholds, Understood, ask_from, decide
from nlu.wish import wish_in

OTHER = "other"
"""A language that is neither German nor English, or not known."""
_LANGUAGES = ("de", "en", OTHER)
_DIGITS = 6
_CANDIDATES = 5
FOLLOW_UP, PRICE = "follow_up", "price"
"""Notes of a reading: it was read with the question before; and it asks what that costs."""
_NO_CONTEXT = Context()
_Heard = tuple[Match, float, tuple[str, ...]]


class Understanding:
    """Reads messages with one snapshot. Safe to share between threads."""

    def __init__(self, snapshot: Snapshot, *, alarms: bool = True) -> None:
        """Without `alarms` urgency is not looked for and every message is calm, as measuring the answers alone wants it."""
        self.snapshot = snapshot
        self._answers = {entry.id: entry for entry in snapshot.content.answers}
        self._alarms = alarms
        promise = snapshot.settings.promised_precision
        self._sure_from = {language: snapshot.trials.sure_from(promise, language) for language in _LANGUAGES}
        self._ask_from = ask_from(snapshot.trials, snapshot.settings)

    def read(self, text: str, context: Context = _NO_CONTEXT) -> Reading:
        """What a message means and what follows. Never raises, whatever the text; time is bounded by the text's bounded length."""
        cleaned = clean(text)
        urgent = self._urgency(cleaned, context)
        language, (match, probability, notes) = self._heard(cleaned, context)
        intent, confidence = self._intent(match, probability)
        candidates = self._candidates(match, probability)
        asked = wants_person(tokens(cleaned))
        understood = Understood(intent, confidence, candidates, urgent, len(match.terms.tokens), asked)
        thresholds = Thresholds(self._threshold(match, language), self._ask_from)
        decision = decide(understood, context, self.snapshot.settings, thresholds)
        if PRICE in notes:
            least = self.snapshot.settings.clarify_each
            decision = price_decision(decision, candidates, self._answers[str(context.answer_id)], self._answers, least)
        return Reading(
            language=language,
            intent=intent,
            intent_confidence=confidence,
            urgency=urgent,
            decision=decision,
            candidates=candidates,
            snapshot=self.snapshot.version,
            notes=notes,
        )

    def _urgency(self, text: str, context: Context) -> Urgency:
        """What was learned weighs what the rules saw; where nothing was, they decide alone.

        So they do of a fact that was asked for: `seit gestern` sounds like a complaint, and is the answer. Emergencies are still heard.
        """
        snapshot = self.snapshot
        if not self._alarms:
            return Urgency()
        if snapshot.alarm is None:
            return urgency.detect(text)
        heard = snapshot.alarm.read(text, snapshot.matcher.analyzer, snapshot.settings)
        return urgency.detect(text) if context.asked and heard.level is not Level.EMERGENCY else heard

    def _heard(self, text: str, context: Context) -> tuple[str, _Heard]:
        """The language to reply in, and the match of what is asked: beside a wish for a language, of the rest."""
        detect = self.snapshot.detector.detect
        wish = wish_in(text)
        if wish is not None:
            asked = self._match(without_courtesies(wish.rest), detect(wish.rest, context.language), context)
            if self._is_asked(asked):
                return wish.language, asked
        language = detect(text, context.language)
        return language, self._match(without_courtesies(text), language, context)

    def _is_asked(self, heard: _Heard) -> bool:
        """Whether there is a matter in what stands beside a wish for a language, rather than a courtesy or a reason for it."""
        match, probability, _ = heard
        intent, _ = self._intent(match, probability)
        if intent != "question":
            return intent == HUMAN
        return probability >= self._threshold(match) or has_matter(match.terms)

    def _match(self, text: str, language: str, context: Context) -> _Heard:
        """The match of the text by itself or, for a follow-up, together with the question before."""
        snapshot = self.snapshot
        alone = snapshot.matcher.match(text, language)
        probability = snapshot.gate.probability(alone)
        joined = with_question(text, context)
        if joined is not None and context.answer_id in self._answers and asks_price(alone.terms.tokens):
            together = snapshot.matcher.match(joined, language)
            return together, snapshot.gate.probability(together), (FOLLOW_UP, PRICE)
        if joined is None or not follows_up(alone.terms) or self._label(alone, 0).startswith(INTENT_PREFIX):
            return alone, probability, ()
        if has_matter(alone.terms) and probability >= self._threshold(alone, language):
            return alone, probability, ()
        together = snapshot.matcher.match(joined, language)
        return together, snapshot.gate.probability(together), (FOLLOW_UP,)

    def _threshold(self, match: Match, language: str = OTHER) -> float:
        """The probability from which on the best candidate is given. Where none keeps the promise yet: for a known phrasing any."""
        threshold = self._sure_from.get(language, self._sure_from[OTHER])
        return 0.0 if threshold >= NEVER and self.snapshot.matcher.is_known(match) else threshold

    def _label(self, match: Match, rank: int) -> str:
        return self.snapshot.matcher.arrays.labels[match.ranked[rank].index]

    def _intent(self, match: Match, probability: float) -> tuple[str, float]:
        """Small talk where it is likely enough or known word for word: of `hallo` alone the gate is never sure."""
        label, least = self._label(match, 0), self.snapshot.settings.small_talk_from
        if label.startswith(INTENT_PREFIX) and (probability >= least or self.snapshot.matcher.is_known(match)):
            return label[len(INTENT_PREFIX) :], round(max(probability, least), _DIGITS)
        talk = math.fsum(p for i, p in enumerate(shares(match)[:-1]) if self._label(match, i).startswith(INTENT_PREFIX))
        return "question", round(1.0 - talk, _DIGITS)

    def _candidates(self, match: Match, probability: float) -> tuple[Candidate, ...]:
        """The answers that may be meant. At most five, best first."""
        texts = self.snapshot.matcher.arrays.texts
        found = [
            Candidate(self._label(match, rank), round(confidence, _DIGITS), texts[scored.phrasing])
            for rank, (scored, confidence) in enumerate(zip(match.ranked, spread(match, probability), strict=False))
            if not self._label(match, rank).startswith(INTENT_PREFIX)
        ]
        return tuple(found[:_CANDIDATES])
