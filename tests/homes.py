"""Homes for tests: prepared once as `frontline train` would, kept under .cache, and copied for each test.

The schema is brought up to date by whatever opens a copy.
"""

from __future__ import annotations

import fcntl
import hashlib
from pathlib import Path

from bench.processes import ROOT, copy_home, prepared_home

_INPUTS = (
    "data/answers/**/*.yml",
    "data/urgency/*.tsv",
    "data/outcomes/*.tsv",
    "data/rasa/*.yml",
    "nlu/**/*",
    "config.yml",
    "bot/storage/migrations/versions/*.py",  # what has not been released may still change
)


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted({path for pattern in _INPUTS for path in ROOT.glob(pattern) if path.is_file()}):
        if path.suffix in {".py", ".yml", ".tsv", ".json", ".txt"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def kept_home() -> Path:
    """The home that others are copied from; the first call takes a minute or two."""
    kept = ROOT / ".cache" / "tests" / _fingerprint()
    kept.mkdir(parents=True, exist_ok=True)
    with (kept / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test workers run side by side
        if not (kept / ".ready").exists():
            prepared_home(kept)
            (kept / ".ready").touch()
    return kept


def fresh_home(target: Path) -> Path:
    """A home with the sample content published, a snapshot and a Rasa model, and nobody in it yet."""
    return copy_home(kept_home(), target)


if __name__ == "__main__":
    kept_home()
