"""What is remembered of words, and what is not."""

from __future__ import annotations

from nlu.remembering import remembered


def test_a_word_is_worked_out_once_and_a_long_one_each_time() -> None:
    met: list[str] = []

    @remembered
    def size(word: str) -> int:
        met.append(word)
        return len(word)

    assert [size(word) for word in ("sim", "sim", "x" * 4000, "x" * 4000)] == [3, 3, 4000, 4000]
    assert met == ["sim", "x" * 4000, "x" * 4000]


def test_words_without_end_do_not_fill_the_memory() -> None:
    met: list[str] = []
    size = remembered(lambda word: met.append(word))
    for number in range(6000):
        size(str(number))
    size("0")
    assert met.count("0") == 2
