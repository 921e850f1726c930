"""The files of the fake Telegram: known by an id, told of by getFile, and handed out for an hour at an address that holds the token.

https://core.telegram.org/bots/api#getfile
"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from tests.fakes.telegram_rules import MAX_FILE, Json, Refusal


@dataclass
class File:
    """What somebody uploaded. `path` is where it is handed out, and `size` what is told of it.

    Either fails where it is not `known` any more, or not `there`.
    """

    content: bytes
    path: str
    size: int
    known: bool = True
    there: bool = True


class Files:
    """`handed_out` are the paths that were asked for; `largest` is what getFile tells of, more on one's own server."""

    def __init__(self) -> None:
        self.largest = MAX_FILE
        self.files: dict[str, File] = {}
        self.handed_out: list[str] = []

    def upload(self, content: bytes, path: str = "photos/file_{}.png", *, size: int | None = None) -> Json:
        """Somebody's file, as updates tell of it; of a large one `size` may be told instead of having one."""
        number = len(self.files) + 1
        file_id = f"AgACAgIAAxkBAAI{number:04}"
        self.files[file_id] = File(content, path.format(number), size or len(content))
        return self._described(file_id)

    def hand_out(self, path: str) -> web.Response:
        """The content at a path that was told."""
        self.handed_out.append(path)
        found = next((file for file in self.files.values() if file.path == path and file.there), None)
        if found is None:
            return web.json_response({"ok": False, "error_code": 404, "description": "Not Found"}, status=404)
        return web.Response(body=found.content, content_type="application/octet-stream")

    async def _get_file(self, file_id: str) -> Json:
        file = self.files.get(file_id)
        if file is None:
            raise Refusal(400, "Bad Request: wrong remote file identifier specified: Wrong string length")
        if not file.known:
            raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if file.size > self.largest:
            raise Refusal(400, "Bad Request: file is too big")
        return self._described(file_id) | {"file_path": file.path}

    def _described(self, file_id: str) -> Json:
        return {"file_id": file_id, "file_unique_id": f"Ag{file_id[-4:]}", "file_size": self.files[file_id].size}
