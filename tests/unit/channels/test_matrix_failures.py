"""What a homeserver's refusals mean for a reply."""

from __future__ import annotations

from typing import Any

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from bot.channels.calls import Answer
from bot.channels.matrix.failures import delivery_error


def answer(status: int, headers: dict[str, str] | None = None, **body: Any) -> Answer:
    return Answer(status, CIMultiDictProxy(CIMultiDict(headers or {})), body)


@pytest.mark.parametrize(
    ("refusal", "means"),
    [
        (answer(429, errcode="M_LIMIT_EXCEEDED", retry_after_ms=1500), (False, True, 1.5)),
        (answer(429, {"Retry-After": "7"}, errcode="M_LIMIT_EXCEEDED"), (False, True, 7.0)),
        (answer(429), (False, True, 5.0)),
        (answer(429, retry_after_ms=10**12), (False, True, 3600.0)),
        (answer(401, errcode="M_UNKNOWN_TOKEN", soft_logout=True), (True, True, None)),
        (answer(401, errcode="M_MISSING_TOKEN"), (True, True, None)),
        (answer(403, errcode="M_FORBIDDEN", error="not in room"), (True, True, None)),
        (answer(404, errcode="M_NOT_FOUND"), (True, True, None)),
        (answer(413, errcode="M_TOO_LARGE"), (True, True, None)),
        (answer(302), (True, True, None)),
        (answer(500, errcode="M_UNKNOWN"), (False, False, None)),
        (answer(502), (False, False, None)),
    ],
)
def test_a_refusal_is_told_for_what_it_means(refusal: Answer, means: Any) -> None:
    failed = delivery_error(refusal)
    assert (failed.permanent, failed.certain, failed.retry_after) == means
