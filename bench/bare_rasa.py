"""Bare Rasa for the benchmarks, in Rasa's environment: its stock REST channel on a model.

    .venv-rasa/bin/python -m bench.bare_rasa --port 5005 --model var/rasa/model.tar.gz

At its best, so that the comparison is fair: actions in process, results checked by a compiled schema, and conversations kept short in memory,
for Rasa replays the whole of them with every message.
"""

from __future__ import annotations

import argparse
import os
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

from actions.parent import die_with
from actions.quiet import be_quiet, importing_rasa

be_quiet()
with importing_rasa():
    from rasa.core.channels.rest import RestInput
    from rasa.core.tracker_store import TrackerStore
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.events import Event, UserUttered
    from rasa.shared.core.trackers import DialogueStateTracker

    from actions.server import LOOPBACK
    from actions.serving import build_app, run
    from actions.trackers import begun_at, standing_of

CONVERSATIONS_IN_MEMORY = 5_000


class ShortTrackers(TrackerStore):
    """Keeps the last turn of the conversations spoken with last, with all before it folded into slots and the active form.

    As events, not as JSON like Rasa's store: finding each event's class again from its name takes a third of a turn.
    """

    def __init__(self) -> None:
        super().__init__(Domain.empty())
        self._kept: OrderedDict[str, list[Event]] = OrderedDict()

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the conversation, and forget the one that has been silent longest where there are too many."""
        self._kept[tracker.sender_id] = shortened(tracker, self.domain)
        self._kept.move_to_end(tracker.sender_id)
        if len(self._kept) > CONVERSATIONS_IN_MEMORY:
            self._kept.popitem(last=False)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation as it was saved; None where it is not known."""
        events = self._kept.get(sender_id)
        return None if events is None else DialogueStateTracker.from_events(sender_id, events, self.domain.slots)

    async def keys(self) -> Iterable[str]:
        """The conversations that are kept."""
        return list(self._kept)


def shortened(tracker: DialogueStateTracker, domain: Domain) -> list[Event]:
    """The events of the same conversation with all but its last turn folded into its result."""
    events = list(tracker.events)
    turns = [place for place, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(turns) <= 1:
        return events
    past = DialogueStateTracker.from_events(tracker.sender_id, events[: turns[-1]], domain.slots)
    return [*begun_at(tracker.sender_id, standing_of(past), domain).events, *events[turns[-1] :]]


def main() -> None:
    """Serve until the parent or the operator ends it."""
    parser = argparse.ArgumentParser(prog="python -m bench.bare_rasa")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model", type=Path, required=True)
    options = parser.parse_args()
    die_with(os.getppid())
    run(build_app(options.model, [RestInput()], ShortTrackers()), LOOPBACK, options.port)


if __name__ == "__main__":
    main()
