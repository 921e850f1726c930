"""Whatever comes to the door inside, between the bot and Rasa: a turn or a reading in good form, or refused with what is wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from hypothesis import strategies as st

from actions.requests import BUTTONS, FORMS, MAX_ID, MAX_TEXT, Malformed, TurnRequest, parse_read, parse_turn
from tests.hostile.odd import NO_JSON, SCALARS, TEXTS, VALUES, bodies, fuzz

NAMES = st.text(alphabet="ab:_-@.", min_size=1, max_size=8)
CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "language": st.sampled_from(["de", "en"]) | SCALARS,
        "failures": st.integers(0, 3) | SCALARS,
        "answer_id": TEXTS,
        "form": st.fixed_dictionaries(
            {"name": st.sampled_from([*FORMS, None])},
            optional={"slots": st.dictionaries(st.sampled_from(["contact", "options", "expecting"]) | TEXTS, VALUES)},
        )
        | VALUES,
    },
)
TURNS = bodies(
    conversation=NAMES,
    message_id=NAMES,
    text=st.none() | TEXTS,
    button=st.none() | st.fixed_dictionaries({"name": st.sampled_from(BUTTONS)}, optional={"value": TEXTS}),
    context=CONTEXTS,
)


def _good_or_refused(parse: Callable[[bytes], TurnRequest], body: bytes) -> None:
    with contextlib.suppress(Malformed):
        turn = parse(body)
        for value in (turn.text, turn.conversation, turn.message_id):
            (value or "").encode()  # no half of a surrogate pair gets further
        assert turn.text is None or 0 < len(turn.text) <= MAX_TEXT
        assert max(len(turn.conversation), len(turn.message_id)) <= MAX_ID
        assert isinstance(turn.context, dict)


@fuzz(3000, body=TURNS | NO_JSON)
def test_a_turn(body: bytes) -> None:
    _good_or_refused(parse_turn, body)


@fuzz(1500, body=bodies(text=TEXTS, context=CONTEXTS) | NO_JSON)
def test_a_reading(body: bytes) -> None:
    _good_or_refused(parse_read, body)
