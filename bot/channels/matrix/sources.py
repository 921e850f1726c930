"""Where the content of a file is, and what opens it where it is encrypted: written down when its message comes, read when it is fetched. Pure.

Addresses: https://spec.matrix.org/v1.12/client-server-api/#matrix-content-mxc-uris, of which characters: #security-considerations-5 there and
https://spec.matrix.org/v1.12/appendices/#server-name. Encrypted files: https://spec.matrix.org/v1.12/client-server-api/#sending-encrypted-attachments
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from bot.channels.fields import Json, mapping, string

_SERVER = r"[A-Za-z0-9][A-Za-z0-9.-]{0,254}|\[[0-9A-Fa-f:.]{2,45}\]"
_ADDRESS = re.compile(rf"mxc://((?:{_SERVER})(?::\d{{1,5}})?)/([A-Za-z0-9_-]{{1,255}})")
_16_BYTES = re.compile(r"[A-Za-z0-9+/_-]{22}(?:==)?")  # in base64, whose padding some clients keep
_32_BYTES = re.compile(r"[A-Za-z0-9+/_-]{43}=?")


@dataclass(frozen=True)
class Seal:
    """What opens an encrypted file, in base64: the `key` of AES-CTR, where its counter begins (`iv`), and the SHA-256 of the file as it was sent."""

    key: str
    iv: str
    sha256: str


@dataclass(frozen=True)
class Place:
    """The media repository a file is in, and which of its files it is; encrypted where there is a `seal`."""

    server: str
    media: str
    seal: Seal | None = None


def source_of(content: Json) -> str:
    """What the file of a message is fetched by later; empty where that lacks something."""
    sealed = mapping(content, "file")
    address = string(sealed or content, "url")
    if not _ADDRESS.fullmatch(address):
        return ""
    if not sealed:
        return address
    key = mapping(sealed, "key")
    seal = Seal(string(key, "k"), string(sealed, "iv"), string(mapping(sealed, "hashes"), "sha256"))
    known = sealed.get("v") == "v2" and key.get("alg") == "A256CTR"
    return json.dumps({"url": address, **vars(seal)}) if known and _is_whole(seal) else ""


def place_of(source: str) -> Place | None:
    """Where a source that `source_of` wrote leads; None where that is no address."""
    told = json.loads(source) if source.startswith("{") else {"url": source}
    address = _ADDRESS.fullmatch(told["url"])
    if address is None:
        return None
    seal = Seal(told["key"], told["iv"], told["sha256"]) if "key" in told else None
    return Place(address[1], address[2], seal)


def _is_whole(seal: Seal) -> bool:
    lengths = _32_BYTES.fullmatch(seal.key), _16_BYTES.fullmatch(seal.iv), _32_BYTES.fullmatch(seal.sha256)
    return all(lengths)
