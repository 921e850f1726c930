"""schema.org data of a page (FAQPage, QAPage), for search engines. Templates write it with `tojson`, which escapes `<`, `>` and `&`."""

from __future__ import annotations

from typing import Any

from bot.domain.answer import Answer, CommunityReply
from bot.web.answers.reader import Reader, replies_in_order

Json = dict[str, Any]


def structured(item: Answer, reader: Reader, url: str) -> Json:
    """What the page at `url` says, as JSON-LD."""
    company = item.kind == "faq"
    question = _faq_question(item, reader) if company else _community_question(item, reader, url)
    return {
        "@context": "https://schema.org",
        "@type": "FAQPage" if company else "QAPage",
        "url": url,
        "inLanguage": reader.written_in(item),
        "mainEntity": [question] if company else question,
    }


def _faq_question(item: Answer, reader: Reader) -> Json:
    answer = {"@type": "Answer", "text": str(reader.html(item))}
    return {"@type": "Question", "name": reader.question(item), "acceptedAnswer": answer}


def _community_question(item: Answer, reader: Reader, url: str) -> Json:
    question: Json = {
        "@type": "Question",
        "name": reader.question(item),
        "text": str(reader.html(item)),
        "answerCount": len(item.replies),
        "author": {"@type": "Person", "name": item.author},
    }
    if item.asked:
        question["datePublished"] = item.asked.isoformat()
    answers = [_answer(reply, reader, f"{url}#reply-{n}") for n, reply in enumerate(replies_in_order(item), 1)]
    if answers and replies_in_order(item)[0].accepted:
        question["acceptedAnswer"] = answers.pop(0)
    if answers:
        question["suggestedAnswer"] = answers
    return question


def _answer(reply: CommunityReply, reader: Reader, url: str) -> Json:
    return {
        "@type": "Answer",
        "text": str(reader.reply_html(reply)),
        "url": url,
        "upvoteCount": reply.votes,
        "datePublished": reply.written.isoformat(),
        "author": {"@type": "Person", "name": reply.author},
    }
