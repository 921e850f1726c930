"""From what is published to what reads: snapshots patched at once and fitted after, by one writer at a time."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bot.errors import Fault, SettingsError
from bot.knowledge.files import read_small_talk
from bot.knowledge.labelled import read_outcomes, read_urgency
from bot.knowledge.learned import full_hour, outcome_examples, urgency_examples
from bot.knowledge.publishing import content_of
from bot.settings import Settings
from bot.storage import answers, learned
from bot.storage.opening import opened
from bot.storage.rows import now
from bot.storage.schema import upgrade
from bot.storage.store import Store
from nlu.content import Content
from nlu.encoder import SETTING, Encoder, EncoderError
from nlu.folder import SnapshotFolder
from nlu.learning.patching import patched
from nlu.learning.training import fit
from nlu.snapshot import PATCHED, Snapshot, matcher_version, version_of
from nlu.triage import TriageSettings

_WRITING, _FITTING = "writing", "fitting"


def open_store(settings: Settings) -> Store:
    """The store, its schema brought up to date. SettingsError says what is in the way."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with opened(settings.sql_url) as engine:
        upgrade(engine)
    return Store(settings.sql_url)


def snapshots(settings: Settings) -> SnapshotFolder:
    """Where snapshots are published for every worker of this machine."""
    return SnapshotFolder(settings.home / "snapshots")


def small_talk_file(settings: Settings) -> Path:
    """Rasa's training data with the examples of small talk."""
    return settings.content / "rasa" / "nlu.yml"


def triage_settings(settings: Settings) -> TriageSettings:
    """What the operator promises."""
    chosen = settings.understanding
    return TriageSettings(promised_precision=chosen.promised_precision, most_handoffs=chosen.most_handoffs)


@dataclass(frozen=True)
class Learned:
    """What people decided at the desk and in the chat: messages with their urgency, questions with their right answers."""

    urgency: list[dict[str, Any]]
    outcomes: list[dict[str, Any]]


def learned_content(store: Store, published: Set[str]) -> Learned:
    """What is learned from people now, about these answers: what they decided until the last full hour."""
    before = full_hour(now())

    def look(connection: Connection) -> Learned:
        said = learned.agents_answers(connection, before), learned.helpful_answers(connection, before)
        return Learned(urgency_examples(learned.urgencies(connection, before)), outcome_examples(*said, published))

    return store.read_now(look)


def open_encoder(folder: Path | None) -> Encoder | None:
    """The sentence encoder in a folder; None without one. Raises SettingsError where it cannot be used."""
    try:
        return Encoder.open(folder) if folder else None
    except EncoderError as error:
        raise SettingsError([Fault(SETTING, error.wrong, error.hint)]) from None


def published_content(settings: Settings, store: Store) -> Content:
    """What is published in the store, with small talk from a file and labelled messages from files and from people."""
    items = store.read_now(answers.published)
    people = learned_content(store, {item.id for item in items})
    labelled = {
        "urgency": [*read_urgency(settings.content / "urgency"), *people.urgency],
        "outcomes": [*read_outcomes(settings.content / "outcomes"), *people.outcomes],
    }
    return Content.from_dict(content_of(items, read_small_talk(small_talk_file(settings)), **labelled))


class Publisher:
    """Publishes snapshots of what is published in a store. Several may work at once, in any number of processes."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._base: Snapshot | None = None
        self.folder = snapshots(settings)

    @cached_property
    def encoder(self) -> Encoder | None:
        """The encoder that is set. Raises SettingsError where it cannot be used."""
        return open_encoder(self._settings.understanding.encoder)

    def content(self) -> Content:
        """What is published now."""
        return published_content(self._settings, self._store)

    def is_fitted(self, content: Content) -> bool:
        """Whether the current snapshot was fitted to this content."""
        return self.folder.version() == version_of(content.version, self.encoder)

    def is_live(self, content: Content) -> bool:
        """Whether the current snapshot reads by this content, fitted or patched."""
        return (self.folder.version() or "").partition(PATCHED)[0] == version_of(content.version, self.encoder)

    def patch(self, content: Content) -> bool:
        """Publish a patched snapshot unless the current one reads by this content already. False where there is nothing to patch."""
        with self.folder.locked(_WRITING):
            if self.is_live(content):
                return True
            base = self.base()
            if base is None:
                return False
            self.folder.publish(patched(base, content))
            return True

    def base(self) -> Snapshot | None:
        """The fitted snapshot that can be patched now, kept in memory; None where there is none or it is another version's work."""
        wanted = (self.folder.version() or "").rpartition(PATCHED)[2]
        if self._base is None or self._base.version != wanted:
            own = wanted.endswith(f"-{matcher_version(self.encoder)}")
            self._base = self.folder.fitted() if own else None
        return self._base

    def wake(self) -> None:
        """Do beforehand what the first patch would wait for: the base is read, scikit-learn imported, tables are built."""
        base = self.base()
        if base is not None:
            patched(base, replace(base.content, intents={**base.content.intents, "waking": ("wake up",)}))

    def fit(self, processes: int = 1) -> tuple[Snapshot, bool]:
        """Publish a snapshot fitted to what is published, and if that changed meanwhile, to what is then. Returns it and whether it is a new one."""
        with self.folder.locked(_FITTING):
            while True:
                content = self.content()
                current = self.folder.current() if self.is_fitted(content) else None
                if current is not None and self._is_as_set(current):
                    return current, False
                fitted = fit(
                    content, settings=triage_settings(self._settings), encoder=self.encoder, processes=processes
                )
                with self.folder.locked(_WRITING):
                    if self.content().version == content.version:
                        self.folder.publish(fitted)
                        return fitted, True

    def _is_as_set(self, snapshot: Snapshot) -> bool:
        """Whether the snapshot promises what is promised now, and names the encoder where it is."""
        used, wanted = (encoder and encoder.folder for encoder in (snapshot.matcher.encoder, self.encoder))
        return snapshot.settings == triage_settings(self._settings) and used == wanted
