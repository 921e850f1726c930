"""Rendezvous hashing: each conversation has one process, all front lines agree, and only those move that have to."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bot.brain.pinning import ranked

NAMES = st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=8, unique=True)
CONVERSATIONS = [f"conversation-{number}" for number in range(3000)]


@given(st.text(max_size=40), NAMES, st.randoms())
def test_whoever_asks_gets_the_same_order_of_all_names(conversation: str, names: list[str], chance: Random) -> None:
    order = ranked(conversation, names)
    assert sorted(order) == sorted(names)
    chance.shuffle(names)
    assert ranked(conversation, names) == order


@given(st.text(max_size=40), NAMES, st.data())
def test_when_a_process_goes_only_its_own_conversations_move_and_they_move_back(
    conversation: str, names: list[str], data: st.DataObject
) -> None:
    gone = data.draw(st.sampled_from(names))
    before = ranked(conversation, names)
    assert ranked(conversation, [name for name in names if name != gone]) == [name for name in before if name != gone]


def test_the_conversations_of_one_that_goes_are_spread_over_all_others() -> None:
    orders = [ranked(conversation, ["1", "2", "3", "4"]) for conversation in CONVERSATIONS]
    heirs = Counter(order[1] for order in orders if order[0] == "1")
    assert set(heirs) == {"2", "3", "4"}
    assert min(heirs.values()) > 0.8 * sum(heirs.values()) / 3


def test_each_of_n_processes_has_an_nth_of_the_conversations() -> None:
    for count in (2, 3, 5, 10):
        names = [f"http://rasa-{number}:5005" for number in range(count)]
        shares = Counter(ranked(conversation, names)[0] for conversation in CONVERSATIONS)
        expected = len(CONVERSATIONS) / count
        assert all(0.75 * expected < shares[name] < 1.25 * expected for name in names)


def test_the_order_is_the_same_in_every_release() -> None:
    """Front lines of two releases may be at work at once: another order would let a conversation be in two places."""
    assert ranked("a-conversation", ["1", "2", "3"]) == ["2", "1", "3"]
