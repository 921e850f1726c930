"""Text from bytes whose charset a stranger has named."""

from __future__ import annotations

import codecs
import re

# What mail is written in. Not Python's other codecs: some are no charsets, and some take very long over hostile bytes.
_CHARSETS = re.compile(
    r"(utf-(8|16|32)([-_][lb]e)?|utf_8_sig|ascii|iso8859-\d+|cp\d+|koi8-[rut]|gb(2312|k|18030)|hz|big5(hkscs)?|shift_jis(x0213|_2004)?"
    r"|euc_(jp|kr|jis_2004|jisx0213)|iso2022_(jp|kr)(_\w+)?|mac-\w+|tis-620|johab)"
)


def text_of(content: bytes, charset: str) -> str:
    """`content` in the `charset` it names, else in UTF-8, else in the Western charset in which every byte is a letter."""
    for name in (charset, "utf-8"):
        try:
            known = codecs.lookup(name.strip("'\" ")[:40]).name
            if _CHARSETS.fullmatch(known):
                return content.decode(known, "replace" if name == charset and known != "ascii" else "strict")
        except (LookupError, UnicodeError, ValueError):
            continue
    return content.decode("cp1252", "replace")
