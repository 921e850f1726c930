"""Patching: a fitted snapshot brought up to another content in a fraction of a second, until it is fitted anew.

What was learned of how far a match can be trusted (fusion, gate, trials, urgency, language) is taken over, and so is what the classifier knows of
answers that stayed much the same. Only the difference is brought in, by rules that give the same arrays for the same base and content:

- A phrasing that is gone leaves the indexes, an answer that is gone leaves every array, a term that no phrasing is left for leaves its vocabulary.
- A new phrasing is analysed as the base would (compounds are split by the words that it knew), encoded where the base has an encoder, and is found by retrieval
  at once. Terms that the base did not
  know are appended to its vocabulary with the smoothed idf that `Space.fit` gives, counted over the new phrasings, at most that of the base's rarest term:
  so questions about what did not change weigh what they weighed.
- A new answer, and one most of whose phrasings are new, gets a classifier column of its own, see `columns`.

Messages labelled with their urgency, and outcomes, teach nothing before the next fit.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from rapidfuzz import fuzz, process

from nlu.content import Content
from nlu.features import Ints
from nlu.learning.columns import Carried, classified
from nlu.learning.matcher import ANSWERED, MIN_DF
from nlu.matching import ELSEWHERE, INTENT_PREFIX, Matcher, MatcherArrays
from nlu.meaning import Meanings
from nlu.postings import GONE, Postings, moved_entries, rows_of
from nlu.snapshot import Snapshot, version_of
from nlu.spaces import SPACES, Space, Vector, documents_of
from nlu.text import clean, tokens

_Key = tuple[str, str]
"""A phrasing: the label of its class, and its cleaned text."""


@dataclass(frozen=True)
class _Rows:
    """The phrasings of the patched snapshot, sorted by class: each with its language and its column in the base, `GONE` for a new one."""

    keys: list[_Key]
    languages: tuple[str, ...]
    source: Ints

    @property
    def fresh(self) -> Ints:
        """Where the new phrasings are."""
        return np.flatnonzero(self.source == GONE)

    def moved(self, width: int) -> Ints:
        """For each of the base's `width` columns the column it has now, `GONE` where it has none."""
        moved = np.full(width, GONE, np.int64)
        kept = np.flatnonzero(self.source != GONE)
        moved[self.source[kept]] = kept
        return moved


def patched(base: Snapshot, content: Content) -> Snapshot:
    """The snapshot of `content` on the grounds of what was fitted to another one. Raises ValueError for fewer than two classes."""
    if content == base.content:
        return base
    analyzer, old = base.matcher.analyzer, base.matcher.arrays
    rows = _rows(base, content)
    labels = tuple(sorted({label for label, _ in rows.keys}))
    if len(labels) < 2:
        raise ValueError("a matcher needs at least two classes")
    terms = [analyzer.terms(rows.keys[row][1]) for row in rows.fresh.tolist()]
    moved = rows.moved(len(old.texts))
    documents = [[documents_of(t)[rank] for t in terms] for rank in range(len(SPACES))]
    parts = [_space(old, rank, moved, fresh) for rank, fresh in enumerate(documents)]
    spaces, kept = tuple(space for space, _ in parts), [ids for _, ids in parts]
    number = {label: i for i, label in enumerate(labels)}
    owners = np.array([number[label] for label, _ in rows.keys], np.int64)
    vectors = [[space.vector(document) for document in own] for space, own in zip(spaces, documents, strict=True)]
    indexes = tuple(
        _index(index, (ids, moved), rows.fresh, own, (len(space), len(rows.keys)))
        for index, ids, own, space in zip(old.indexes, kept, vectors, spaces, strict=True)
    )
    taken = _taken(old.labels, labels, np.bincount(owners[rows.fresh], minlength=len(labels)), np.bincount(owners))
    classifier, bias = classified(old, Carried(kept, taken), indexes, owners)
    arrays = MatcherArrays(
        labels=labels,
        starts=np.searchsorted(owners, np.arange(len(labels))).astype(np.int64),
        owners=owners,
        languages=rows.languages,
        texts=tuple(text for _, text in rows.keys),
        spaces=spaces,
        indexes=indexes,
        classifier=classifier,
        bias=bias,
        fusion=old.fusion,
        meanings=_meanings(base.matcher, rows),
    )
    before = base.matcher.folded
    folded = [before[column] for column in rows.source.tolist()]
    for row, t in zip(rows.fresh.tolist(), terms, strict=True):
        folded[row] = " ".join(t.tokens)
    encoder = base.matcher.encoder
    version = version_of(content.version, encoder, base.version)
    return replace(base, version=version, content=content, matcher=Matcher(analyzer, arrays, folded, encoder))


def _rows(base: Snapshot, content: Content) -> _Rows:
    arrays, detect = base.matcher.arrays, base.detector.detect
    own = zip((arrays.labels[owner] for owner in arrays.owners.tolist()), arrays.texts, strict=True)
    known = {key: column for column, key in enumerate(own)}
    wanted = _asked(base, content, known)
    talk = [(INTENT_PREFIX + name, clean(text)) for name, texts in content.intents.items() for text in texts]
    for key in [*talk, *_elsewhere(base, content, known, [*wanted, *talk])]:
        wanted[key] = arrays.languages[known[key]] if key in known else detect(key[1])
    keys = sorted(key for key in wanted if key[1])
    source = np.array([known.get(key, GONE) for key in keys], np.int64)
    return _Rows(keys, tuple(wanted[key] for key in keys), source)


def _asked(base: Snapshot, content: Content, known: Mapping[_Key, int]) -> dict[_Key, str]:
    """The phrasings of all answers with their languages; those of answers that did not change were cleaned before."""
    before = {entry.id: entry for entry in base.content.answers}
    changed = {entry.id: entry for entry in content.answers if before.get(entry.id) != entry}
    stay = {entry.id for entry in content.answers}.difference(changed)
    wanted = {key: base.matcher.arrays.languages[column] for key, column in known.items() if key[0] in stay}
    for entry in changed.values():
        wanted.update({(entry.id, clean(p.text)): p.language for p in entry.phrasings})
    return wanted


def _elsewhere(base: Snapshot, content: Content, known: Iterable[_Key], wanted: Sequence[_Key]) -> list[_Key]:
    """What nothing here answers: what the base knew of it, without what is nearly a new phrasing, and what the content says itself."""
    said = [clean(text) for text in content.elsewhere]
    gone = {clean(text) for text in base.content.elsewhere}.difference(said)
    before = set(known)
    fresh = [" ".join(tokens(text)) for label, text in wanted if (label, text) not in before]
    kept = [
        text
        for label, text in before
        if label == ELSEWHERE
        and text not in gone
        and not process.extractOne(" ".join(tokens(text)), fresh, scorer=fuzz.ratio, score_cutoff=ANSWERED)
    ]
    return [(ELSEWHERE, text) for text in (*kept, *said)]


def _space(old: MatcherArrays, rank: int, moved: Ints, fresh: Sequence[Sequence[str]]) -> tuple[Space, Ints]:
    """The vocabulary of one space now, and for each of the base's terms the id it has now, `GONE` where it has none."""
    space, index = old.spaces[rank], old.indexes[rank]
    frequency = Counter(term for document in fresh for term in set(space.terms_in(document)))
    rows = rows_of(index)[moved[index.columns] != GONE]
    used = np.bincount(rows, minlength=len(space)) > 0
    used |= np.fromiter((term in frequency for term in space.terms), np.bool_, len(space))
    total = len(old.texts) + len(fresh)
    added = sorted(t for t, count in frequency.items() if count >= MIN_DF[SPACES[rank]] and t not in space)
    rarest = float(space.idf.max()) if len(space) else math.inf
    idf = [min(math.log((1 + total) / (1 + frequency[term])) + 1.0, rarest) for term in added]
    kept = np.flatnonzero(used)
    ids = np.full(len(space), GONE, np.int64)
    ids[kept] = np.arange(len(kept))
    terms = [*(space.terms[i] for i in kept.tolist()), *added]
    return type(space)(terms, [*space.idf[kept].tolist(), *idf]), ids


def _meanings(matcher: Matcher, rows: _Rows) -> Meanings | None:
    """What the phrasings mean; only the new ones are encoded."""
    before = matcher.arrays.meanings
    if before is None or matcher.encoder is None:
        return None
    return before.moved(rows.source, matcher.encoder.encode([rows.keys[row][1] for row in rows.fresh.tolist()]))


def _index(
    old: Postings, moved: tuple[Ints, Ints], where: Ints, fresh: Sequence[Vector], shape: tuple[int, int]
) -> Postings:
    """An index with what stays of the base's, and the vectors of the new phrasings, which stand in the columns `where`."""
    rows, columns, weights = moved_entries(old, *moved)
    return Postings.from_triples(
        np.concatenate([rows, *(v.ids for v in fresh)]),
        np.concatenate([columns, np.repeat(where, [len(v.ids) for v in fresh])]),
        np.concatenate([weights, *(v.values for v in fresh)]),
        shape,
    )


def _taken(before: Sequence[str], labels: Sequence[str], fresh: Ints, all_: Ints) -> Ints:
    """For each of the base's classes the class whose classifier column it stays, `GONE` where it is gone or most of its phrasings are new."""
    number = {label: i for i, label in enumerate(labels) if 2 * fresh[i] <= all_[i]}
    return np.array([number.get(label, GONE) for label in before], np.int64)
