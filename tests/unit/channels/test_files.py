"""What a file is, is known by what is in it; what only looks like a kind that is taken is not taken."""

from __future__ import annotations

import pytest

from bot.channels.files import ENDINGS, clean_name, kind_of, media_type_of, received
from tests.samples import ADTS_FRAME, MP3_FRAME, boxes, ogg, photo, tagged, voice, webm

OPUS = ogg(b"OpusHead\x01\x01")
SCRIPT = b"<script>alert(document.cookie)</script>"


@pytest.mark.parametrize(
    ("content", "media_type", "kind"),
    [
        (OPUS, "audio/ogg", "voice"),
        (ogg(b"\x01vorbis"), "audio/ogg", "voice"),
        (ogg(b"Speex   1.2"), "audio/ogg", "voice"),
        (voice(1), "audio/mpeg", "voice"),
        (tagged(voice(1)), "audio/mpeg", "voice"),
        (tagged(bytes(64) + voice(1)), "audio/mpeg", "voice"),
        (ADTS_FRAME * 3, "audio/aac", "voice"),
        (boxes(b"M4A ", b"soun"), "audio/mp4", "voice"),
        (boxes(b"isom", b"soun"), "audio/mp4", "voice"),
        (boxes(b"3gp4", b"soun"), "audio/3gpp", "voice"),
        (webm(b"A_OPUS"), "audio/webm", "voice"),
        (b"#!AMR\n\x3c\x91\x17", "audio/amr", "voice"),
        (boxes(b"mp42", b"soun", b"vide"), "video/mp4", "video"),
        (boxes(b"isom", b"vide"), "video/mp4", "video"),
        (boxes(b"3gp5", b"vide", b"soun"), "video/3gpp", "video"),
        (boxes(b"qt  ", b"vide"), "video/quicktime", "video"),
        (webm(b"V_VP9"), "video/webm", "video"),
        (boxes(b"heic"), "image/heic", "photo"),
        (photo(2, 2), "image/png", "photo"),
    ],
)
def test_recordings_and_photos_are_known_by_their_content(content: bytes, media_type: str, kind: str) -> None:
    found = received("x.exe", content, said="application/octet-stream")
    assert (found.media_type, found.kind, found.size, found.content) == (media_type, kind, len(content), content)
    assert found.name.rpartition(".")[2] in ENDINGS


@pytest.mark.parametrize(
    "content",
    [
        b"ID3" + SCRIPT,
        b"ID3\x04\x00\x00\x00\x00\x00\x0a" + SCRIPT,
        tagged(SCRIPT),
        tagged(b"MZ\x90\x00" + bytes(64)),
        MP3_FRAME,
        MP3_FRAME + SCRIPT,
        MP3_FRAME[:300],
        ADTS_FRAME + SCRIPT,
        b"\xff\xfb" + SCRIPT,
        b"\xff\xfe<\x00h\x00t\x00m\x00l\x00>\x00",
        b"<!--ftypisom-->" + SCRIPT,
        b"\x00\x00\x00\x18ftypisom",
        b"\x00\x00\x00\x08ftypisom" + SCRIPT,
        boxes(b"exe "),
        boxes(b"avif", b"vide"),
        b"OggS" + SCRIPT,
        ogg(b"\x80theora"),
        ogg(SCRIPT),
        b"OggS\x00",
        webm(b"V_VP9", kind=b"matroska"),
        b"\x1a\x45\xdf\xa3" + SCRIPT + b"webm",
        b"#!AMR",
        b"#!/bin/sh\nrm -rf /\x00",
    ],
)
def test_what_only_looks_like_one_is_not_kept(content: bytes) -> None:
    found = received("voice.mp3", content, said="audio/mpeg")
    assert found.content is None or found.media_type == "text/plain"
    assert not media_type_of(content).startswith(("audio/", "video/", "image/"))


def test_a_photo_that_is_a_script_as_well_stays_a_photo() -> None:
    found = received("x.js", b"GIF89a=1;alert(document.cookie)//")
    assert (found.media_type, found.name) == ("image/gif", "x.js.gif")


@pytest.mark.parametrize(
    ("name", "media_type", "clean"),
    [
        ("PTT-20261123.opus", "audio/ogg", "PTT-20261123.opus"),
        ("voice", "audio/ogg", "voice.ogg"),
        ("audioclip.mp4", "audio/mp4", "audioclip.mp4"),
        ("Bildschirm.html", "video/webm", "Bildschirm.html.webm"),
        ("..\\..\\film.MOV", "video/quicktime", "film.mov"),
    ],
)
def test_a_names_ending_fits_what_it_is(name: str, media_type: str, clean: str) -> None:
    assert clean_name(name, media_type) == clean


def test_every_ending_is_offered_once() -> None:
    assert len(set(ENDINGS)) == len(ENDINGS)
    assert {"ogg", "mp3", "mp4", "webm", "pdf"} <= set(ENDINGS)


@pytest.mark.parametrize(
    ("media_type", "kind"), [("audio/ogg", "voice"), ("video/mp4", "video"), ("image/x", "photo"), ("", "document")]
)
def test_a_kind_is_what_people_call_it(media_type: str, kind: str) -> None:
    assert kind_of(media_type) == kind
