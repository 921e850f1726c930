"""What X's refusals mean for a reply."""

from __future__ import annotations

from typing import Any

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from bot.channels.calls import Answer
from bot.channels.x.failures import refusal
from bot.errors import DeliveryError

NOW = 1_790_000_000


def refused(status: int, body: Any = None, **headers: str) -> DeliveryError:
    named = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    return refusal(Answer(status, CIMultiDictProxy(named), body or {}), NOW)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (403, {"detail": "You are not allowed to create a Tweet with duplicate content."}, "takes no text twice"),
        (403, {"errors": [{"code": 187, "message": "Status is a duplicate."}]}, "takes no text twice"),
        (
            403,
            {"detail": "You can only reply to or quote posts where you are mentioned or are the author."},
            "have named or quoted the account",
        ),
        (403, {"errors": [{"code": 349, "message": "You cannot send messages to this user."}]}, "direct messages"),
        (
            403,
            {"errors": [{"code": 433, "message": "The original Tweet author restricted who can reply"}]},
            "answer this post",
        ),
        (403, {"errors": [{"code": 64, "message": "Your account is suspended"}]}, "suspended"),
        (403, {"title": "Forbidden", "detail": "secret words of a customer"}, "refuses it \\(403\\)"),
        (404, {"title": "Not Found Error"}, "refuses it \\(404\\)"),
        (401, {"title": "Unauthorized"}, "refuses our keys"),
        (400, {"errors": [{"message": "secret words of a customer"}]}, "refuses it \\(400\\)"),
        (302, {}, "refuses it \\(302\\)"),
    ],
)
def test_a_refusal_is_final_and_certain(status: int, body: Any, reason: str) -> None:
    failure = refused(status, body)
    assert failure.permanent
    assert failure.certain
    assert "secret words" not in failure.reason
    with pytest.raises(DeliveryError, match=reason):
        raise failure


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_what_breaks_at_xs_side_leaves_it_open(status: int) -> None:
    failure = refused(status)
    assert not failure.certain
    assert not failure.permanent


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x_rate_limit_remaining": "0", "x_rate_limit_reset": str(NOW + 321)}, 321),
        ({"x_rate_limit_reset": str(NOW + 321)}, 321),
        ({"x_rate_limit_reset": str(NOW - 5)}, 1),
        ({"x_rate_limit_reset": str(NOW + 10**9)}, 24 * 3600),
        ({"x_rate_limit_reset": "soon"}, 900),
        ({"x_rate_limit_reset": "9" * 5000}, 24 * 3600),
        ({}, 900),
        (
            {
                "x_rate_limit_remaining": "7",
                "x_rate_limit_reset": str(NOW + 60),
                "x_user_limit_24hour_remaining": "0",
                "x_user_limit_24hour_reset": str(NOW + 7200),
            },
            7200,
        ),
    ],
)
def test_x_is_left_alone_for_as_long_as_it_asks(headers: dict[str, str], wait: float) -> None:
    failure = refused(429, None, **headers)
    assert failure.retry_after == wait
    assert failure.certain
    assert not failure.permanent


def test_credit_that_is_used_up_is_no_end() -> None:
    failure = refused(402, {"title": "CreditsDepleted"})
    assert failure.retry_after == 900
    assert not failure.permanent
