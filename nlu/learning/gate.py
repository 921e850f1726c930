"""Fitting the gate to trials: a logistic regression (Platt 1999), not only to the content's own, but to what is known of others beside them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nlu.features import Floats
from nlu.gate import Gate
from nlu.learning.experience import experience
from nlu.learning.weights import EXPERIENCE

_FREEDOM = 0.03  # customers differ from trials: what fits those less closely tells better what is out of scope


def fit_gate(rows: Floats, right: npt.NDArray[np.bool_], weight: Floats) -> Gate:
    """Fit to evidence, one row a trial; `weight` says how much a trial counts. Needs scikit-learn."""
    from sklearn.linear_model import LogisticRegression

    known = experience()
    rows, right = np.vstack([rows, known.rows]), np.concatenate([right, known.right])
    weight = np.concatenate([weight, np.full(len(known.right), EXPERIENCE / len(known.right))])
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    model = LogisticRegression(C=_FREEDOM, max_iter=2000).fit((rows - mean) / spread, right, sample_weight=weight)
    weights = model.coef_[0] / spread
    return Gate(weights, float(model.intercept_[0] - (weights * mean).sum()))
