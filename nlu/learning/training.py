"""Fitting everything to a content: matcher, fusion, gate, the trials that the promise is tested on, and urgency."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from nlu.alarm import Alarm
from nlu.content import Content
from nlu.encoder import Encoder
from nlu.features import Analyzer
from nlu.gate import Gate
from nlu.language import LanguageDetector
from nlu.learning.alarm import fit_alarm
from nlu.learning.crossfit import FOLDS, fold_trials, learn_fusion, outcome_trials, with_fusion
from nlu.learning.matcher import DEFAULT_FUSION, Example, analyzer_for, detector_for, examples_of, fit_matcher
from nlu.learning.trust import trusted
from nlu.learning.workers import workers
from nlu.matching import ELSEWHERE, Matcher, MatcherArrays
from nlu.promise import Trials
from nlu.snapshot import Snapshot, version_of
from nlu.triage import TriageSettings

Progress = Callable[[str], None]


@dataclass(frozen=True)
class _Fitted:
    """All that was learned from a content."""

    matcher: Matcher
    gate: Gate
    trials: Trials
    detector: LanguageDetector
    alarm: Alarm | None


def fit(
    content: Content,
    *,
    settings: TriageSettings | None = None,
    progress: Progress | None = None,
    previous: Snapshot | None = None,
    encoder: Encoder | None = None,
    processes: int = 1,
) -> Snapshot:
    """Fit everything to a content; `progress` hears of each step that is done. Raises ValueError for a content without any answer or intent.

    With a `previous` snapshot of much the same content only the matcher is fitted, which takes a fraction of the time; how far it can be trusted is
    taken over from that snapshot, and so is its encoder. More `processes` share the work of a whole fit, with the same outcome.
    """
    settings = settings or (previous.settings if previous else TriageSettings())
    fitted = _again(content, previous) if previous else _anew(content, settings, progress, encoder, processes)
    version = version_of(content.version, fitted.matcher.encoder)
    return Snapshot(version, content, settings, **vars(fitted))


def _anew(
    content: Content, settings: TriageSettings, progress: Progress | None, encoder: Encoder | None, processes: int
) -> _Fitted:
    analyzer, detector = analyzer_for(content), detector_for(content)
    examples = examples_of(content, analyzer, detector, encoder)
    with workers(processes) as pool:

        def begun(step: str, work: Callable[..., Any], *given: Any) -> Future[Any]:
            future = pool.submit(work, *given)
            future.add_done_callback(lambda _: progress(step) if progress else None)
            return future

        # The longest first, so that none is waited for at the end.
        alarm = begun("urgency", fit_alarm, content, analyzer)
        whole = begun("matcher", _fit_arrays, examples, analyzer)
        folds = [begun(f"cross-fit {i + 1}/{FOLDS}", fold_trials, examples, analyzer, i) for i in range(FOLDS)]
        tried = [trial for fold in folds for trial in fold.result()]
        fusion = learn_fusion([trial for trial in tried if trial.known or trial.label == ELSEWHERE], DEFAULT_FUSION)
        matcher = Matcher(analyzer, replace(whole.result(), fusion=fusion), encoder=encoder)
        gate, tested = trusted(
            [with_fusion(trial, fusion) for trial in tried], outcome_trials(content.outcomes, matcher), settings
        )
        return _Fitted(matcher, gate, tested, detector, alarm.result())


def _fit_arrays(examples: Sequence[Example], analyzer: Analyzer) -> MatcherArrays:
    return fit_matcher(examples, analyzer).arrays


def _again(content: Content, previous: Snapshot) -> _Fitted:
    """Fit the matcher alone; fusion, gate, trials and alarm were learned from nearly the same content."""
    analyzer, detector = analyzer_for(content), detector_for(content)
    fusion, encoder = previous.matcher.arrays.fusion, previous.matcher.encoder
    matcher = fit_matcher(examples_of(content, analyzer, detector, encoder), analyzer, fusion, encoder)
    return _Fitted(matcher, previous.gate, previous.trials, detector, previous.alarm)
