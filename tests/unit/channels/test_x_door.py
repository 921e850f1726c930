"""Who gets in at X's door, and how our own requests are signed."""

from __future__ import annotations

import json

import pytest

from bot.channels.base import Request
from bot.channels.x import XAccess, XDoor
from bot.channels.x.oauth import authorization, signature
from bot.errors import RequestRejected
from tests.fakes.x import sign

ACCESS = XAccess("key", "fake-consumer-secret", "4711-fakeTokenForTestsOnly", "token-secret")
# https://docs.x.com/fundamentals/authentication/oauth-1-0a/creating-a-signature, whose keys are published and long dead
EXAMPLE = XAccess(
    "xvz1evFS4wEEPTGEFPHBog",
    "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
    "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
    "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
)


def greet(token: str, method: str = "GET") -> str | None:
    greeting = XDoor(ACCESS).greet(Request(method, {}, {"crc_token": token, "nonce": "n"}, b""))
    return greeting.text if greeting else None


def test_a_request_is_signed_as_in_xs_own_example() -> None:
    parameters = {
        "status": "Hello Ladies + Gentlemen, a signed OAuth request!",
        "include_entities": "true",
        "oauth_consumer_key": EXAMPLE.consumer_key,
        "oauth_nonce": "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "1318622958",
        "oauth_token": EXAMPLE.access_token,
        "oauth_version": "1.0",
    }
    url = "https://api.x.com/1.1/statuses/update.json"
    assert signature(EXAMPLE, "POST", url, parameters) == "Ls93hJiZbQ3akF3HF3x1Bz8/zU4="


def test_the_header_holds_the_public_halves_and_no_secret() -> None:
    header = authorization(EXAMPLE, "POST", "https://api.x.com/2/tweets", nonce="n0nce", timestamp=1_790_000_000)
    assert header.startswith(
        'OAuth oauth_consumer_key="xvz1evFS4wEEPTGEFPHBog", oauth_nonce="n0nce", oauth_signature="'
    )
    assert EXAMPLE.consumer_secret not in header
    assert EXAMPLE.access_token_secret not in header
    assert EXAMPLE.consumer_secret not in repr(EXAMPLE)


def test_the_challenge_is_answered() -> None:
    token = "MDhiMzM3NjgtZDRlNS00OTY3LWI1YjYtNTBhZDRmY2U5MTI5"
    assert greet(token) == json.dumps({"response_token": sign(token.encode())})


@pytest.mark.parametrize(
    "token", ['{"tweet_create_events": []}', "[]", '{"a":1}', "a b", "", "x" * 257, "ä", '"', "{}", "a\n"]
)
def test_nobody_has_a_body_of_their_own_signed_by_way_of_the_challenge(token: str) -> None:
    with pytest.raises(RequestRejected) as refused:
        greet(token)
    assert refused.value.status == 401


def test_only_a_get_is_a_challenge() -> None:
    assert greet("abc", "POST") is None
    assert XDoor(ACCESS).greet(Request("GET", {}, {}, b"")) is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-twitter-webhooks-signature": ""},
        {"x-twitter-webhooks-signature": sign(b'{"for_user_id": "1"}', "another secret")},
        {"x-twitter-webhooks-signature": sign(b'{"for_user_id":"1"}', "fake-consumer-secret")},
        {"x-twitter-webhooks-signature": "sha256=\udcff"},
    ],
)
def test_a_stranger_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(RequestRejected) as refused:
        XDoor(ACCESS).verify(Request("POST", headers, {}, b'{"for_user_id": "1"}'))
    assert refused.value.status == 401


def test_x_is_let_in_with_its_bytes_as_they_came() -> None:
    body = b'{"for_user_id": "4711", "text": "Stra\\u00dfe \xf0\x9f\x98\x80"}'
    headers = {"X-Twitter-Webhooks-Signature": sign(body, "fake-consumer-secret")}
    XDoor(ACCESS).verify(Request("POST", headers, {}, body))


def test_a_door_asked_with_another_method_stays_shut() -> None:
    headers = {"x-twitter-webhooks-signature": sign(b"", "fake-consumer-secret")}
    with pytest.raises(RequestRejected):
        XDoor(ACCESS).verify(Request("GET", headers, {}, b""))


def test_the_account_is_the_public_half_of_its_token() -> None:
    assert XDoor(ACCESS).path == "x/4711"
    assert ACCESS.faults() == []


def test_what_is_missing_is_told_and_lets_nobody_in() -> None:
    assert [fault.id for fault in XAccess("k", "", "no-token", "").faults()] == [
        "x.consumer_secret",
        "x.access_token_secret",
        "x.access_token",
    ]
    body = b"{}"
    with pytest.raises(RequestRejected):
        XDoor(XAccess("k", "", "4711-fakeTokenForTestsOnly", "")).verify(
            Request("POST", {"x-twitter-webhooks-signature": sign(body, "")}, {}, body)
        )
