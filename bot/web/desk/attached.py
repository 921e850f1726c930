"""What an agent is told of a file that came with a message: in words, and how a browser shows it."""

from __future__ import annotations

from typing import Any

from bot.domain.message import Missing

_SHOWN = {
    **dict.fromkeys(("image/png", "image/jpeg", "image/gif", "image/webp"), "image"),
    **dict.fromkeys(("audio/ogg", "audio/mpeg", "audio/aac", "audio/mp4", "audio/webm"), "audio"),
    **dict.fromkeys(("video/mp4", "video/webm", "video/quicktime", "video/3gpp"), "video"),
}
_LATE = 4  # fetches begun of a file that is still not there: a quarter of a minute, and soon much more
_SPACE = "\N{NO-BREAK SPACE}"
_EXPECTED = {"photo": "image", "sticker": "image", "voice": "audio", "video": "video"}


def attached(t: dict[str, str], file: dict[str, Any]) -> dict[str, Any]:
    """A file of a transcript in the words of `t`.

    `shown` is image, audio or video where browsers can show its kind, else empty; what is still coming keeps the room free that it will take. `path` leads to
    the content; where it leads nowhere, `note` says why and what to do, and `late` that it takes long.
    """
    what = t.get(f"attachment.{file['kind']}", file["kind"])
    coming = file["missing"] == Missing.COMING
    expected = _EXPECTED.get(file["kind"], "") if coming else ""
    return {
        "words": " · ".join(filter(None, (what, file["name"], _size(t, file["size"])))),
        "shown": _SHOWN.get(file["media_type"], expected) if coming or file["id"] else "",
        "path": f"/desk/api/attachments/{file['id']}" if file["id"] else "",
        "coming": coming,
        "late": t["missing.late"] if coming and file["fetches"] >= _LATE else "",
        "note": t.get(f"missing.{file['missing']}", "").format(what=what),
    }


def _size(t: dict[str, str], size: int | None) -> str:
    """In units of a thousand, as systems show files' sizes (IEC 80000-13)."""
    if not size:
        return ""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))}{_SPACE}kB"
    megabytes = size / 1_000_000
    shown = f"{megabytes:.1f}".replace(".", t["size.point"]) if megabytes < 10 else f"{round(megabytes)}"
    return f"{shown}{_SPACE}MB"
