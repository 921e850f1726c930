"""Files as customers send them, made here: small, whole, and what their vendors' programs would make."""

from __future__ import annotations

import struct
import zlib

MP3_FRAME = b"\xff\xfb\x90\xc0" + bytes(413)  # MPEG-1 layer III, 128 kbit/s, 44.1 kHz, one channel: 26 ms of silence
ADTS_FRAME = b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(9)  # AAC-LC, 44.1 kHz, of 16 bytes


def photo(width: int = 640, height: int = 480) -> bytes:
    """A PNG (https://www.w3.org/TR/png-3/) that runs from one colour to another."""
    rows = (
        b"\x00" + b"".join(bytes((40 + 180 * x // width, 90 + 120 * y // height, 140)) for x in range(width))
        for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def voice(seconds: int = 4) -> bytes:
    """Silence as MP3."""
    return MP3_FRAME * (seconds * 44_100 // 1152)


def tagged(sound: bytes, size: int = 256) -> bytes:
    """The same behind an ID3 tag of so many bytes (https://id3.org/id3v2.4.0-structure)."""
    return b"ID3\x04\x00\x00" + bytes((0, 0, size >> 7, size & 127)) + bytes(size) + sound


def boxes(brand: bytes, *handlers: bytes) -> bytes:
    """The beginning of a file in ISO/IEC 14496-12's container: its brand, and what its tracks hold (`vide`, `soun`)."""
    kind = struct.pack(">I4s4sI4s", 20, b"ftyp", brand, 512, brand)
    return kind + b"".join(struct.pack(">I4sII4s", 32, b"hdlr", 0, 0, one) + bytes(12) for one in handlers)


def ogg(packet: bytes) -> bytes:
    """A first page (RFC 3533) with this packet."""
    return b"OggS\x00\x02" + bytes(20) + bytes((1, len(packet))) + packet


def webm(codec: bytes, kind: bytes = b"webm") -> bytes:
    """The beginning of a file in Matroska's container (RFC 8794, RFC 9559): of what kind it is, and a track's codec."""
    header = b"\x42\x86\x81\x01" + b"\x42\x82" + bytes((0x80 | len(kind),)) + kind
    return b"\x1a\x45\xdf\xa3" + bytes((0x80 | len(header),)) + header + b"\x86" + bytes((0x80 | len(codec),)) + codec
