"""Where files in rooms are said to be: only what can be a homeserver's, and only with all that opens them."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.matrix.sources import Place, Seal, place_of, source_of

KEY, IV, SHA256 = "aWF6-32KGYaC3A_FEUCk1Bt0JA37zP0wrStgmdCaW-0", "w+sE15fzSc0AAAAAAAAAAA", "f" * 43


def sealed(**changed: Any) -> Any:
    whole = {"url": "mxc://example.org/x", "v": "v2", "iv": IV, "hashes": {"sha256": SHA256}}
    return {"file": whole | {"key": {"alg": "A256CTR", "k": KEY}} | changed}


@pytest.mark.parametrize(
    ("server", "media"),
    [("example.org", "AbC-d_9"), ("example.org:8448", "1"), ("10.0.0.1", "x"), ("[::1]:8448", "x" * 255)],
)
def test_an_address_of_a_homeserver_leads_there(server: str, media: str) -> None:
    assert place_of(source_of({"url": f"mxc://{server}/{media}"})) == Place(server, media)


@pytest.mark.parametrize(
    "address",
    [
        "https://internal.example/admin",
        "file:///etc/passwd",
        "mxc://example.org",
        "mxc://example.org/",
        "mxc:///x",
        "mxc://../../admin",
        "mxc://example.org/../x",
        "mxc://example.org/..",
        "mxc://example.org/%2e%2e",
        "mxc://example.org/x?y",
        "mxc://example.org/x#y",
        "mxc://example.org/x\n",
        "mxc://ex ample.org/x",
        "mxc://a@example.org/x",
        "mxc://example.org/" + "x" * 256,
        7,
    ],
)
def test_nothing_else_is_an_address(address: Any) -> None:
    assert source_of({"url": address}) == ""
    assert source_of(sealed(url=address)) == ""
    assert not isinstance(address, str) or place_of(address) is None


def test_what_opens_an_encrypted_file_comes_along() -> None:
    assert place_of(source_of(sealed())) == Place("example.org", "x", Seal(KEY, IV, SHA256))


@pytest.mark.parametrize(
    "changed",
    [
        {"v": "v1"},
        {"v": None},
        {"key": {"alg": "A128CBC", "k": KEY}},
        {"key": {"alg": "A256CTR", "k": KEY[:-1]}},
        {"key": {"alg": "A256CTR"}},
        {"key": KEY},
        {"iv": IV + "AA"},
        {"iv": "ü" * 22},
        {"hashes": {"sha512": SHA256}},
        {"hashes": []},
    ],
)
def test_what_lacks_something_is_not_fetched_at_all(changed: Any) -> None:
    assert source_of(sealed(**changed)) == ""


def test_beside_the_encrypted_file_an_open_address_does_not_count() -> None:
    assert source_of({"url": "mxc://example.org/open"} | sealed(v="v3")) == ""
