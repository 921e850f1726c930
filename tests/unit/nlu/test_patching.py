"""A patched snapshot: the difference is brought in at once, and everything else stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nlu.content import AnswerEntry, Content, Phrasing
from nlu.learning.patching import patched
from nlu.learning.training import fit
from nlu.matching import ELSEWHERE
from nlu.snapshot import PATCHED, Snapshot
from nlu.understanding import Understanding
from tests.unit.nlu.conftest import PHRASINGS

ESIM = AnswerEntry(
    "esim-order",
    "mobile",
    "faq",
    (
        Phrasing("Wie bestelle ich eine eSIM?", "de"),
        Phrasing("esim bestellen", "de"),
        Phrasing("gibt es die karte auch digital", "de"),
        Phrasing("How do I order an eSIM?", "en"),
        Phrasing("qr code for my esim", "en"),
    ),
)


def with_answers(content: Content, change: Callable[[list[AnswerEntry]], list[AnswerEntry]]) -> Content:
    """The content with other answers, and so of another version."""
    return replace(content, version=f"{content.version} changed", answers=tuple(change(list(content.answers))))


def ids(snapshot: Snapshot, text: str) -> list[str]:
    """The candidates for a text, best first."""
    return [candidate.answer_id for candidate in Understanding(snapshot).read(text).candidates]


def arrays_of(snapshot: Snapshot, folder: Path) -> dict[str, bytes]:
    """Everything that is written of a snapshot."""
    snapshot.save(folder)
    with np.load(folder / "arrays.npz") as stored:
        return {name: stored[name].tobytes() for name in stored.files}


@pytest.fixture
def grown(content: Content) -> Content:
    """The content with an answer more."""
    return with_answers(content, lambda answers: [*answers, ESIM])


def test_a_new_answer_is_found_by_its_own_phrasings(snapshot: Snapshot, grown: Content) -> None:
    found = patched(snapshot, grown)
    assert [ids(found, phrasing.text)[0] for phrasing in ESIM.phrasings] == [ESIM.id] * len(ESIM.phrasings)
    assert ids(found, "ich würde gern eine esim bestellen bitte")[0] == ESIM.id


def test_an_archived_answer_is_found_by_none_of_its_phrasings(snapshot: Snapshot, content: Content) -> None:
    found = patched(snapshot, with_answers(content, lambda answers: [a for a in answers if a.id != "bill-view"]))
    for texts in PHRASINGS["bill-view", "billing"]:
        for text in texts:
            assert "bill-view" not in ids(found, text)
    assert "bill-view" not in found.matcher.arrays.labels
    assert not any("herunterlad" in term.split() for space in found.matcher.arrays.spaces for term in space.terms)


def test_a_changed_phrasing_replaces_the_one_before(snapshot: Snapshot, content: Content) -> None:
    def change(answers: list[AnswerEntry]) -> list[AnswerEntry]:
        return [
            replace(a, phrasings=(*a.phrasings[1:], Phrasing("funknetz zugangscode verlegt", "de"))) for a in answers
        ]

    found = patched(snapshot, with_answers(content, lambda a: [*change(a[3:4]), *a[:3], *a[4:]]))
    assert ids(found, "zugangscode verlegt")[0] == "wifi-password"
    texts = found.matcher.arrays.texts
    assert "funknetz zugangscode verlegt" in texts
    assert "Wo finde ich das WLAN-Passwort?" not in texts


def test_an_answer_whose_phrasings_are_all_others_is_no_longer_found_by_the_old_ones(
    snapshot: Snapshot, content: Content
) -> None:
    def change(answers: list[AnswerEntry]) -> list[AnswerEntry]:
        return [replace(a, phrasings=ESIM.phrasings) if a.id == "roaming-eu" else a for a in answers]

    found = patched(snapshot, with_answers(content, change))
    assert ids(found, "esim bestellen")[0] == "roaming-eu"
    assert ids(found, "phone in spain")[0] != "roaming-eu"


def test_the_same_base_and_content_give_the_same_arrays(snapshot: Snapshot, grown: Content, tmp_path: Path) -> None:
    first, second = patched(snapshot, grown), patched(snapshot, grown)
    assert arrays_of(first, tmp_path / "a") == arrays_of(second, tmp_path / "b")
    assert first.version == second.version


def test_the_version_tells_a_patched_snapshot_from_a_fitted_one(snapshot: Snapshot, grown: Content) -> None:
    found = patched(snapshot, grown)
    assert found.version.partition(PATCHED)[0] == fit(grown, previous=snapshot).version
    assert found.version.partition(PATCHED)[2] == snapshot.version
    assert PATCHED not in snapshot.version


def test_a_change_that_is_undone_gives_the_fitted_snapshot_back(snapshot: Snapshot, content: Content) -> None:
    assert patched(snapshot, replace(content)) is snapshot


def test_a_patched_snapshot_reads_alike_when_it_is_loaded(snapshot: Snapshot, grown: Content, tmp_path: Path) -> None:
    found = patched(snapshot, grown)
    found.save(tmp_path)
    texts = [phrasing.text for entry in grown.answers for phrasing in entry.phrasings]
    loaded, made = Understanding(Snapshot.load(tmp_path)), Understanding(found)
    assert [loaded.read(text) for text in texts] == [made.read(text) for text in texts]


def test_how_far_a_match_can_be_trusted_is_taken_over(snapshot: Snapshot, grown: Content) -> None:
    found = patched(snapshot, grown)
    assert (found.gate, found.trials, found.alarm) == (snapshot.gate, snapshot.trials, snapshot.alarm)
    assert found.matcher.arrays.fusion is snapshot.matcher.arrays.fusion


def test_what_was_not_touched_scores_what_it_scored(snapshot: Snapshot, grown: Content) -> None:
    """A rarer word than all others would make every question's unknown words weigh more."""
    before, after = Understanding(snapshot), Understanding(patched(snapshot, grown))
    for text in ("vertrag kündigen", "wifi password", "was kostet das in thailand", "mondscheintarif xyzzy"):
        was, now = before.read(text).candidates[0], after.read(text).candidates[0]
        assert (now.answer_id, now.phrasing) == (was.answer_id, was.phrasing)
        assert now.confidence == pytest.approx(was.confidence, abs=0.02)


def test_small_talk_may_change_too(snapshot: Snapshot, content: Content) -> None:
    intents = {**content.intents, "bye": ("tschüss", "auf wiedersehen", "bye bye", "see you")}
    intents.pop("insult")
    found = Understanding(patched(snapshot, replace(content, version="talk", intents=intents)))
    labels = found.snapshot.matcher.arrays.labels
    assert "intent:bye" in labels
    assert "intent:insult" not in labels
    assert found.read("auf wiedersehen").intent == "bye"


def test_what_is_answered_now_is_not_elsewhere_any_more(snapshot: Snapshot, content: Content) -> None:
    arrays = snapshot.matcher.arrays
    nowhere = arrays.texts[int(arrays.starts[arrays.labels.index(ELSEWHERE)])]
    entry = AnswerEntry("now-answered", "misc", "faq", (Phrasing(nowhere, "de"),))
    found = patched(snapshot, with_answers(content, lambda answers: [*answers, entry])).matcher.arrays
    assert [found.labels[found.owners[i]] for i, text in enumerate(found.texts) if text == nowhere] == ["now-answered"]


def test_nothing_to_tell_apart_is_refused(snapshot: Snapshot) -> None:
    alone = Content("alone", (ESIM,), {})
    with_elsewhere = patched(snapshot, alone)
    assert with_elsewhere.matcher.arrays.labels == (ELSEWHERE, ESIM.id)
    with pytest.raises(ValueError, match="two classes"):
        patched(replace(with_elsewhere, content=alone), Content("none", (), {}))
