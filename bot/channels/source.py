"""The line under an answer that says where it is from."""

from __future__ import annotations

from dataclasses import dataclass

from bot.channels.cleaning import clean
from bot.domain.reply import Source

# Behind it stands the title, which is the link. Texts to customers: neither du nor Sie is needed here.
_TEXTS = {
    "de": {
        "faq": "Quelle: ",
        "community": "Aus unserer Community{author}{votes}: ",
        "author": ", von {author}",
        "one": ", eine Person fand das hilfreich",
        "many": ", {votes} fanden das hilfreich",
    },
    "en": {
        "faq": "Source: ",
        "community": "From our community{author}{votes}: ",
        "author": ", by {author}",
        "one": ", one person found this helpful",
        "many": ", {votes} found this helpful",
    },
}


@dataclass(frozen=True)
class Credit:
    """Where an answer is from: words `before` the `title`, which leads to `url` (empty where that is no address of the web)."""

    before: str
    title: str
    url: str

    def plain(self) -> str:
        """For channels without links: the address behind the title."""
        shown = f"{self.title} {self.url}" if self.url and self.url != self.title else self.title
        return f"{self.before}{shown}"


def credit(source: Source, language: str) -> Credit:
    """Where an answer is from, in `language` (German where we have no text in it)."""
    texts = _TEXTS.get(language, _TEXTS["de"])
    before = texts["community" if source.kind == "community" else "faq"]
    votes = texts["one"] if source.votes == 1 else texts["many"].format(votes=source.votes)
    # Names come from the community: they are put in by hand, never through a template of their own.
    before = before.replace("{votes}", votes if source.votes > 0 else "")
    author = _one_line(source.author)
    before = before.replace("{author}", texts["author"].replace("{author}", author) if author else "")
    url = source.url if source.url.startswith(("https://", "http://")) else ""
    return Credit(before, _one_line(source.title) or source.url, url)


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())
