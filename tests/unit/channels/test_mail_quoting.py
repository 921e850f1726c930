"""What is new in a mail: the forms in which programs quote and people sign."""

from __future__ import annotations

import pytest

from bot.channels.mail.html import html_to_text
from bot.channels.mail.quoting import written

NEW = "Das hilft nicht.\nWas nun?"


@pytest.mark.parametrize(
    "below",
    [
        "Am Mo., 23. Nov. 2026 um 08:15\u202fUhr schrieb Fernblick <service@fernblick.example>:\n\n> alt\n> älter",
        "Am Mo., 23. Nov. 2026 um 08:15 Uhr schrieb Fernblick-Assistent <\nservice@fernblick.example>:\n> alt",
        "Fernblick <service@fernblick.example> schrieb am Mo., 23. Nov. 2026, 08:15:\n> alt",
        "On Mon, Nov 23, 2026 at 8:15 AM Fernblick <service@fernblick.example> wrote:\n> old",
        "On 23.11.26 08:15, Fernblick wrote:\n\nold, without marks\n\nolder",
        "-----Ursprüngliche Nachricht-----\nVon: Fernblick\nalt",
        "-----Original Message-----\nFrom: Fernblick\nold",
        "________________________________\nVon: Fernblick <service@fernblick.example>\nGesendet: Montag, 23. November 2026 08:15\nAn: anna@example.org\nBetreff: Frage\n\nalt",
        "*Von:* Fernblick\n*Gesendet:* Montag\n*An:* Anna\n\nalt",
        "From: Fernblick <service@fernblick.example>\nSent: Monday, November 23, 2026 8:15 AM\nTo: anna@example.org\nSubject: Question\n\nold",
        "> alt\n> älter",
        "-- \nAnna Müller\nMusterstraße 1",
        "--\nAnna Müller",
        "Mit freundlichen Grüßen\nAnna Müller",
        "Viele Grüße,\nAnna",
        "Kind regards\n\nAnna\n+49 151 000000",
        "Von meinem iPhone gesendet",
        "Gesendet mit der GMX Mail App",
        "Sent from my Galaxy",
        "LG\nAnna\n\nVon meinem iPhone gesendet\n\n> Am 23.11.2026 um 08:15 schrieb Fernblick <a@b.example>:\n> \n> alt",
    ],
)
def test_quotes_and_signatures_are_left_out(below: str) -> None:
    assert written(f"{NEW}\n\n{below}\n") == NEW
    assert written(f"{NEW}\r\n\r\n{below.replace(chr(10), chr(13) + chr(10))}") == NEW


@pytest.mark.parametrize(
    "text",
    [
        "Von: Köln\nNach: Berlin\nWas kostet das?",  # a block of one line is no quoted mail
        "Am Montag schrieb ich: nichts.\nUnd nun?",
        "Ich habe drei Fragen:\n- erstens\n- zweitens -- und drittens",
        "Mit freundlichen Grüßen ist bei mir nichts zu machen, denn seit gestern geht wieder nichts\nund niemand meldet sich.",
        "Viele Grüße\nAnna\n\nPS: Meine Nummer ist neu: 0151 000000",
        "Viele Grüße\nAnna\n"
        + "Noch etwas, das zu lang ist, um nur eine Unterschrift zu sein, und gelesen werden muss.",
        "---------- Forwarded message ---------\nVon: Fremd\n\nBitte zahlen Sie sofort.",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert written(text) == text


def test_answers_between_the_quoted_lines_are_all_kept() -> None:
    mail = "Hallo,\n\nAm 23.11.26 schrieb Fernblick:\n> Welche Nummer?\n4711\n> Seit wann?\nSeit gestern.\n"
    assert written(mail) == "Hallo,\n\n4711\nSeit gestern."


@pytest.mark.parametrize(
    "mail", ["> nur Zitat\n> sonst nichts", "Am 23.11.26 schrieb Fernblick:\n\nohne Zeichen zitiert", "--\nAnna"]
)
def test_where_nothing_would_be_left_all_is_kept(mail: str) -> None:
    assert written(mail) == mail


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Eins</p><p>Zwei</p>", "Eins\n\nZwei"),
        ("<div>Eins</div><div>Zwei<br>Drei</div>", "Eins\nZwei\nDrei"),
        ("Gr&uuml;&szlig;e &amp; <b>Dank</b> &lt;3", "Grüße & Dank <3"),
        ("<ul><li>eins<li>zwei</ul>", "- eins\n- zwei"),
        ("neu<blockquote>alt<br>älter<blockquote>uralt</blockquote></blockquote>", "neu\n> alt\n> älter\n> uralt"),
        ("<title>x</title><style>p{}</style><script>alert(1)</script>hallo<!-- nein -->", "hallo"),
        ("<p>offen <b", "offen"),
        ("a <script>nie geschlossen", "a"),
        ("1 < 2 und 3 > 2", "1 2"),
    ],
)
def test_html_becomes_lines(html: str, text: str) -> None:
    assert html_to_text(html) == text
