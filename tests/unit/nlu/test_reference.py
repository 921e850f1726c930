"""What is made fast against the same thing written out slowly."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.alarm import URGENT, features_of
from nlu.content import Content
from nlu.features import Floats, char_ngrams
from nlu.learning.training import fit
from nlu.matching import ELSEWHERE, Matcher
from nlu.postings import Postings, nearest
from nlu.reading import Level
from nlu.signs import SignFinder, Word, _fits, words_of
from nlu.snapshot import Snapshot
from nlu.spaces import Space, Vector
from nlu.text import clean, tokens
from nlu.understanding import Understanding
from nlu.urgency import _TABLE, _finder, examine
from tests.unit.nlu.test_alarm import taught as taught

STRANGE = (
    "xq", "Grüße", "HILFE", "112", "😀", "ｗｌａｎ", "kündigungskündigungsfrist", "bienenschwarm", "büro", "gestohlen", "nicht", "mehr", "leben", "!", "falls",
)  # fmt: skip


def texts_for(content: Content, count: int = 300) -> list[str]:
    """Texts of words that the content has, in any order, with some that it lacks."""
    known = [p.text for entry in content.answers for p in entry.phrasings]
    words = [word for text in known for word in text.split()]
    draw = random.Random(7)
    made = [" ".join(draw.choices([*words, *STRANGE], k=draw.randint(0, 14))) for _ in range(count - len(known))]
    return [clean(text) for text in (*known, *made)]


def slow_vector(space: Space, terms: Sequence[str]) -> dict[str, float]:
    weights = dict(zip(space.terms, space.idf.tolist(), strict=True))
    values = {t: (1 + math.log(n)) * weights[t] for t, n in Counter(terms).items() if t in weights}
    length = math.sqrt(math.fsum(v * v for v in values.values())) or 1.0
    return {t: v / length for t, v in values.items()}


def slow_scores(postings: Postings, vector: dict[int, float]) -> list[float]:
    scores = [0.0] * postings.width
    for term, value in vector.items():
        for entry in range(int(postings.starts[term]), int(postings.starts[term + 1])):
            scores[postings.columns[entry]] += value * float(postings.weights[entry])
    return scores


def slow_match(matcher: Matcher, text: str, language: str) -> dict[int, list[float]]:
    """For each class its linear score, its best similarity in each space, and the mean of its best four phrasings; -1 has the total of each phrasing."""
    a, terms = matcher.arrays, matcher.analyzer.terms(text)
    grams = [gram for word in terms.tokens for gram in char_ngrams(word)]
    joined: dict[int, float] = {}
    similarity = []
    weight = [1.0 if own == language or language == "other" else 0.85 for own in a.languages]
    for space, index, own in zip(
        a.spaces, a.indexes, (terms.words, grams, (*terms.concepts, *terms.senses)), strict=True
    ):
        ids = {space.terms.index(t): v for t, v in slow_vector(space, own).items()}
        offset = sum(len(s) for s in a.spaces[: len(similarity)])
        joined |= {offset + i: v for i, v in ids.items()}
        similarity.append([s * w for s, w in zip(slow_scores(index, ids), weight, strict=True)])
    total = [sum(s) for s in zip(*similarity, strict=True)]
    linear = slow_scores(a.classifier, joined)
    found: dict[int, list[float]] = {-1: total}
    for c in range(len(a.labels)):
        own_columns = [i for i, owner in enumerate(a.owners.tolist()) if owner == c]
        top = sorted((total[i] for i in own_columns), reverse=True)[:4]
        found[c] = [linear[c] + float(a.bias[c]), *(max(s[i] for i in own_columns) for s in similarity), sum(top) / 4]
    return found


@pytest.mark.parametrize("language", ["de", "en", "other"])
def test_matching_is_what_it_is_written_out(snapshot: Snapshot, content: Content, language: str) -> None:
    matcher = snapshot.matcher
    for text in texts_for(content)[::3]:
        slow, match = slow_match(matcher, text, language), matcher.match(text, language)
        total = slow.pop(-1)
        for scored in (*match.ranked, *([match.elsewhere] if match.elsewhere else [])):
            assert scored.features[:5].tolist() == pytest.approx(slow[scored.index], abs=1e-9)
            assert total[scored.phrasing] == pytest.approx(max_of(matcher, total, scored.index))
        best = sorted((t for t in total if t >= 1e-9), reverse=True)[:10]
        assert len(match.neighbours) == len(best)


def max_of(matcher: Matcher, total: Sequence[float], c: int) -> float:
    return max(t for t, owner in zip(total, matcher.arrays.owners.tolist(), strict=True) if owner == c)


def test_the_short_list_has_the_best_classes(snapshot: Snapshot, content: Content) -> None:
    matcher = snapshot.matcher
    for text in texts_for(content)[::9]:
        slow, match = slow_match(matcher, text, "de"), matcher.match(text, "de")
        total = slow.pop(-1)
        first = {c: own[0] + max_of(matcher, total, c) for c, own in slow.items()}
        shown = {scored.index for scored in match.ranked}
        hidden = [c for c in first if c not in shown and matcher.arrays.labels[c] != ELSEWHERE]
        assert all(first[c] <= first[s] + 1e-9 for c in hidden for s in shown)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([0.0, 1e-12, 0.25, 0.5, 0.75, 1.0]), max_size=400), st.integers(1, 12))
def test_the_nearest_are_the_best_of_all(values: list[float], count: int) -> None:
    order = sorted((i for i, v in enumerate(values) if v >= 1e-9), key=lambda i: (-values[i], i))
    kept = order[:count]
    found = nearest(np.array(values, np.float64), count).tolist()
    assert [values[i] for i in found] == [values[i] for i in kept]


@pytest.mark.parametrize("width", [3, 200, 6000])
@pytest.mark.parametrize("filled", [0.001, 0.5])
def test_a_product_is_what_it_is_written_out(width: int, filled: float) -> None:
    generator = np.random.default_rng(width)
    matrix: Floats = np.where(generator.random((9, width)) < filled, generator.random((9, width)), 0.0)
    rows, columns = np.nonzero(matrix)
    postings = Postings.from_triples(rows, columns, matrix[rows, columns], (9, width))
    ids = np.array([7, 0, 3])
    values = generator.random(3)
    expected = slow_scores(postings, dict(zip(ids.tolist(), values.tolist(), strict=True)))
    assert postings.scores(Vector(ids, values, 1.0)).tolist() == pytest.approx(expected, abs=1e-12)


def slow_signs(finder: SignFinder, words: Sequence[Word]) -> set[tuple[str, int]]:
    groups = (*finder._by_word.values(), *finder._by_start.values(), finder._by_number, finder._anywhere)
    every = {id(e): e for group in groups for e in group}.values()
    return {
        (e.sign, start)
        for start, word in enumerate(words)
        for e in every
        if _fits(e.elements, 0, words, start, word.sentence) is not None
    }


def test_signs_are_those_that_trying_everything_finds(content: Content) -> None:
    lines = [piece for line in _TABLE.read_text(encoding="utf-8").splitlines()[2::9] for piece in line.split(",")]
    written = [line.replace("*", "en").replace("..", "da so").replace("|", " ").replace("=", "") for line in lines]
    finder = _finder()
    for text in (*texts_for(content)[::6], *written[::7]):
        words = words_of(clean(text))
        assert {(f.sign, f.first) for f in finder.find(words)} == slow_signs(finder, words)


def test_an_alarm_is_raised_where_the_whole_score_says_so(taught: Snapshot) -> None:
    assert taught.alarm is not None
    reader = Understanding(taught)
    for text in texts_for(taught.content):
        examined = examine(text)
        vector = taught.alarm.joined(features_of(taught.matcher.analyzer.terms(text), examined.marks))
        urgent = float(taught.alarm.scores(vector)[URGENT]) >= taught.settings.urgent_from
        level = reader.read(text).urgency.level
        assert level is Level.EMERGENCY or (level is Level.HIGH) == urgent


def test_a_second_reading_is_the_first(content: Content, snapshot: Snapshot) -> None:
    """What is remembered of words and texts changes nothing, nor does a snapshot that has read nothing yet."""
    fresh = Understanding(fit(content, previous=snapshot))
    reader = Understanding(snapshot)
    for text in texts_for(content)[::2]:
        assert fresh.read(text) == reader.read(text) == reader.read(text)
        assert tokens(text) == tokens(text)
