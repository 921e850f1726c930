"""Files that strangers send: known by what is in them, never by what they are called, and kept only if no program runs them."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePosixPath

from bot.channels.cleaning import clean
from bot.channels.recordings import recording_type
from bot.domain.message import Attachment

MOST_FILES = 5  # a message
MOST_BYTES = 10 * 1024 * 1024  # of all files of a message together
MAX_NAME = 120  # characters
_MOST_MEMBERS = 2000  # of an office document
_ENDINGS = {
    "application/pdf": ("pdf",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg", "jpe"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "audio/ogg": ("ogg", "oga", "opus"),
    "audio/mpeg": ("mp3",),
    "audio/aac": ("aac",),
    "audio/mp4": ("m4a", "mp4"),
    "audio/amr": ("amr",),
    "audio/3gpp": ("3gp",),
    "audio/webm": ("webm", "weba"),
    "video/mp4": ("mp4", "m4v"),
    "video/quicktime": ("mov", "qt"),
    "video/3gpp": ("3gp",),
    "video/webm": ("webm",),
    "text/plain": ("txt", "log", "csv", "md"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx",),
    "application/vnd.oasis.opendocument.text": ("odt",),
    "application/vnd.oasis.opendocument.spreadsheet": ("ods",),
}
ENDINGS = tuple(dict.fromkeys(ending for endings in _ENDINGS.values() for ending in endings))
"""What files that are taken may be called, for people who choose one."""
_UNFIT = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]+")


def media_type_of(content: bytes) -> str:
    """The media type of a file of a kind that is taken, by its content; empty for all others.

    Signatures: https://www.iana.org/assignments/media-types and the formats' own specifications; of sound and film in `recordings.py`.
    """
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith(b"PK\x03\x04"):
        return _office_type(content)
    return recording_type(content) or ("text/plain" if _is_text(content) else "")


def _office_type(content: bytes) -> str:
    """Documents without macros; of the archive only its table of contents is read, nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except Exception:  # the library fails in many ways over what only begins like an archive
        return ""
    if len(names) > _MOST_MEMBERS or any("vba" in name.lower() or name.startswith("Basic/") for name in names):
        return ""
    if names and names[0] == "mimetype":  # OpenDocument 1.3, part 2, section 3.3: first, and not compressed
        found = content[38:120].decode("latin-1")
        odf = [kind for kind in _ENDINGS if "opendocument" in kind and found.startswith(kind)]
        return odf[0] if odf and "META-INF/manifest.xml" in names else ""
    if "word/document.xml" in names:
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" if "xl/workbook.xml" in names else ""


def _is_text(content: bytes) -> bool:
    """Whether people can read it as it is. What looks like markup is left out: a browser might obey it."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return (
        bool(text.strip())
        and not text.lstrip().startswith("<")
        and clean(text, len(text)) == text.replace("\r\n", "\n").strip()
    )


def clean_name(name: str, media_type: str = "") -> str:
    """A file's name without folders and without what a system might obey; its ending fits the `media_type`, where one is known."""
    last = PurePosixPath(clean(name, 1000).replace("\\", "/")).name
    plain = " ".join(_UNFIT.sub(" ", last).split()).strip(". ")
    stem, _, ending = plain.rpartition(".")
    endings = _ENDINGS.get(media_type)
    if endings is None:
        return plain[:MAX_NAME]
    if ending.lower() not in endings:
        stem, ending = plain, endings[0]
    return f"{stem[: MAX_NAME - len(ending) - 1] or 'file'}.{ending.lower()}"


def kind_of(media_type: str) -> str:
    """What the product calls a file of this media type."""
    kinds = {"image": "photo", "audio": "voice", "video": "video"}
    return kinds.get(media_type.partition("/")[0], "document")


def received(name: str, content: bytes, said: str = "") -> Attachment:
    """A file as it is kept: with its content if its kind is taken, else with its name alone and the media type it is `said` to be."""
    media_type = media_type_of(content)
    if not media_type:
        return Attachment(kind_of(said), name=clean_name(name), media_type=said[:128], size=len(content))
    name = clean_name(name or "file", media_type)
    return Attachment(kind_of(media_type), name=name, media_type=media_type, size=len(content), content=content)
