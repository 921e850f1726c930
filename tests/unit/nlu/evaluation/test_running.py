"""Reading test rows with the small content, and what the figures make of readings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nlu.evaluation.labelled import Row
from nlu.evaluation.plot import plot
from nlu.evaluation.running import Figures, Fitted, Measured, confusions, figures, read_all
from nlu.reading import Candidate, Decision, DecisionKind, Reading, Urgency
from nlu.snapshot import Snapshot
from nlu.triage import TriageSettings
from nlu.understanding import Understanding

ANSWER, CLARIFY, HANDOFF = DecisionKind.ANSWER, DecisionKind.CLARIFY, DecisionKind.HANDOFF


def measured(
    labels: str, rank: int | None, confidence: float, kind: DecisionKind, offered: str = "", milliseconds: float = 1.0
) -> Measured:
    """A row read so. The best candidate is `right` where its rank is 1, else `wrong`; `offered` are ids apart by blanks."""
    best = Candidate("right" if rank == 1 else "wrong", confidence, "")
    reading = Reading("en", "question", 1.0, Urgency(), Decision(kind, tuple(offered.split())), (best,))
    return Measured(Row("hm", tuple(labels.split())), reading, rank, milliseconds)


ALL = [
    measured("right", 1, 0.9, ANSWER, "right", 1.0),
    measured("right also", 1, 0.8, ANSWER, "right", 2.0),
    measured("right", 2, 0.7, ANSWER, "wrong", 3.0),
    measured("right", 1, 0.5, CLARIFY, "wrong right", 4.0),
    measured("right", None, 0.4, CLARIFY, "", 5.0),
    measured("right", 1, 0.3, HANDOFF, "", 6.0),
    measured("right", 6, 0.2, HANDOFF, "", 7.0),
    measured("right", 4, 0.2, HANDOFF, "", 8.0),
    measured("", None, 0.6, ANSWER, "wrong", 9.0),
    measured("", None, 0.1, HANDOFF, "", 10.0),
]


@pytest.fixture
def found(snapshot: Snapshot) -> Figures:
    return figures(ALL, Fitted(snapshot, 2.5))


def test_ranks_are_measured_in_scope(found: Figures) -> None:
    assert found.accuracy == 4 / 8
    assert found.mrr == pytest.approx((1 + 1 + 1 / 2 + 1 + 0 + 1 + 1 / 6 + 1 / 4) / 8)
    assert found.recall_at_5 == 6 / 8


def test_an_answer_nobody_has_lowers_precision(found: Figures) -> None:
    assert found.correct_at_target == 2 / 8
    assert found.precision_at_target == 2 / 4
    assert found.missed_handoff == 1 / 2


def test_asking_back_is_no_answer(found: Figures) -> None:
    assert (found.clarified, found.clarified_hit) == (2 / 8, 1 / 8)
    assert found.false_handoff == 1 / 8


def test_confidence_is_measured_over_all_rows(found: Figures) -> None:
    # In scope against 0.6: three of eight above; against 0.1: all eight.
    assert found.auroc == pytest.approx((3 + 8) / 16)
    wrong = [0, 0, 1, 1, 0, 1, 0, 1, 1, 1]
    assert found.aurc == pytest.approx(sum(sum(wrong[: n + 1]) / (n + 1) for n in range(10)) / 10)
    gaps = [0.1, 0.2, 0.7, 0.6, 0.5, 0.4, 0.7, 0.2, 0.2, 0.1]
    assert found.calibration_error == pytest.approx(sum(gaps) / 10)


def test_costs_are_told(found: Figures, snapshot: Snapshot) -> None:
    assert (found.ms_p50, found.fit_seconds, found.n_test) == (5.5, 2.5, 10)
    assert found.ms_p99 == pytest.approx(9.91)
    assert found.index_mb == snapshot.nbytes / 1e6
    assert snapshot.nbytes > snapshot.matcher.arrays.classifier.weights.nbytes


def test_figures_about_rows_that_are_not_there_are_none(snapshot: Snapshot) -> None:
    inside = figures([measured("right", 1, 0.9, HANDOFF)], Fitted(snapshot, 1.0)).as_dict()
    assert {name for name, value in inside.items() if value is None} == {
        "auroc",
        "missed_handoff",
        "precision_at_target",
    }
    outside = figures([measured("", None, 0.9, HANDOFF)], Fitted(snapshot, 1.0))
    assert (outside.accuracy, outside.mrr, outside.clarified, outside.missed_handoff) == (None, None, None, 0.0)


def test_confusions_are_in_scope_and_about_the_best_candidate() -> None:
    assert confusions(ALL) == {("right", "wrong"): 4}


def test_the_decision_is_the_one_a_customer_meets(snapshot: Snapshot) -> None:
    rows = [Row(text, ("bill-view",)) for text in ("wo finde ich meine rechnung", "qqq", "was kostet das", "bill")]
    by_customer = [Understanding(snapshot).read(row.text) for row in rows]
    assert [one.reading for one in read_all(snapshot, rows)] == by_customer


def test_urgency_neither_answers_nor_hands_over(snapshot: Snapshot) -> None:
    eager = replace(snapshot, settings=TriageSettings(promised_precision=0.0))
    (one,) = read_all(eager, [Row("mein handy wurde gestohlen, sim karte sperren", ("sim-lost",))])
    assert (one.kind, one.reading.decision.handoff, one.offers_right) == (ANSWER, None, True)


def test_ranks_go_beyond_the_candidates(snapshot: Snapshot) -> None:
    text = "wo finde ich meine rechnung"
    offered = [candidate.answer_id for candidate in Understanding(snapshot).read(text).candidates]
    (last,) = {entry.id for entry in snapshot.content.answers} - set(offered)
    rows = [Row(text, (label,)) for label in (*offered, last, "unknown")]
    ranks = [one.rank for one in read_all(snapshot, rows)]
    assert ranks[:5] == [1, 2, 3, 4, 5]
    assert ranks[5] is not None
    assert ranks[5] > 5
    assert ranks[6] is None


def test_the_picture_takes_any_label(tmp_path: Path, found: Figures) -> None:
    strange = [replace(one, row=Row("hm", ("$x^{2 " + "long " * 20, "50%_off$"))) for one in ALL]
    plot(strange, found, 0.95, tmp_path / "x.png")
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG\r\n")


def test_the_picture_of_one_right_row_is_drawn(tmp_path: Path, snapshot: Snapshot) -> None:
    plot(ALL[:1], figures(ALL[:1], Fitted(snapshot, 1.0)), 0.95, tmp_path / "x.svg")
    assert "<svg" in (tmp_path / "x.svg").read_text(encoding="utf-8")
