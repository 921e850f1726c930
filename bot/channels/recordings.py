"""Sound and film that people send, and the photos that share a container with them: known by what is in them."""

from __future__ import annotations

import re
from collections.abc import Callable

_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"mif1", b"msf1"), "image/heic"),
    b"M4A ": "audio/mp4",
    **dict.fromkeys((b"isom", *(b"iso%d" % number for number in range(2, 10))), "video/mp4"),
    **dict.fromkeys((b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash"), "video/mp4"),
    **dict.fromkeys((b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"3gr6", b"3gs6"), "video/3gpp"),
    b"qt  ": "video/quicktime",
}
_FILM_INSIDE = re.compile(rb"hdlr.{8}vide", re.DOTALL)
_OGG_SOUND = (b"OpusHead", b"\x01vorbis", b"Speex   ", b"\x7fFLAC")
_EBML_HEADER = 64  # bytes in which a WebM file says that it is one
_WEBM_TRACKS = 16 * 1024  # bytes in which it tells its tracks
_BIT_RATES = {  # kbit/s of layer III, by the index in a frame's header; 0 where it is free or forbidden
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
}
_SAMPLING_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}  # Hz


def recording_type(content: bytes) -> str:
    """The media type of sound, film or a HEIC photo; empty for all else, and for what only begins like one.

    Signatures: ISO/IEC 14496-12, 4.3 with the brands of https://mp4ra.org/registered-types/brands (MP4, M4A, QuickTime, 3GP, HEIC);
    RFC 3533 with RFC 7845, RFC 5574 and the specifications of Vorbis and FLAC (Ogg); RFC 8794 with RFC 9559 (WebM); RFC 4867, 5 (AMR);
    https://id3.org/id3v2.4.0-structure and ISO/IEC 11172-3, 2.4.1.3 (MP3); ISO/IEC 13818-7, 6.2 (AAC in ADTS).
    """
    return _in_boxes(content) or _in_ogg(content) or _in_webm(content) or _in_frames(content)


def _in_boxes(content: bytes) -> str:
    """The container begins with a box that says how long it is and of what brand the file is."""
    if content[4:8] != b"ftyp" or not 16 <= int.from_bytes(content[:4]) <= len(content):
        return ""
    found = _BRANDS.get(content[8:12], "")
    if found in ("video/mp4", "video/3gpp") and not _FILM_INSIDE.search(content):
        return found.replace("video", "audio")  # voice messages come in the container of films
    return found


def _in_ogg(content: bytes) -> str:
    """The first page says how its sound is coded; film in Ogg is not taken."""
    if not content.startswith(b"OggS\x00") or len(content) < 28:
        return ""
    packet = 27 + content[26]  # behind the page's header and its table of segments
    return "audio/ogg" if content.startswith(_OGG_SOUND, packet) else ""


def _in_webm(content: bytes) -> str:
    if not content.startswith(b"\x1a\x45\xdf\xa3") or b"\x42\x82\x84webm" not in content[:_EBML_HEADER]:
        return ""
    return "video/webm" if re.search(rb"V_(?:VP8|VP9|AV1)", content[:_WEBM_TRACKS]) else "audio/webm"


def _in_frames(content: bytes) -> str:
    """Sound without a container: at least two frames, one behind the other. A tag before them proves nothing."""
    if content.startswith(b"#!AMR\n"):
        return "audio/amr"
    start = _behind_tag(content)
    if _follow_each_other(content, start, _mp3_frame):
        return "audio/mpeg"
    return "audio/aac" if _follow_each_other(content, start, _adts_frame) else ""


def _behind_tag(content: bytes) -> int:
    """Where the sound begins: behind an ID3v2 tag, if there is one, and the zeros that may fill it up."""
    if not content.startswith(b"ID3") or len(content) < 10 or max(content[6:10]) > 127:
        return 0
    size = int("".join(f"{seven:07b}" for seven in content[6:10]), 2)
    start = 10 + size + (10 if content[5] & 0x10 else 0)
    return len(content) - len(content[start:].lstrip(b"\x00"))


def _follow_each_other(content: bytes, start: int, length_at: Callable[[bytes, int], int]) -> bool:
    length = length_at(content, start)
    return length > 0 and length_at(content, start + length) > 0


def _mp3_frame(content: bytes, at: int) -> int:
    """The length in bytes of the layer III frame at this place; 0 where there is none."""
    head = int.from_bytes(content[at : at + 4])
    version, layer = head >> 19 & 3, head >> 17 & 3
    if len(content) < at + 4 or head >> 21 != 0x7FF or layer != 1 or version not in _SAMPLING_RATES:
        return 0
    first, sampling = version == 3, head >> 10 & 3
    bit_rate = _BIT_RATES[1 if first else 2][head >> 12 & 15]
    if bit_rate == 0 or sampling == 3:
        return 0
    return (144_000 if first else 72_000) * bit_rate // _SAMPLING_RATES[version][sampling] + (head >> 9 & 1)


def _adts_frame(content: bytes, at: int) -> int:
    """The length in bytes of the ADTS frame at this place; 0 where there is none."""
    head = int.from_bytes(content[at : at + 7])
    sampling, length = head >> 34 & 15, head >> 13 & 0x1FFF
    if len(content) < at + 7 or head >> 44 != 0xFFF or head >> 41 & 3 or sampling > 12:
        return 0
    return length if length > 7 else 0
