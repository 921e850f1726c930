"""An answer as a customer gets it: in their language, with its source and the question whether it helped."""

from __future__ import annotations

from bot.channels.markup import to_plain
from bot.conversation.wording import Wording
from bot.domain.address import address
from bot.domain.answer import Answer
from bot.domain.message import Button
from bot.domain.reply import Reply, ReplyKind, Source
from bot.knowledge.library import Library
from bot.settings import Settings

LABEL_LENGTH = 60
SHORT_LENGTH = 170  # characters of a short form, as editors write it
FAULT_TOPICS = frozenset({"internet", "router", "tv-landline"})


class Answering:
    """Turns answers of the library into replies and buttons."""

    def __init__(self, library: Library, wording: Wording, settings: Settings) -> None:
        self._library = library
        self._wording = wording
        self._settings = settings

    def known(self, answer_ids: list[str]) -> list[str]:
        """Those of `answer_ids` that are still published."""
        return [answer_id for answer_id in answer_ids if self._library.get(answer_id) is not None]

    def reply(self, answer_id: str, language: str, *, turn: int) -> Reply | None:
        """The answer as a reply; None if it was retired in the meantime."""
        found = self._library.get(answer_id)
        if found is None:
            return None
        text = address(self._body(found, language), self._settings.company.address)
        asked = self._wording.say("helped_question", language, turn=turn)
        buttons = tuple(Button(name, answer_id, self.label(name, language)) for name in ("helped_yes", "helped_no"))
        return Reply(
            ReplyKind.BOT,
            f"{text}\n\n{asked}",
            language,
            markdown=True,
            buttons=buttons,
            source=self._source(found, language),
            answer_id=answer_id,
        )

    def public_reply(self, answer_id: str, language: str) -> Reply | None:
        """The answer as it is given where others read along: its short form and the way to the whole; None if it was retired in the meantime."""
        found = self._library.get(answer_id)
        if found is None:
            return None
        short = address(_short(found, language), self._settings.company.address)
        text = f"{short} {self._source(found, language).url}"
        return Reply(ReplyKind.BOT, text, language, answer_id=answer_id)

    def choices(self, answer_ids: list[str], language: str) -> list[Button]:
        """A button for each answer, labelled with its question."""
        buttons = []
        for answer_id in answer_ids:
            found = self._library.get(answer_id)
            if found is not None:
                buttons.append(Button("choose_answer", answer_id, _shortened(self._question(found, language))))
        return buttons

    def is_fault(self, answer_id: str | None) -> bool:
        """Whether the answer is about something that does not work, which a person could look at."""
        found = self._library.get(answer_id or "")
        return found is not None and found.topic in FAULT_TOPICS

    def label(self, name: str, language: str) -> str:
        """The words on a button."""
        return self._wording.say(f"button.{name}", language)

    def _question(self, found: Answer, language: str) -> str:
        return address(found.text_in(language).question, self._settings.company.address)

    def _body(self, found: Answer, language: str) -> str:
        reply = found.best_reply()
        text = reply.text if reply is not None else found.text_in(language).text
        links = [f"[{link.title(language)}]({link.url})" for link in found.links if link.url not in text]
        return "\n\n".join([text.strip(), *links])

    def _source(self, found: Answer, language: str) -> Source:
        reply = found.best_reply()
        return Source(
            kind=found.kind,
            title=self._question(found, language),
            url=self._settings.url(f"/answers/{found.id}?language={language}"),
            author=reply.author if reply else "",
            votes=reply.votes if reply else 0,
        )


def _short(found: Answer, language: str) -> str:
    """The short form an editor wrote, else how the answer begins."""
    reply = found.best_reply()
    text = found.text_in(language)
    return text.short or _shortened(to_plain(reply.text if reply is not None else text.text), SHORT_LENGTH)


def _shortened(text: str, length: int = LABEL_LENGTH) -> str:
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0] + "…"
