"""The line under an answer that says where it is from."""

from __future__ import annotations

from bot.channels.cleaning import clean
from bot.channels.telegram.formatted import Formatted, Span
from bot.domain.reply import Source

# {title} is where the link goes. Texts to customers: neither du nor Sie is needed here.
_TEXTS = {
    "de": {
        "faq": "Quelle: {title}",
        "community": "Aus unserer Community{author}{votes}: {title}",
        "author": ", von {author}",
        "one": ", eine Person fand das hilfreich",
        "many": ", {votes} fanden das hilfreich",
    },
    "en": {
        "faq": "Source: {title}",
        "community": "From our community{author}{votes}: {title}",
        "author": ", by {author}",
        "one": ", one person found this helpful",
        "many": ", {votes} found this helpful",
    },
}


def source_line(source: Source, language: str) -> Formatted:
    """Where an answer is from, in `language` (German where we have no text in it), its title linked to its public page."""
    texts = _TEXTS.get(language, _TEXTS["de"])
    kind = "community" if source.kind == "community" else "faq"
    votes = texts["one"] if source.votes == 1 else texts["many"].format(votes=source.votes)
    # Names come from the community: they are put in by hand, never through a template of their own.
    before, _, after = texts[kind].partition("{title}")
    before = before.replace("{votes}", votes if source.votes > 0 else "")
    author = _one_line(source.author)
    before = before.replace("{author}", texts["author"].replace("{author}", author) if author else "")
    title = _one_line(source.title) or source.url
    span = Span("text_link", len(before), len(before) + len(title), source.url)
    return Formatted(before + title + after, (span,) if source.url.startswith(("https://", "http://")) else ())


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())
