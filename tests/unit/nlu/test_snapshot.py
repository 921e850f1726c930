"""Snapshots: saved, loaded, published."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nlu.content import Content
from nlu.folder import SnapshotFolder
from nlu.learning import matcher
from nlu.learning.training import fit
from nlu.reading import Context
from nlu.snapshot import MATCHER_VERSION, Snapshot
from nlu.understanding import Understanding

TEXTS = ("vertrag kündigen", "roaming turkey price", "hallo", "xyzzy", "mein handy wurde geklaut", "")


def test_content_survives_json(content: Content) -> None:
    assert Content.from_dict(json.loads(json.dumps(content.as_dict()))) == content


def test_a_loaded_snapshot_reads_alike(snapshot: Snapshot, tmp_path: Path) -> None:
    snapshot.save(tmp_path)
    loaded = Understanding(Snapshot.load(tmp_path))
    saved = Understanding(snapshot)
    for text in TEXTS:
        assert loaded.read(text) == saved.read(text)
        assert loaded.read(text, Context("en", "roaming-eu", "phone in spain", 1)) == saved.read(
            text, Context("en", "roaming-eu", "phone in spain", 1)
        )


def test_fitting_twice_gives_the_same(content: Content, snapshot: Snapshot) -> None:
    again = Understanding(fit(content))
    assert [again.read(text) for text in TEXTS] == [Understanding(snapshot).read(text) for text in TEXTS]


def test_a_quick_fit_knows_new_content(content: Content, snapshot: Snapshot) -> None:
    without = replace(content, answers=content.answers[:-1])
    quick = fit(without, previous=snapshot)
    assert "bill-view" not in {c.answer_id for c in Understanding(quick).read("rechnung herunterladen").candidates}
    assert quick.gate == snapshot.gate


def test_versions_make_safe_folder_names(snapshot: Snapshot) -> None:
    assert snapshot.version == f"v_1-{MATCHER_VERSION}"


def test_a_snapshot_of_another_version_is_none(snapshot: Snapshot, tmp_path: Path) -> None:
    SnapshotFolder(tmp_path).publish(snapshot)
    file = tmp_path / snapshot.version / "content.json"
    about = json.loads(file.read_text(encoding="utf-8"))
    about["settings"]["forgotten"] = 8.0
    file.write_text(json.dumps(about), encoding="utf-8")
    assert SnapshotFolder(tmp_path).current() is None


def test_nothing_is_current_before_the_first_publication(tmp_path: Path) -> None:
    assert SnapshotFolder(tmp_path / "none").current() is None


def test_a_publication_is_seen_by_other_readers_once(snapshot: Snapshot, tmp_path: Path) -> None:
    reader, writer = SnapshotFolder(tmp_path), SnapshotFolder(tmp_path)
    writer.publish(snapshot)
    first = reader.current()
    assert first is not None
    assert first.version == snapshot.version
    assert reader.current() is first
    writer.publish(replace(snapshot, version="v2-m3"))
    second = reader.current()
    assert second is not None
    assert second.version == "v2-m3"


def test_the_same_version_can_be_published_again(snapshot: Snapshot, tmp_path: Path) -> None:
    folder = SnapshotFolder(tmp_path)
    for _ in range(8):
        folder.publish(snapshot)
    current = folder.current()
    assert current is not None
    assert current.version == snapshot.version
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) <= 6


def test_a_broken_publication_leaves_the_old_one_in_service(snapshot: Snapshot, tmp_path: Path) -> None:
    folder = SnapshotFolder(tmp_path)
    folder.publish(snapshot)
    old = folder.current()
    (tmp_path / "current").write_text("gone", encoding="utf-8")
    assert folder.current() is old


def test_too_little_content_is_refused() -> None:
    with pytest.raises(ValueError, match="two classes"):
        fit(Content("empty", (), {}), previous=None)


def test_several_processes_fit_the_same_as_one(content: Content, tmp_path: Path) -> None:
    alone, shared = fit(content), fit(content, processes=2)
    alone.save(tmp_path / "alone")
    shared.save(tmp_path / "shared")
    with np.load(tmp_path / "alone" / "arrays.npz") as one, np.load(tmp_path / "shared" / "arrays.npz") as two:
        assert sorted(one.files) == sorted(two.files)
        assert all(np.array_equal(one[name], two[name]) for name in one.files)


def test_thousands_of_answers_are_told_apart_without_fitting_a_column_each(
    content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matcher, "_MOST_WEIGHTS", 0)
    rough = Understanding(fit(content))
    for entry in content.answers:
        for phrasing in entry.phrasings:
            assert rough.read(f"{phrasing.text} bitte").candidates[0].answer_id == entry.id
