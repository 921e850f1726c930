"""A reader goes on with the snapshot before while the new one is loaded."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nlu.folder import SnapshotFolder
from nlu.following import Follower
from nlu.snapshot import Snapshot

PATIENCE = 10.0


class SlowDisk:
    """Lets nothing be loaded until it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked, self.go = threading.Event(), threading.Event()
        real = Snapshot.load

        def load(folder: Path) -> Snapshot:
            self.asked.set()
            assert self.go.wait(PATIENCE)
            return real(folder)

        monkeypatch.setattr(Snapshot, "load", load)


@pytest.fixture
def folder(snapshot: Snapshot, tmp_path: Path) -> SnapshotFolder:
    """A folder with one publication."""
    folder = SnapshotFolder(tmp_path)
    folder.publish(snapshot)
    return folder


@pytest.fixture
def follower(folder: SnapshotFolder, tmp_path: Path) -> Iterator[Follower]:
    """A reader of that folder that has read it."""
    follower = Follower(SnapshotFolder(tmp_path))
    assert follower.current() is not None
    return follower


def version_of(follower: Follower) -> str:
    understanding = follower.current()
    assert understanding is not None
    return understanding.snapshot.version


def wait_for(follower: Follower, version: str) -> None:
    end = time.monotonic() + PATIENCE
    while version_of(follower) != version:
        assert time.monotonic() < end, f"{version} never read"
        time.sleep(0.01)


def loading_second(
    folder: SnapshotFolder, follower: Follower, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> SlowDisk:
    """A second snapshot is published, and its loading waits for the disk."""
    disk = SlowDisk(monkeypatch)
    folder.publish(replace(snapshot, version="second"))
    follower.look()
    assert disk.asked.wait(PATIENCE)
    return disk


def test_the_old_snapshot_reads_while_the_new_one_is_loaded(
    folder: SnapshotFolder, follower: Follower, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = loading_second(folder, follower, snapshot, monkeypatch)
    old = follower.current()
    assert old is not None
    assert old.snapshot.version == snapshot.version
    assert old.read("vertrag kündigen").candidates[0].answer_id == "contract-cancel"
    disk.go.set()
    wait_for(follower, "second")


def test_looking_alone_brings_a_publication_in(folder: SnapshotFolder, follower: Follower, snapshot: Snapshot) -> None:
    """The first message after a publication is read by it, however long nobody wrote before."""
    folder.publish(replace(snapshot, version="second"))
    loaders = {thread for thread in threading.enumerate() if thread.name == "snapshot-load"}
    follower.look()
    for thread in threading.enumerate():
        if thread.name == "snapshot-load" and thread not in loaders:
            thread.join(PATIENCE)
    assert version_of(follower) == "second"


def test_what_is_published_while_another_is_loaded_is_read_after_it(
    folder: SnapshotFolder, follower: Follower, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = loading_second(folder, follower, snapshot, monkeypatch)
    folder.publish(replace(snapshot, version="third"))
    disk.go.set()
    wait_for(follower, "third")


def test_a_broken_publication_leaves_the_old_one_reading(
    folder: SnapshotFolder, follower: Follower, snapshot: Snapshot, tmp_path: Path
) -> None:
    (tmp_path / "broken").write_text("gone", encoding="utf-8")
    (tmp_path / "broken").replace(tmp_path / "current")
    follower.look()
    assert version_of(follower) == snapshot.version
    folder.publish(replace(snapshot, version="mended"))
    wait_for(follower, "mended")


def test_nothing_reads_before_the_first_publication(snapshot: Snapshot, tmp_path: Path) -> None:
    follower = Follower(SnapshotFolder(tmp_path / "empty"))
    assert follower.current() is None
    SnapshotFolder(tmp_path / "empty").publish(snapshot)
    assert version_of(follower) == snapshot.version
