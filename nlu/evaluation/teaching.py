"""From labelled questions to the content that a snapshot is fitted to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from nlu.content import AnswerEntry, Content, Outcome, Phrasing
from nlu.evaluation.labelled import Row
from nlu.language import LanguageDetector
from nlu.text import clean


def content_from(rows: Sequence[Row], language: str | None = None) -> Content:
    """Each label an answer with its questions as phrasings; rows without a label teach what nobody answers.

    `language`: `de` or `en` for all phrasings; else each is detected.
    """
    texts: dict[str, list[Phrasing]] = {}
    for row, spoken in zip(rows, languages([row.text for row in rows], language), strict=True):
        for label in row.labels:
            texts.setdefault(label, []).append(Phrasing(row.text, spoken))
    answers = tuple(AnswerEntry(label, label, "faq", tuple(own)) for label, own in sorted(texts.items()))
    return Content("evaluation", answers, {}, elsewhere=tuple(row.text for row in rows if not row.labels))


def for_questions_only(content: Content) -> Content:
    """The content without small talk and urgency, neither of which labelled questions say anything about."""
    return replace(content, intents={}, urgency=())


def with_outcomes(content: Content, rows: Sequence[Row], language: str | None = None) -> Content:
    """The content with questions whose right answer is known, to learn from how far a match can be trusted."""
    spoken = languages([row.text for row in rows], language)
    outcomes = tuple(Outcome(row.text, said, tuple(row.labels)) for row, said in zip(rows, spoken, strict=True))
    return replace(content, outcomes=(*content.outcomes, *outcomes))


def unknown_labels(rows: Sequence[Row], known: Collection[str]) -> Counter[str]:
    """Labels of rows none of whose labels are known, with the number of their rows: these can never be right."""
    return Counter("|".join(row.labels) for row in rows if row.labels and not set(row.labels) & set(known))


def languages(texts: Sequence[str], language: str | None = None) -> list[str]:
    """`de` or `en` for each text: `language` where it is given, else what its function words say.

    Nothing is fitted yet, so a text without function words is taken to be in the language most of the others are in.
    """
    if language is not None:
        return [language] * len(texts)
    detector = LanguageDetector({})
    cleaned = [clean(text) for text in texts]
    told = Counter(detector.detect(text, "other") for text in cleaned)
    usual = "de" if told["de"] > told["en"] else "en"
    detected = [detector.detect(text, usual) for text in cleaned]
    return [usual if one == "other" else one for one in detected]
