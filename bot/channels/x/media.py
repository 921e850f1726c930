"""Where the content of a photo or video is. Pure.

Shapes: https://developer.x.com/en/docs/x-api/v1/data-dictionary/object-model/entities of API 1.1, and of API 2
https://docs.x.com/x-api/fundamentals/data-dictionary#media
"""

from __future__ import annotations

from bot.channels.downloads import MAX_BYTES
from bot.channels.fields import MAX_SOURCE, Json, integer, mapping, mappings, string, whole

HOSTS = ("twimg.com", "ton.twitter.com")
"""Where X keeps media: pbs.twimg.com and video.twimg.com, and ton.twitter.com those of direct messages
(https://developer.x.com/en/docs/direct-messages/message-attachments/guides/retrieving-media)."""


def source_of(media: Json, address: str) -> str:
    """The address that a photo or video is fetched from, for photos the one at `address`; empty where there is none."""
    if media.get("type") == "photo":
        return whole(media, address, MAX_SOURCE)
    return whole(_best(media), "url", MAX_SOURCE)


def _best(media: Json) -> Json:
    """The finest of a video's encodings in one file that is not too large, as far as X says how large they are; else the smallest."""
    info = mapping(media, "video_info") or media
    seconds = (integer(info, "duration_millis") or integer(info, "duration_ms") or 0) / 1000
    found = [one for one in mappings(info, "variants") if string(one, "content_type").endswith("/mp4")]
    found.sort(key=_bits_a_second)
    fitting = [one for one in found if _bits_a_second(one) * seconds <= MAX_BYTES * 8]
    return next(iter(fitting[-1:] or found), {})


def _bits_a_second(variant: Json) -> int:
    return integer(variant, "bitrate") or integer(variant, "bit_rate") or 0
