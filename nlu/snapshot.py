"""Snapshots: a content and all that was fitted to it, as JSON and plain arrays, published and picked up atomically."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nlu.alarm import KINDS, Alarm, AlarmArrays
from nlu.content import Content
from nlu.encoder import Encoder
from nlu.features import Analyzer
from nlu.gate import Gate
from nlu.language import LanguageDetector
from nlu.matching import Matcher, MatcherArrays
from nlu.meaning import Meanings
from nlu.postings import Postings
from nlu.promise import Trials
from nlu.spaces import SPACES, CharSpace, Space
from nlu.triage import TriageSettings

MATCHER_VERSION = "m7"
"""Changes with everything that makes the same content read differently."""

PATCHED = "+"
"""Stands in the version of a patched snapshot, before the version of the fitted one that it goes back to."""

_Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Snapshot:
    """Everything a reading needs. `version` names the content and the matcher; without `alarm` the rules of urgency decide alone."""

    version: str
    content: Content
    settings: TriageSettings
    matcher: Matcher
    gate: Gate
    trials: Trials
    detector: LanguageDetector
    alarm: Alarm | None = None

    @property
    def nbytes(self) -> int:
        """The bytes of all arrays, texts included."""
        return sum(array.nbytes for array in _to_arrays(self).values())

    def save(self, folder: Path) -> None:
        """Write the snapshot into a folder, which is made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        about = {"version": self.version, "settings": asdict(self.settings), "content": self.content.as_dict()}
        if encoder := self.matcher.encoder:
            about["encoder"] = {"folder": str(encoder.folder), "fingerprint": encoder.fingerprint}
        (folder / "content.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
        with (folder / "arrays.npz").open("wb") as target:
            np.savez(target, allow_pickle=False, **_to_arrays(self))

    @classmethod
    def load(cls, folder: Path) -> Snapshot:
        """Read what `save` wrote. Raises OSError, ValueError or KeyError where the folder holds no whole snapshot.

        EncoderError, a ValueError, where the encoder is missing that it was fitted with: without it the gate would be sure on other grounds.
        """
        about = json.loads((folder / "content.json").read_text(encoding="utf-8"))
        used = about.get("encoder")
        encoder = Encoder.open(Path(used["folder"]), used["fingerprint"]) if used else None
        with np.load(folder / "arrays.npz", allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return cls(
            version=about["version"],
            content=Content.from_dict(about["content"]),
            settings=_settings_from(about["settings"]),
            matcher=_matcher_from(arrays, encoder),
            gate=Gate(arrays["gate"][:-1], float(arrays["gate"][-1])),
            trials=Trials(
                arrays["trial_probability"],
                arrays["trial_hope"],
                arrays["trial_right"],
                arrays["trial_weight"],
                _strings(arrays["trial_languages"]),
            ),
            detector=LanguageDetector(
                dict(zip(_strings(arrays["trigrams"]), arrays["trigram_odds"].tolist(), strict=False))
            ),
            alarm=_alarm_from(arrays) if "alarm_bias" in arrays else None,
        )


def matcher_version(encoder: Encoder | None = None) -> str:
    """How a version ends that was fitted with this encoder, or without one."""
    return f"{MATCHER_VERSION}.{encoder.mark}" if encoder else MATCHER_VERSION


def version_of(content_version: str, encoder: Encoder | None = None, base: str = "") -> str:
    """The version of a snapshot of this content: fitted to it or, with a `base`, patched from the fitted snapshot of that version."""
    own = f"{re.sub(r'[^A-Za-z0-9._-]', '_', content_version)}-{matcher_version(encoder)}"
    return f"{own}{PATCHED}{base}" if base else own


def _settings_from(stored: dict[str, Any]) -> TriageSettings:
    """Raises ValueError for the settings of another version."""
    try:
        return TriageSettings(**stored)
    except TypeError as error:
        raise ValueError(f"the snapshot is of another version: {error}") from None


def _to_arrays(snapshot: Snapshot) -> _Arrays:
    matcher, trials = snapshot.matcher, snapshot.trials
    a = matcher.arrays
    arrays: _Arrays = {
        "labels": _bytes(a.labels),
        "starts": a.starts,
        "owners": a.owners,
        "languages": _bytes(a.languages),
        "texts": _bytes(a.texts),
        "folded": _bytes(matcher.folded),
        "bias": a.bias,
        "fusion": a.fusion,
        "compound_words": _bytes(matcher.analyzer.compound_words),
        "gate": np.append(snapshot.gate.weights, snapshot.gate.bias),
        "trial_probability": trials.probability,
        "trial_hope": trials.hope,
        "trial_right": trials.right,
        "trial_weight": trials.weight,
        "trial_languages": _bytes(trials.languages),
        "trigrams": _bytes(tuple(snapshot.detector.trigrams)),
        "trigram_odds": np.array(list(snapshot.detector.trigrams.values())),
    }
    if a.meanings is not None:
        arrays["meanings"] = a.meanings.array
    arrays.update({f"classifier_{key}": value for key, value in a.classifier.arrays().items()})
    for name, space, index in zip(SPACES, a.spaces, a.indexes, strict=False):
        arrays.update(_space_arrays(name, space))
        arrays.update({f"{name}_{key}": value for key, value in index.arrays().items()})
    return arrays | (_alarm_arrays(snapshot.alarm) if snapshot.alarm else {})


def _space_arrays(name: str, space: Space) -> _Arrays:
    return {f"{name}_terms": _bytes(space.terms), f"{name}_idf": space.idf}


def _space_from(arrays: _Arrays, name: str) -> Space:
    kind = CharSpace if name.endswith("chars") else Space
    return kind(_strings(arrays[f"{name}_terms"]), arrays[f"{name}_idf"].tolist())


def _alarm_arrays(alarm: Alarm) -> _Arrays:
    a = alarm.arrays
    arrays: _Arrays = {
        "alarm_bias": a.bias,
        "alarm_reasons": _bytes(a.reasons),
        "alarm_graver": a.graver,
        "alarm_urgent": a.urgent,
    }
    arrays.update({f"alarm_told_{key}": value for key, value in a.told.arrays().items()})
    arrays.update({f"alarm_scores_{key}": value for key, value in a.scores.arrays().items()})
    for kind, space in zip(KINDS, a.spaces, strict=True):
        arrays.update(_space_arrays(f"alarm_{kind}", space))
    return arrays


def _alarm_from(arrays: _Arrays) -> Alarm:
    return Alarm(
        AlarmArrays(
            spaces=tuple(_space_from(arrays, f"alarm_{kind}") for kind in KINDS),
            scores=_postings_from(arrays, "alarm_scores"),
            bias=arrays["alarm_bias"],
            reasons=_strings(arrays["alarm_reasons"]),
            graver=arrays["alarm_graver"],
            told=_postings_from(arrays, "alarm_told"),
            urgent=arrays["alarm_urgent"],
        )
    )


def _postings_from(arrays: _Arrays, name: str) -> Postings:
    return Postings.from_arrays({key: arrays[f"{name}_{key}"] for key in ("starts", "columns", "weights", "width")})


def _matcher_from(arrays: _Arrays, encoder: Encoder | None) -> Matcher:
    return Matcher(
        Analyzer(_strings(arrays["compound_words"])),
        MatcherArrays(
            labels=_strings(arrays["labels"]),
            starts=arrays["starts"],
            owners=arrays["owners"],
            languages=_strings(arrays["languages"]),
            texts=_strings(arrays["texts"]),
            spaces=tuple(_space_from(arrays, name) for name in SPACES),
            indexes=tuple(_postings_from(arrays, name) for name in SPACES),
            classifier=_postings_from(arrays, "classifier"),
            bias=arrays["bias"],
            fusion=arrays["fusion"],
            meanings=Meanings.from_array(arrays["meanings"]) if "meanings" in arrays else None,
        ),
        _strings(arrays["folded"]) if "folded" in arrays else None,  # not there in snapshots of earlier versions
        encoder,
    )


def _bytes(strings: tuple[str, ...]) -> npt.NDArray[np.uint8]:
    """Strings without line breaks as one array of UTF-8, which needs no pickle."""
    return np.frombuffer("\n".join(strings).encode("utf-8"), np.uint8)


def _strings(array: npt.NDArray[Any]) -> tuple[str, ...]:
    text = array.tobytes().decode("utf-8")
    return tuple(text.split("\n")) if text else ()
