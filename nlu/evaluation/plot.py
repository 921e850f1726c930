"""The picture of an evaluation: reliability, risk against coverage, and the ten worst confusions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nlu.evaluation.measures import bins, risk_coverage
from nlu.evaluation.running import Figures, Measured, confusions
from nlu.reading import DecisionKind

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMATS = (".png", ".svg", ".pdf")
"""What a picture's name may end with."""
_WORST = 10
_LONGEST = 26
_BLUE, _ORANGE, _GREY = "#0072B2", "#D55E00", "#6b6b6b"  # of Okabe and Ito, told apart by colour-blind eyes


def plot(measured: Sequence[Measured], found: Figures, promise: float, file: Path) -> None:
    """Draw at least one measured row into a file of one of the `FORMATS`. Raises OSError where it cannot be written."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(16, 5.2), layout="constrained")
    FigureCanvasAgg(figure)
    reliability, risk, worst = figure.subplots(1, 3, width_ratios=(1, 1, 1.15))
    _draw_reliability(reliability, measured, found)
    _draw_risk(risk, measured, found, promise)
    _draw_confusions(worst, measured)
    figure.savefig(file, dpi=120)


def _draw_reliability(axes: Axes, measured: Sequence[Measured], found: Figures) -> None:
    drawn = bins([one.confidence for one in measured], [one.rank == 1 for one in measured])
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle="--", label="as promised")
    axes.plot([b.confidence for b in drawn], [b.right for b in drawn], color=_BLUE, marker="o", label="measured")
    axes.set(
        title=f"Reliability (calibration error {_shown(found.calibration_error)})",
        xlabel="P(best candidate is right), mean of each tenth of the questions",
        ylabel="Share that is right",
        xlim=(-0.02, 1.02),
        ylim=(-0.02, 1.02),
    )
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left")


def _draw_risk(axes: Axes, measured: Sequence[Measured], found: Figures, promise: float) -> None:
    coverage, risk = risk_coverage([one.confidence for one in measured], [one.rank == 1 for one in measured])
    top = max(0.1, float(risk.max()))
    axes.plot(coverage, risk, color=_BLUE, label="most confident first")
    axes.axhline(1.0 - promise, color=_GREY, linestyle="--", label=f"promise: at most {1.0 - promise:.0%} wrong")
    answered = sum(one.kind is DecisionKind.ANSWER for one in measured) / len(measured)
    if found.precision_at_target is not None:
        label = f"as decided: {answered:.0%} answered, {1.0 - found.precision_at_target:.1%} of it wrong"
        axes.plot(answered, 1.0 - found.precision_at_target, color=_ORANGE, marker="D", linestyle="none", label=label)
    axes.set(
        title=f"Risk against coverage (AURC {_shown(found.aurc)})",
        xlabel="Share of all questions that is answered",
        ylabel="Share of the answers that is wrong",
        xlim=(-0.02, 1.02),
        ylim=(-0.02 * top, 1.3 * top),  # the legend stands above the curve
    )
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left")


def _draw_confusions(axes: Axes, measured: Sequence[Measured]) -> None:
    from matplotlib.ticker import MaxNLocator

    worst = sorted(confusions(measured).items(), key=lambda item: (-item[1], item[0]))[:_WORST]
    places = range(len(worst))
    axes.barh(places, [count for _, count in worst], color=_ORANGE)
    # A label is a customer's file's: a dollar sign in it would begin a formula.
    names = [f"{_short(right)}\n→ {_short(taken)}".replace("$", r"\$") for (right, taken), _ in worst]
    axes.set_yticks(places, labels=names, fontsize=8)
    axes.invert_yaxis()
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(
        title="Ten worst confusions" if worst else "No question was mistaken",
        xlabel="Questions that have an answer",
        ylabel="Right answer → best candidate",
    )


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…"


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
