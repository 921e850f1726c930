"""The body of the form as browsers send it (multipart/form-data, RFC 7578): fields, and files within bounds."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from bot.channels.files import MOST_BYTES, MOST_FILES
from bot.errors import RequestRejected
from bot.web.bodies import LARGE_BODIES, MAX_FORM, read_form

MOST_PARTS = 40
MOST_READ = (
    4 * MOST_BYTES
)  # bytes read, and thrown away, of what is too large: a browser shows no answer before it has sent all
CHUNK = 64 * 1024


@dataclass
class Upload:
    """What came: fields by name, files as (name, content), and what was wrong with the files (`many`, `large`; empty if nothing)."""

    fields: dict[str, str] = field(default_factory=dict)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    problem: str = ""


async def read_upload(request: web.Request) -> Upload:
    """Read the body. Raises RequestRejected where it is no form, or far too large."""
    if request.content_type != "multipart/form-data":
        return Upload(await read_form(request))
    reading = _Reading(request)
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise RequestRejected("a form has no parts within parts")
            await reading.take(part)
    except (ValueError, AssertionError, HttpProcessingError):  # how the library finds that this is no multipart body
        raise RequestRejected("the body is not a form") from None
    return reading.upload


class _Reading:
    def __init__(self, request: web.Request) -> None:
        self.upload = Upload()
        self._request = request
        self._parts = 0
        self._read = 0
        self._words = MAX_FORM
        self._room = MOST_BYTES

    async def take(self, part: BodyPartReader) -> None:
        """Read one part."""
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise RequestRejected("the form has too many fields")
        if part.filename is None:
            content = await self._content(part, self._words)
            if content is None:
                raise RequestRejected("the form is too large", status=413)
            self._words -= len(content)
            self.upload.fields[part.name or ""] = content.decode("utf-8", "replace")
            return
        content = await self._content(part, self._room)
        if content is None:
            self.upload.problem = "large"
        elif content and len(self.upload.files) == MOST_FILES:
            self.upload.problem = self.upload.problem or "many"
        elif content:  # a field for files in which none was chosen is a part without content
            self._room -= len(content)
            self.upload.files.append((part.filename, content))

    async def _content(self, part: BodyPartReader, limit: int) -> bytes | None:
        """All of a part; None where it is larger than `limit`."""
        content: bytearray | None = bytearray()
        while chunk := await part.read_chunk(CHUNK):
            self._read += len(chunk)
            if self._read > MOST_READ:
                raise RequestRejected("the form is far too large", status=413)
            if content is None or len(content) + len(chunk) > limit:
                content = None
                continue
            if part.filename is not None:
                self._request.app[LARGE_BODIES].hold(self._request, len(chunk))
            content += chunk
        return None if content is None else bytes(content)
