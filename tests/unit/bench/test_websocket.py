"""Frames of the pages that only listen, against RFC 6455 and 7692 as aiohttp reads and writes them."""

from __future__ import annotations

import zlib

from bench.websocket import PING, TEXT, deflated, frame, frames_in, handshake


def _as_servers_send(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes([0x80 | opcode, size]) + payload
    if size < 65536:
        return bytes([0x80 | opcode, 126]) + size.to_bytes(2, "big") + payload
    return bytes([0x80 | opcode, 127]) + size.to_bytes(8, "big") + payload


def test_frames_are_read_whatever_their_length_and_however_they_arrive() -> None:
    sent = [(TEXT, b"x" * size) for size in (0, 1, 125, 126, 65535, 65536)] + [(PING, b"ping")]
    stream = b"".join(_as_servers_send(*one) for one in sent)
    assert frames_in(stream) == (sent, b"")
    found, rest = [], b""
    for start in range(0, len(stream), 997):
        frames, rest = frames_in(rest + stream[start : start + 997])
        found += frames
    assert (found, rest) == (sent, b"")


def test_what_is_sent_is_masked_and_says_its_length() -> None:
    assert frame(TEXT, b"hallo") == b"\x81\x85\x00\x00\x00\x00hallo"
    assert frame(TEXT, b"x" * 300)[:4] == b"\x81\xfe\x01\x2c"
    assert frame(TEXT, b"x", compressed=True)[0] == 0xC1


def test_what_is_deflated_can_be_inflated() -> None:
    text = b"hallo hallo hallo"
    assert zlib.decompressobj(wbits=-zlib.MAX_WBITS).decompress(deflated(text) + b"\x00\x00\xff\xff") == text


def test_the_handshake_asks_for_compression_as_browsers_do() -> None:
    lines = handshake("http://127.0.0.1:8080", "/live", "a=b").decode().split("\r\n")
    assert lines[:2] == ["GET /live HTTP/1.1", "Host: 127.0.0.1:8080"]
    assert "Cookie: a=b" in lines
    assert any("permessage-deflate" in line for line in lines)
    assert lines[-2:] == ["", ""]
