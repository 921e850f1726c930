"""Reading with a sentence encoder: what shares no letter with any phrasing is found by what it means."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nlu.content import AnswerEntry, Content, Phrasing
from nlu.encoder import Encoder, EncoderError
from nlu.folder import SnapshotFolder
from nlu.following import Follower
from nlu.learning.patching import patched
from nlu.learning.training import fit
from nlu.matching import FEATURES, Matcher
from nlu.meaning import Meanings
from nlu.snapshot import MATCHER_VERSION, PATCHED, Snapshot
from nlu.understanding import Understanding
from tests.encoders import make_encoder

KNOWN = {
    "letterbox": ("briefkasten", "postkasten", "zustellfach", "einwurfschlitz", "posteinwurf"),
    "chimney": ("schornstein", "kaminzug", "rauchfang", "abzugsrohr", "ofenrohr"),
    "hedge": ("hecke", "strauchwerk", "buchsbaum", "grünschnitt", "gebüsch"),
    "roof": ("dachziegel", "giebel", "gaube", "traufe", "sparren"),
    "cellar": ("keller", "untergeschoss", "souterrain", "tiefparterre", "gewölbe"),
    "fence": ("zaun", "gatter", "staketen", "umfriedung", "absperrung"),
}
ASKED = {"letterbox": "mailbox", "chimney": "smokestack", "hedge": "shrubs", "roof": "gable", "fence": "railing"}
LIFT = AnswerEntry("lift", "house", "faq", (Phrasing("fahrstuhl", "de"), Phrasing("aufzug steckt fest", "de")))
MEANT = [(*words, ASKED[name]) if name in ASKED else words for name, words in KNOWN.items()]
MEANT += [("fahrstuhl", "aufzug", "elevator")]


def content_of(answers: dict[str, tuple[str, ...]]) -> Content:
    def phrasings(words: Sequence[str]) -> tuple[Phrasing, ...]:
        return tuple(Phrasing(text, "de") for word in words for text in (word, f"wer kümmert sich um {word}"))

    return Content("house", tuple(AnswerEntry(k, "house", "faq", phrasings(words)) for k, words in answers.items()), {})


CONTENT = content_of(KNOWN)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder that knows the words of the content, and what they are called in English."""
    return make_encoder(tmp_path_factory.mktemp("encoder"), MEANT)


@pytest.fixture(scope="module")
def without() -> Snapshot:
    """The content as everybody reads it."""
    return fit(CONTENT)


@pytest.fixture(scope="module")
def meaning(folder: Path) -> Snapshot:
    """The content fitted with the encoder."""
    return fit(CONTENT, encoder=Encoder.open(folder))


def found(snapshot: Snapshot, text: str) -> list[str]:
    """The candidates for a text, best first."""
    return [candidate.answer_id for candidate in Understanding(snapshot).read(text).candidates]


def sure(snapshot: Snapshot, text: str) -> float:
    """How sure the gate is of the best candidate."""
    return snapshot.gate.probability(snapshot.matcher.match(text, "en"))


def test_a_question_in_another_language_finds_the_answer_by_what_it_means(without: Snapshot, meaning: Snapshot) -> None:
    assert [found(meaning, word)[0] for word in ASKED.values()] == list(ASKED)
    assert sum(name in found(without, word)[:1] for name, word in ASKED.items()) <= 1


def test_the_gate_relies_on_it(without: Snapshot, meaning: Snapshot) -> None:
    for word in ASKED.values():
        assert sure(meaning, word) > max(0.5, sure(without, word))
        assert sure(meaning, word) > sure(meaning, "xyzzy plugh")


def test_it_brings_an_answer_onto_a_short_list_that_is_full(folder: Path) -> None:
    many = {f"other{i}": (f"gerät{i}", f"apparat{i}") for i in range(30)}
    content = content_of({**many, "zaun": KNOWN["fence"]})
    snapshot = fit(content, encoder=Encoder.open(folder))
    listed = [snapshot.matcher.arrays.labels[s.index] for s in snapshot.matcher.match("railing", "en").ranked]
    assert listed[0] == "zaun"


def test_without_an_encoder_nothing_is_near(without: Snapshot) -> None:
    match = without.matcher.match("wer kümmert sich um zaun", "de")
    assert not any(scored.features[FEATURES.index("meaning")] for scored in match.ranked)
    assert without.version == f"house-{MATCHER_VERSION}"


def test_the_version_names_the_encoder(meaning: Snapshot, folder: Path) -> None:
    assert meaning.version == f"house-{MATCHER_VERSION}.{Encoder.open(folder).mark}"


def test_a_loaded_snapshot_reads_alike(meaning: Snapshot, tmp_path: Path) -> None:
    meaning.save(tmp_path)
    loaded, saved = Understanding(Snapshot.load(tmp_path)), Understanding(meaning)
    for text in (*ASKED.values(), "wer kümmert sich um den keller", "", "🙂"):
        assert loaded.read(text) == saved.read(text)


def test_a_patched_answer_is_found_by_what_it_means(meaning: Snapshot, tmp_path: Path) -> None:
    grown = patched(meaning, replace(CONTENT, version="grown", answers=(*CONTENT.answers[1:], LIFT)))
    assert found(grown, "elevator")[0] == "lift"
    assert "letterbox" not in found(grown, "mailbox")
    assert found(grown, "smokestack")[0] == "chimney"
    assert grown.version.partition(PATCHED)[2] == meaning.version
    grown.save(tmp_path)
    assert Understanding(Snapshot.load(tmp_path)).read("elevator") == Understanding(grown).read("elevator")


def test_a_quick_fit_goes_on_with_the_encoder(meaning: Snapshot) -> None:
    quick = fit(replace(CONTENT, version="grown", answers=(*CONTENT.answers, LIFT)), previous=meaning)
    assert found(quick, "elevator")[0] == "lift"


def test_a_snapshot_is_refused_with_another_encoder_or_none(meaning: Snapshot, tmp_path: Path) -> None:
    own = make_encoder(tmp_path / "encoder", MEANT)
    fit(CONTENT, previous=replace(meaning, matcher=with_encoder(meaning, own))).save(tmp_path / "snapshot")
    Snapshot.load(tmp_path / "snapshot")
    make_encoder(own, MEANT[:-1])
    with pytest.raises(EncoderError, match="another encoder than the snapshot was fitted with"):
        Snapshot.load(tmp_path / "snapshot")
    own.rename(tmp_path / "elsewhere")
    with pytest.raises(EncoderError, match=r"there is no folder .*understanding\.encoder"):
        Snapshot.load(tmp_path / "snapshot")


def test_a_process_that_cannot_use_the_encoder_says_so_once_and_reads_by_what_it_had(
    meaning: Snapshot, without: Snapshot, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = make_encoder(tmp_path / "encoder", MEANT)
    writer, reader = SnapshotFolder(tmp_path / "home"), SnapshotFolder(tmp_path / "home")
    writer.publish(without)
    assert reader.current() is not None
    writer.publish(fit(CONTENT, previous=replace(meaning, matcher=with_encoder(meaning, own))))
    own.rename(tmp_path / "elsewhere")
    with caplog.at_level(logging.ERROR):
        current = [reader.current() for _ in range(3)][-1]
    assert current is not None
    assert current.version == without.version
    assert len(caplog.messages) == 1
    assert "understanding.encoder" in caplog.messages[0]
    (tmp_path / "elsewhere").rename(own)
    assert Follower(reader).current() is not None
    assert reader.refused is None


def with_encoder(snapshot: Snapshot, folder: Path) -> Matcher:
    """The matcher with an encoder of the same make."""
    matcher = snapshot.matcher
    return Matcher(matcher.analyzer, matcher.arrays, matcher.folded, Encoder.open(folder))


def test_last_digits_and_the_order_of_sums_do_not_show() -> None:
    generator = np.random.default_rng(3)
    vectors = generator.normal(size=(500, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    text = (vectors[7] + 0.4 * vectors[8]) / np.float32(np.linalg.norm(vectors[7] + 0.4 * vectors[8]))
    order = generator.permutation(384)
    near = Meanings.of(vectors).nearness(text)
    assert np.array_equal(near, Meanings.of(vectors[:, order]).nearness(text[order]))
    assert np.abs(near - vectors.astype(np.float64) @ text).max() < 0.0065
    shifted = text * (1 + 1e-7 * generator.normal(size=384)).astype(np.float32)
    assert np.count_nonzero(Meanings.of(vectors).nearness(shifted) != near) <= 1
    assert np.array_equal(Meanings.from_array(Meanings.of(vectors).array).nearness(text), near)
