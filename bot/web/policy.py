"""What browsers may load and do on our pages (Content Security Policy Level 3, https://www.w3.org/TR/CSP3/)."""

from __future__ import annotations

from collections.abc import Iterable


def page_policy(*, plays: bool = False, framed_by: Iterable[str] = ()) -> str:
    """The header of a page: everything comes from ourselves. `plays`: it has sound and film; `framed_by`: the origins that may show it in a frame."""
    media = "'self'" if plays else "'none'"
    ancestors = " ".join(("'self'", *framed_by))
    return (
        f"default-src 'self'; img-src 'self'; media-src {media}; connect-src 'self'; object-src 'none'; base-uri 'none'; "
        f"form-action 'self'; frame-ancestors {ancestors}"
    )
