"""Peers learn what they should, and DIET is what Rasa recommends."""

from __future__ import annotations

from math import log

import pytest
import yaml

from bench.diet import pipeline
from bench.grown import grown
from bench.labelled_sets import PUBLIC, sample_content
from bench.peers import Bm25, Floor, Fuzzy, NearestTfidf
from bench.processes import RASA_PYTHON
from bench.scores import FIRST, OUTSIDE
from nlu.text import clean

TEXTS = ["where is my card", "close my account", "tell me a joke"]
LABELS = ["card", "account", OUTSIDE]


FLOORS = [NearestTfidf, Bm25, Fuzzy]


@pytest.mark.parametrize("kind", FLOORS)
def test_a_floor_finds_the_nearest_phrasing(kind: type[Floor]) -> None:
    floor = kind(TEXTS, LABELS)
    assert floor.ranking("where's my card?")[0][0] == "card"
    nowhere, *answers = floor.ranking("a joke please")
    assert nowhere[0] == OUTSIDE
    assert sorted(label for label, _ in answers) == ["account", "card"]
    assert all(0.0 <= near < nowhere[1] for _, near in answers)


@pytest.mark.parametrize("kind", FLOORS)
def test_a_floor_answers_whatever_is_asked(kind: type[Floor]) -> None:
    assert len(kind(TEXTS[:2], LABELS[:2]).ranking("?!")) == 2


@pytest.mark.parametrize("kind", FLOORS)
def test_a_floor_ranks_each_answer_by_its_nearest_phrasing_and_no_more_than_a_guess_needs(kind: type[Floor]) -> None:
    cards = [f"card number {number}" for number in range(FIRST + 5)]
    ranking = kind([*cards, "lost card", "my card is lost"], [*cards, "lost", "lost"]).ranking("card lost")
    assert ranking[0][0] == "lost"
    assert len({label for label, _ in ranking}) == len(ranking) == FIRST + 1


def test_bm25_is_that_of_the_book() -> None:
    floor = Bm25(["Karte verloren", "Karte sperren lassen bitte", "Konto"], ["lost", "block", "account"])
    # "karte" is in 2 of 3 phrasings, "sperren" in 1; a phrasing has 7/3 words, that of the best answer 4
    karte, sperren = log(1 + 1.5 / 2.5), log(1 + 2.5 / 1.5)
    assert floor.ranking("Karte sperren?") == [
        ("block", pytest.approx((karte + sperren) / (1 + 1.2 * (0.25 + 0.75 * 4 / (7 / 3))))),
        ("lost", pytest.approx(karte / (1 + 1.2 * (0.25 + 0.75 * 2 / (7 / 3))))),
        ("account", 0.0),
    ]


def test_diet_is_trained_as_rasa_recommends() -> None:
    (file,) = RASA_PYTHON.parent.parent.glob("lib/*/site-packages/rasa/engine/recipes/config_files/default_config.yml")
    recommended = yaml.safe_load(file.read_text(encoding="utf-8"))["pipeline"]
    ours = [{key: value for key, value in part.items() if key != "random_seed"} for part in pipeline(epochs=100)]
    assert ours == recommended[: len(ours)]
    left_out = {part["name"] for part in recommended[len(ours) :]}
    assert left_out == {"EntitySynonymMapper", "ResponseSelector", "FallbackClassifier"}


@pytest.mark.parametrize("size", [20, 105, 12_000])
def test_content_grows_to_the_size_that_is_asked_for(size: int) -> None:
    content = grown(sample_content(), size)
    texts = [[clean(one.text) for one in entry.phrasings] for entry in content.answers]
    assert sum(map(len, texts)) == size
    assert all(len(set(own)) == len(own) >= 10 for own in texts)
    assert content == grown(sample_content(), size)


def test_a_sets_files_are_named_for_their_folder() -> None:
    assert all(name == one.name and one.train and one.test for name, one in PUBLIC.items())
