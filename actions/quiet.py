"""Quiet logs for the processes that run Rasa. Standard library only: it must work before rasa is imported."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager


def be_quiet() -> None:
    """Let only warnings through, and this project's own lines: what Rasa logs below holds customers' words."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ["LOG_LEVEL"] = "ERROR"  # what Rasa's own settings and its progress bars go by
    # Deprecations inside Rasa's pinned packages are nothing an operator could mend. Captured, because the
    # packages set filters of their own.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in ("actions", "nlu"):
        logging.getLogger(name).setLevel(logging.INFO)


@contextmanager
def importing_rasa() -> Iterator[None]:
    """Hold back the warnings of TensorFlow, which comes along with Rasa unused."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
