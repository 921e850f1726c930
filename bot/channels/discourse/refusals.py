"""What Discourse's refusals mean for a reply."""

from __future__ import annotations

from bot.channels.calls import Answer
from bot.channels.cleaning import clean
from bot.channels.fields import integer, mapping, string
from bot.errors import DeliveryError

_LONGEST_WAIT = 3600.0  # seconds


def delivery_error(answer: Answer) -> DeliveryError:
    """The DeliveryError for an answer that is no success.

    What is wrong with a post comes as 422 in the words of the site's language (too similar, too short, topic closed): all of it is for good.
    (`rescue_from` in https://github.com/discourse/discourse/blob/main/app/controllers/application_controller.rb)
    """
    words, kind = _words(answer), string(answer.body, "error_type")
    if answer.status == 429:
        seconds = wait_of(answer)
        return DeliveryError(f"Discourse asks to wait {seconds:g} s", retry_after=seconds)
    if answer.status == 503 and kind == "read_only":
        return DeliveryError("the forum is read-only for now", retry_after=60.0)
    if answer.status >= 500:
        return DeliveryError(f"nobody knows whether Discourse took it: status {answer.status}", certain=False)
    if answer.status in (401, 403):
        return DeliveryError(f"Discourse does not let the bot: {words}", permanent=True)
    if answer.status in (404, 410):
        return DeliveryError("the topic is gone, or the bot may not see it", permanent=True)
    if answer.status < 400:
        return DeliveryError(
            "this address leads elsewhere: set discourse.url to where the forum really is", permanent=True
        )
    return DeliveryError(f"Discourse refuses the post: {words}", permanent=True)


def wait_of(answer: Answer) -> float:
    """Seconds to wait after a 429; a minute where none are named, for the limits are by the minute."""
    told = answer.headers.get("Retry-After", "")
    seconds = int(told) if told.isdecimal() else integer(mapping(answer.body, "extras"), "wait_seconds")
    return min(float(seconds), _LONGEST_WAIT) if seconds is not None and seconds > 0 else 60.0


def _words(answer: Answer) -> str:
    errors = answer.body.get("errors")
    told = "; ".join(one for one in errors if isinstance(one, str)) if isinstance(errors, list) else ""
    return " ".join(clean(told, 200).split()) or f"status {answer.status}"
