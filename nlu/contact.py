"""Reading a way of contact out of what a customer wrote."""

from __future__ import annotations

import re

_SPELLED_AT = re.compile(r"\s*[(\[{]\s*(?:at|ät)\s*[)\]}]\s*", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@,;:<>()\[\]\"']{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_PHONE = re.compile(r"\+?\d[\d\s()/.\-]{4,28}\d")
_PHONE_DIGITS = range(6, 16)  # E.164 allows 15; six is a short German line without its area code


def contact_in(text: str) -> str | None:
    """The first e-mail address in the text, else the first phone number, else None.

    Lenient on purpose: a person will use it, and refusing a good address costs more than keeping an odd one.

    >>> contact_in("am besten unter max (at) beispiel.de, danke")
    'max@beispiel.de'
    """
    email = _EMAIL.search(_SPELLED_AT.sub("@", text))
    if email:
        return email.group().rstrip(".-")
    for phone in _PHONE.finditer(text):
        if sum(c.isdigit() for c in phone.group()) in _PHONE_DIGITS:
            return phone.group()
    return None
