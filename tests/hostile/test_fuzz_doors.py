"""Whatever comes to a door over HTTP is answered: in time, never by an accident, and never with the words of an exception."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from tests.hostile.house import Headers, House
from tests.hostile.odd import NO_JSON, TEXTS, VALUES, as_json, bodies, fuzz, mutilated
from tests.hostile.vendors import CALLERS
from tests.hostile.wire import Answer, Wire

AN_ACCIDENT = re.compile(
    r"Traceback|File \"|\.py\b|Error\(|Exception|sqlalchemy|sqlite|aiohttp|asyncio|pydantic|<class |object at 0x"
)
METHODS = st.sampled_from(["GET", "GET", "GET", "POST", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "QUERY"])
SEGMENTS = st.one_of(
    st.sampled_from(
        ["chat", "api", "desk", "cases", "answers", "static", "sign-in", "webhooks", "telegram", "live", "..", "."]
    ),
    TEXTS,
    st.sampled_from(["%", "%zz", "%00", "%ff%fe", "%2e%2e", "%c0%af", "%u0041", "1", "0", "-1", "9" * 400, "01", "+1"]),
)
NAMES = st.one_of(
    st.sampled_from(["q", "language", "after", "topic", "page", "next", "message", "cache", "token"]), TEXTS
)
CLIENT_IDS = st.uuids().map(str)


def _octets(text: str) -> bytes:
    """`text` as it could stand in a request line or a header: anything but what ends it."""
    return re.sub(rb"[\x00-\x20\x7f]", b"_", text.encode("utf-8", "surrogatepass"))[:2000]


def _check(answer: Answer) -> Answer:
    assert answer.status < 500, answer
    if not answer.headers.get("Content-Type", "").startswith(("text/javascript", "text/css")):
        shown = re.sub(r'"(client_id|text)": "[^"]*"', "", answer.text) if answer.status >= 400 else ""
        assert not AN_ACCIDENT.search(shown), answer
    return answer


@st.composite
def targets(draw: st.DrawFn) -> bytes:
    """A path with a query, some of it percent-encoded and some not."""
    encode = draw(st.booleans())
    parts = [
        quote(one.encode("utf-8", "surrogatepass")) if encode else one for one in draw(st.lists(SEGMENTS, max_size=5))
    ]
    target = _octets("/" + "/".join(parts))
    if draw(st.booleans()):
        query = draw(st.lists(st.tuples(NAMES, TEXTS), max_size=3))
        pairs = [(a.encode("utf-8", "surrogatepass"), b.encode("utf-8", "surrogatepass")) for a, b in query]
        target += b"?" + (urlencode(pairs).encode() if encode else b"&".join(_octets(a + "=" + b) for a, b in query))
    return target


@st.composite
def headers(draw: st.DrawFn) -> Headers:
    """Headers that mean something here, with values that mean nothing; some of them twice."""
    known = st.sampled_from(
        [
            "Cookie",
            "Authorization",
            "Accept-Language",
            "Origin",
            "X-Forwarded-For",
            "X-CSRF-Token",
            "Content-Type",
            "If-None-Match",
            "If-Modified-Since",
            "Range",
            "Accept-Encoding",
            "Content-Encoding",
            "Accept",
            "Referer",
            "X-Telegram-Bot-Api-Secret-Token",
            "Upgrade",
            "Sec-WebSocket-Key",
            "X-HTTP-Method-Override",
            "Forwarded",
        ]
    )
    usual = st.sampled_from(
        [
            "frontline_staff=x",
            "Bearer x",
            "de;q=x,en;q=9e999",
            "null",
            "127.0.0.1",
            'multipart/form-data; boundary="',
            '"x"',
            "bytes=0-,5-2",
            "multipart/form-data",
            "application/x-www-form-urlencoded; charset=klingon",
            "gzip",
            "websocket",
        ]
    )
    return [
        (name.encode(), _octets(value)) for name, value in draw(st.lists(st.tuples(known, usual | TEXTS), max_size=4))
    ]


def _somebody(house: House, who: str) -> Headers:
    return {"nobody": [], "visitor": house.visitor, **house.staff}[who]


WHO = st.sampled_from(["nobody", "visitor", "agent", "editor", "admin"])


@fuzz(2500, who=WHO, method=METHODS, target=targets(), more=headers(), body=NO_JSON | st.just(b""))
def test_any_request(
    house: House, wire: Wire, who: str, method: str, target: bytes, more: Headers, body: bytes
) -> None:
    _check(wire.ask(method, target, [*_somebody(house, who), *more], body))


@fuzz(
    2000,
    door=st.sampled_from([b"/chat/api/start", b"/chat/api/messages"]),
    body=bodies(
        client_id=CLIENT_IDS,
        text=TEXTS,
        button=st.fixed_dictionaries({"name": TEXTS}, optional={"value": TEXTS, "label": TEXTS}),
        language=st.sampled_from(["de", "en"]),
    ),
)
def test_what_a_visitor_posts(house: House, wire: Wire, door: bytes, body: bytes) -> None:
    assert _check(wire.ask("POST", door, house.visitor, body)).status in (201, 202, 400, 413, 429)


@fuzz(300, after=TEXTS)
def test_a_place_in_the_transcript(house: House, wire: Wire, after: str) -> None:
    query = urlencode({"after": after.encode("utf-8", "surrogatepass")}).encode()
    assert _check(wire.ask("GET", b"/chat/api/transcript?" + query, house.visitor)).status in (200, 400)


CASES = st.one_of(st.just(""), SEGMENTS)
ACTS = st.sampled_from(["claim", "reply", "resolve", "back", "urgency", "right-answer"])
DESK_FIELDS = {
    "client_id": CLIENT_IDS,
    "text": TEXTS,
    "level": st.sampled_from(["emergency", "high", "normal", "low"]),
    "reason": st.sampled_from(["", "fraud", "rage"]),
    "message": st.integers(1, 9),
    "answer": st.none() | TEXTS,
}


@fuzz(1500, who=st.sampled_from(["agent", "admin"]), case=CASES, act=ACTS, body=bodies(**DESK_FIELDS))
def test_what_an_agent_posts(house: House, wire: Wire, who: str, case: str, act: str, body: bytes) -> None:
    where = quote(case.encode("utf-8", "surrogatepass"), safe="") if case else str(house.case_id)
    _check(wire.ask("POST", f"/desk/api/cases/{where}/{act}".encode(), house.staff[who], body))


FORMS = st.sampled_from(["/desk/cases/1/urgency", "/desk/cases/1/right-answer", "/desk/language"])
FIELDS = st.dictionaries(
    st.sampled_from(["urgency", "message", "answer", "language", "csrf", "login", "password", "next"]) | TEXTS,
    st.sampled_from(["high.fraud", "low", "1", "de", "//evil.example"]) | TEXTS,
    max_size=4,
)
BOUNDARY = b"multipart/form-data; boundary=b"


def _multipart(fields: dict[str, str], torn: bool) -> bytes:
    parts = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (_octets(name), value.encode("utf-8", "replace"))
        for name, value in fields.items()
    )
    return parts if torn else parts + b"--b--\r\n"


@fuzz(600, form=FORMS, fields=FIELDS, as_parts=st.booleans(), torn=st.booleans())
def test_what_an_agent_sends_off(
    house: House, wire: Wire, form: str, fields: dict[str, str], as_parts: bool, torn: bool
) -> None:
    kind = BOUNDARY if as_parts else b"application/x-www-form-urlencoded"
    encoded = {
        name.encode("utf-8", "surrogatepass"): value.encode("utf-8", "surrogatepass") for name, value in fields.items()
    }
    body = _multipart(fields, torn) if as_parts else urlencode(encoded).encode()
    _check(wire.ask("POST", form.encode(), [*house.staff["agent"], (b"Content-Type", kind)], body))


@fuzz(60, fields=FIELDS, as_parts=st.booleans(), torn=st.booleans())
def test_who_signs_in(house: House, wire: Wire, fields: dict[str, str], as_parts: bool, torn: bool) -> None:
    form = wire.ask("GET", b"/sign-in", [])
    cookie = form.headers["Set-Cookie"].partition(";")[0]
    token = cookie.partition("=")[2]
    kind = BOUNDARY if as_parts else b"application/x-www-form-urlencoded"
    fields = {**fields, "csrf": token}
    encoded = {
        name.encode("utf-8", "surrogatepass"): value.encode("utf-8", "surrogatepass") for name, value in fields.items()
    }
    body = _multipart(fields, torn) if as_parts else urlencode(encoded).encode()
    answer = _check(wire.ask("POST", b"/sign-in", [(b"Cookie", cookie.encode()), (b"Content-Type", kind)], body))
    assert answer.status in (400, 401, 403, 429)


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, bytes]:
    """What a vendor calls with, and what it never would."""
    vendor = draw(st.sampled_from(sorted(CALLERS)))
    if draw(st.integers(0, 9)) == 0:
        return vendor, draw(NO_JSON)
    return vendor, as_json(draw(mutilated(CALLERS[vendor][2]) | VALUES), escaped=draw(st.booleans()))


@fuzz(2500, call=calls())
def test_what_vendors_bring(house: House, wire: Wire, call: tuple[str, bytes]) -> None:
    vendor, body = call
    door, proof, _ = CALLERS[vendor]
    assert _check(wire.ask("POST", door.encode(), proof(body), body)).status in (200, 400)


@fuzz(200, call=calls(), proof=st.sampled_from(["", "sha256=", "sha256=" + "0" * 64, "x"]) | TEXTS)
def test_what_strangers_bring(house: House, wire: Wire, call: tuple[str, bytes], proof: str) -> None:
    vendor, body = call
    door, genuine, _ = CALLERS[vendor]
    [(name, _)] = genuine(body)
    assert _check(wire.ask("POST", door.encode(), [(name, _octets(proof))], body)).status in (400, 401)


@fuzz(200, words=TEXTS, topic=TEXTS, page=TEXTS, language=TEXTS)
def test_what_is_searched_for(wire: Wire, words: str, topic: str, page: str, language: str) -> None:
    asked = {"q": words, "topic": topic, "page": page, "language": language}
    query = urlencode({name: value.encode("utf-8", "surrogatepass") for name, value in asked.items() if value})
    answer = _check(wire.ask("GET", b"/answers?" + query.encode(), []))
    assert answer.status == (200 if len(query) < 8000 else 400)
    assert "<script>alert" not in answer.text


RAW = st.one_of(
    st.binary(min_size=1, max_size=80),
    st.sampled_from(
        [
            b"GET / HTTP/9.9",
            b"GET  /  HTTP/1.1",
            b"GET http://evil.example/ HTTP/1.1\r\nHost: h",
            b"CONNECT evil.example:443 HTTP/1.1\r\nHost: h",
            b"GET / HTTP/1.1\r\nHost: a\r\nHost: b",
            b"GET / HTTP/1.1\r\nHost: h\r\n folded: x",
            b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 9000,
            b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: h",
            b"GET / HTTP/1.1\r\nHost: h" + b"\r\nX: y" * 100,
            b"GET / HTTP/1.1\r\nHost: h\r\nCookie: " + b"a=b; " * 1500,
            b"POST /chat/api/start HTTP/1.1\r\nHost: h\r\nContent-Length: -1",
            b"POST /chat/api/start HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6",
            b"POST /chat/api/start HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
            b"POST /chat/api/start HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"POST /chat/api/start HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0",
            b"POST /chat/api/start HTTP/1.1\r\nHost: h\r\nContent-Length: " + b"9" * 400,
            b"POST /chat/api/start HTTP/1.1\r\nHost: h\r\nExpect: 100-rubbish\r\nContent-Length: 0",
            b"GET /chat/api/live HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade",
            b"PRI * HTTP/2.0\r\n\r\nSM",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        ]
    ),
)


@fuzz(400, raw=RAW, end=st.sampled_from([b"\r\n\r\n", b"\n\n", b"\r\n", b""]))
def test_what_is_hardly_http(house: House, raw: bytes, end: bytes) -> None:
    with Wire(house.port) as wire:
        answer = wire.send_off(raw + end)
        if answer is not None:
            _check(answer)
            assert raw[:20] not in answer.body or len(raw) < 4
