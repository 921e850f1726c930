"""Answers as HTML and as plain text; nothing an answer contains may act on a page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.markup import to_html, to_plain

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;avascript&colon;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](vbscript:msgbox(1))",
    "[x](file:///etc/passwd)",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    '[x](https://a.example/"onmouseover="alert(1))',
    '[x](https://a.example "t" onclick=alert(1))',
    "[x](https://a.example/'><script>alert(1)</script>)",
    "`<script>alert(1)</script>`",
    "**<b onclick=alert(1)>x</b>**",
    "<style>*{display:none}</style>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "[a](https://x.example)<base href=//evil.example>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "[x][1]\n\n[1]: javascript:alert(1)",
]

TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "code"}


class Seen(HTMLParser):
    """Collects every tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def assert_harmless(html: str) -> None:
    for tag, attributes in Seen(html).tags:
        assert tag in TAGS
        assert set(attributes) <= {"href", "rel", "target", "start"}
        assert re.match(r"(?i)https?:|mailto:|tel:", attributes.get("href") or "https:")


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_become_text(attack: str) -> None:
    assert_harmless(to_html(attack))


@given(
    st.lists(
        st.sampled_from([*ATTACKS, "\n", "- ", "1. ", "**", "](", "<", '"', "text", "https://a.example"]), max_size=8
    )
)
def test_no_mixture_of_attacks_acts(parts: list[str]) -> None:
    assert_harmless(to_html("".join(parts)))


@pytest.mark.parametrize("address", ["0", "/desk", "//evil.example", "#top", "?a=b", "evil.example"])
def test_an_address_that_leads_nowhere_in_a_message_is_no_link(address: str) -> None:
    assert Seen(to_html(f"[hier]({address})")).tags[1] == ("a", {"rel": "noopener", "target": "_blank"})
    assert to_plain(f"[hier]({address})") == f"hier ({address})"


@given(st.text(max_size=300))
@example("[](0)")
def test_every_text_can_be_rendered(text: str) -> None:
    assert_harmless(to_html(text))
    to_plain(text)


def test_answers_keep_their_form() -> None:
    html = to_html("So geht es:\n\n1. **Öffnen** Sie [das Portal](https://a.example/x)\n2. *Fertig*")
    assert re.sub(r"<a [^>]*>", "<a>", html) == (
        "<p>So geht es:</p>\n<ol>\n"
        "<li><strong>Öffnen</strong> Sie <a>das Portal</a></li>\n"
        "<li><em>Fertig</em></li>\n</ol>"
    )


@pytest.mark.parametrize("address", ["https://a.example", "http://a.example", "mailto:a@b.example", "tel:+4930123"])
def test_links_to_web_mail_and_phone_stay(address: str) -> None:
    [link] = [attributes for tag, attributes in Seen(to_html(f"[x]({address})")).tags if tag == "a"]
    assert link == {"href": address, "rel": "noopener", "target": "_blank"}


@pytest.mark.parametrize("text", ["# no heading", "| no | table |", "> no quote", "---", "<b>typed</b>", "5 < 6 & 7"])
def test_what_answers_do_not_use_is_shown_as_typed(text: str) -> None:
    assert not {tag for tag, _ in Seen(to_html(text)).tags} - {"p"}
    assert to_plain(text) == text


def test_plain_text_keeps_lists_and_addresses() -> None:
    text = (
        "Das zeigt die [Netzkarte](https://a.example/karte):\n\n- **Glas** 300\n- Glas 600\n\nDann:\n\n3. eins\n4. zwei"
    )
    assert to_plain(text) == (
        "Das zeigt die Netzkarte (https://a.example/karte):\n\n- Glas 300\n- Glas 600\n\nDann:\n\n3. eins\n4. zwei"
    )


def test_plain_text_says_an_address_once() -> None:
    assert to_plain("<https://a.example/b> [a@b.example](mailto:a@b.example)") == "https://a.example/b a@b.example"


def test_plain_text_keeps_line_breaks_and_escapes() -> None:
    assert to_plain("eins\nzwei 2\\*3 = 6 &amp; mehr") == "eins\nzwei 2*3 = 6 & mehr"
