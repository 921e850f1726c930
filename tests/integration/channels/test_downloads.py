"""Fetching files: from a vendor's hosts and from nowhere else, whole or not at all, and with what is secret for the vendor alone."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.channels.downloads import MAX_BYTES, MAX_REDIRECTS, Downloads
from bot.domain.message import Missing
from bot.errors import FileMissing
from tests.integration.channels.elsewhere import elsewhere

CONTENT = bytes(range(256)) * 400
SECRET = {"Authorization": "Bearer secret"}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Vendor:
    """A vendor's server on loopback. `asked` are the requests that came, each with the token that came along."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[tuple[str, str]] = []
        self.handlers: dict[str, Handler] = {}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer as a test has it; else with the content."""
        self.asked.append((request.path, request.headers.get("Authorization", "")))
        handler = self.handlers.get(request.path)
        return await handler(request) if handler else web.Response(body=CONTENT)

    def answers(self, path: str, status: int, **headers: str) -> None:
        """It answers so at `path`."""

        async def answer(_: web.Request) -> web.Response:
            return web.Response(status=status, headers=headers)

        self.handlers[path] = answer


@asynccontextmanager
async def listening() -> AsyncIterator[Vendor]:
    """A vendor who listens until the context ends."""
    app = web.Application()
    runner = web.AppRunner(app, shutdown_timeout=0.05, access_log=None)
    vendor = Vendor("")
    app.router.add_route("*", "/{path:.*}", vendor.serve)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    vendor.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield vendor
    finally:
        await runner.cleanup()


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    """A vendor."""
    async with listening() as made:
        yield made


@pytest.fixture
async def downloads(vendor: Vendor) -> AsyncIterator[Downloads]:
    """What fetches from the vendor."""
    made = Downloads(("vendor.example",), origin=f"{vendor.url}/api")
    yield made
    await made.close()


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names whose address somebody wants to know; all of them lead to a port where nobody listens."""
    names: list[str] = []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def look_up(name: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        names.append(name)
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return names


async def missing(downloads: Downloads, address: str) -> Missing:
    """Why nothing comes from there."""
    with pytest.raises(FileMissing) as missed:
        await downloads.fetch(address)
    return missed.value.why


async def test_what_is_there_comes_whole_and_once(vendor: Vendor, downloads: Downloads) -> None:
    assert await downloads.fetch(f"{vendor.url}/photo.jpg?oh=1", SECRET) == CONTENT
    assert vendor.asked == [("/photo.jpg", "Bearer secret")]


@pytest.mark.parametrize(
    "address",
    [
        "https://vendor.example/photo.jpg",
        "https://scontent.xx.vendor.example/photo.jpg",
        "HTTPS://VENDOR.example:443/photo.jpg",
    ],
)
async def test_the_vendors_hosts_are_asked(downloads: Downloads, looked_up: list[str], address: str) -> None:
    assert await missing(downloads, address) is Missing.UNREACHABLE
    assert [name.removeprefix("scontent.xx.") for name in looked_up] == ["vendor.example"]


@pytest.mark.parametrize(
    "address",
    [
        "https://evilvendor.example/",
        "https://vendor.example.evil.example/",
        "https://evil.example/vendor.example",
        "https://evil.example/?.vendor.example",
        "https://evil.example#.vendor.example",
        "https://vendor.example@evil.example/",
        "https://evil.example\\@vendor.example/",
        "https://example/",
        "https://.vendor.example.evil/",
        "https://zoe@vendor.example/",
        "https://zoe:word@cdn.vendor.example/",
        "https://vendor.example:8443/",
        "https://vendor.example:0/",
        "https://vendor.example:99999/",
        "http://vendor.example/",
        "ftp://vendor.example/",
        "file:///etc/passwd",
        "data:text/plain,vendor.example",
        "//vendor.example/",
        "/photo.jpg",
        "vendor.example",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[vendor.example/",
        "",
        "\x00",
    ],
)
async def test_nobody_else_is_asked(downloads: Downloads, looked_up: list[str], address: str) -> None:
    assert await missing(downloads, address) is Missing.GONE
    assert looked_up == []


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_another_port_of_the_vendors_machine_is_somebody_else(downloads: Downloads, scheme: str) -> None:
    async with elsewhere() as place:
        assert await missing(downloads, place.address(scheme)) is Missing.GONE
        assert place.visits == 0


async def test_an_address_that_logs_somebody_in_is_not_asked(vendor: Vendor, downloads: Downloads) -> None:
    assert await missing(downloads, vendor.url.replace("http://", "http://zoe:word@")) is Missing.GONE
    assert vendor.asked == []


async def test_a_redirect_within_the_vendors_hosts_is_followed_without_the_token(
    vendor: Vendor, downloads: Downloads
) -> None:
    vendor.answers("/a", 302, Location="/b")
    vendor.answers("/b", 307, Location=f"{vendor.url}/c")
    assert await downloads.fetch(f"{vendor.url}/a", SECRET) == CONTENT
    assert vendor.asked == [("/a", "Bearer secret"), ("/b", ""), ("/c", "")]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_somebody_else_is_not_followed(vendor: Vendor, downloads: Downloads, status: int) -> None:
    async with elsewhere() as place:
        for number, target in enumerate((place.address(), place.address("https"), f"//127.0.0.1:{place.port}/")):
            vendor.answers(f"/{number}", status, Location=target)
            assert await missing(downloads, f"{vendor.url}/{number}") is Missing.GONE
        assert place.visits == 0


@pytest.mark.parametrize("target", ["", "http://[", "file:///etc/passwd", "https://evil.example/", "/round"])
async def test_a_redirect_that_leads_nowhere_ends(
    vendor: Vendor, downloads: Downloads, looked_up: list[str], target: str
) -> None:
    vendor.answers("/round", 302, Location=target)
    assert await missing(downloads, f"{vendor.url}/round") is Missing.GONE
    assert len(vendor.asked) <= 1 + MAX_REDIRECTS
    assert looked_up == []


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (400, Missing.GONE),
        (403, Missing.GONE),
        (404, Missing.GONE),
        (410, Missing.GONE),
        (401, Missing.UNREACHABLE),
        (429, Missing.UNREACHABLE),
        (500, Missing.UNREACHABLE),
        (503, Missing.UNREACHABLE),
        (206, Missing.UNREACHABLE),
    ],
)
async def test_what_the_vendor_answers_says_whether_it_may_come_later(
    vendor: Vendor, downloads: Downloads, status: int, why: Missing
) -> None:
    vendor.answers("/photo.jpg", status)
    assert await missing(downloads, f"{vendor.url}/photo.jpg") is why


async def test_a_vendor_who_is_not_there_may_be_later(downloads: Downloads, looked_up: list[str]) -> None:
    assert await missing(downloads, "https://vendor.example/photo.jpg") is Missing.UNREACHABLE


async def test_as_large_as_may_be_it_comes(vendor: Vendor, downloads: Downloads) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=bytes(MAX_BYTES))

    vendor.handlers["/film.mp4"] = answer
    assert len(await downloads.fetch(f"{vendor.url}/film.mp4")) == MAX_BYTES


async def test_what_is_announced_as_too_large_is_not_read(vendor: Vendor, downloads: Downloads) -> None:
    sent = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(MAX_BYTES + 1)})
        await response.prepare(request)
        await sent.wait()
        return response

    vendor.handlers["/film.mp4"] = answer
    assert await missing(downloads, f"{vendor.url}/film.mp4") is Missing.TOO_LARGE
    sent.set()


@pytest.mark.parametrize("packed", [False, True])
async def test_what_turns_out_too_large_is_left_off(vendor: Vendor, downloads: Downloads, packed: bool) -> None:
    """Without a word of its size, and packed so that what is announced is small."""
    content = gzip.compress(bytes(5 * MAX_BYTES)) if packed else bytes(MAX_BYTES + 1)

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Encoding": "gzip"} if packed else {})
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(content)
        return response

    vendor.handlers["/film.mp4"] = answer
    assert await missing(downloads, f"{vendor.url}/film.mp4") is Missing.TOO_LARGE


async def test_what_breaks_off_is_not_taken_for_the_whole(vendor: Vendor, downloads: Downloads) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(CONTENT))})
        await response.prepare(request)
        await response.write(CONTENT[:-1])
        assert request.transport is not None
        request.transport.close()
        return response

    vendor.handlers["/photo.jpg"] = answer
    assert await missing(downloads, f"{vendor.url}/photo.jpg") is Missing.UNREACHABLE


async def test_the_vendor_cannot_mark_us(vendor: Vendor, downloads: Downloads) -> None:
    cookies: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        cookies.extend(request.headers.getall("Cookie", []))
        return web.Response(body=CONTENT, headers={"Set-Cookie": "us=1"})

    vendor.handlers["/photo.jpg"] = answer
    for _ in range(2):
        await downloads.fetch(f"{vendor.url}/photo.jpg")
    assert cookies == []
