"""/desk/api/cases/<id>/reply: what is no reply."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import Person


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ([], 400),
        ("text", 400),
        ({"client_id": "x"}, 400),
        ({"text": "x"}, 400),
        ({"client_id": 1, "text": "x"}, 400),
        ({"client_id": "x" * 65, "text": "x"}, 400),
        ({"client_id": "a b", "text": "x"}, 400),
        ({"client_id": "", "text": "x"}, 400),
        ({"client_id": "x", "text": ["x"]}, 400),
        ({"client_id": "x", "text": None}, 400),
        ({"client_id": {"$ne": 1}, "text": "x"}, 400),
        ({"client_id": "x", "text": "   "}, 400),
        ({"client_id": "x", "text": "\x00\u202e"}, 400),
        ({"client_id": "x", "text": "x" * 20_001}, 413),
        ({"client_id": "x", "text": "x" * 400_000}, 413),
    ],
)
async def test_malformed_replies_are_refused_with_a_reason(
    anna: Person, open_case: Any, body: Any, status: int
) -> None:
    case_id = await open_case()
    await anna.post(f"cases/{case_id}/claim")
    got, refusal = await anna.post(f"cases/{case_id}/reply", body)
    assert got == status
    assert refusal["error"]


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 5000, b'{"client_id":"x","text":"\\ud800"}']
)
async def test_what_is_not_json_is_no_accident(anna: Person, open_case: Any, raw: bytes) -> None:
    case_id = await open_case()
    await anna.post(f"cases/{case_id}/claim")
    headers = {"X-CSRF-Token": anna.csrf, "Content-Type": "application/json"}
    async with anna.client.post(f"/desk/api/cases/{case_id}/reply", data=raw, headers=headers) as response:
        assert response.status in (202, 400)  # a lone surrogate is replaced, the rest refused
