"""A wish for a person inside a message about something else: `bitte einen Mitarbeiter, mein Anschluss …`.

A wish that stands alone is small talk and learned (`human`); here words decide, for what surrounds them is another matter.
"""

from __future__ import annotations

from collections.abc import Sequence

from nlu.text import tokens

_PEOPLE = frozenset(tokens(
    "mitarbeiter mitarbeiterin mitarbeitern menschen mensch berater beraterin kundenberater kundenberaterin kundenbetreuer sachbearbeiter"
    " sachbearbeiterin agent human operator representative advisor"
))  # fmt: skip
_ADDRESSED = frozenset(tokens("einen einem einer ein eine mit echten echter richtigen a an real live to with"))
_ASKING = frozenset(tokens(
    "bitte sprechen reden spreche verbinden verbinde verbindet weiterleiten will möchte möcht brauche please speak talk talking speaking"
    " connect transfer want need get"
))  # fmt: skip
_TOLD = frozenset(tokens("sagte gesagt meinte gemeint versprochen versprach war hatte said told promised was"))


def wants_person(words: Sequence[str]) -> bool:
    """Whether folded words ask for somebody to talk to, rather than tell of somebody one has talked to."""
    if not _ASKING.intersection(words) or _TOLD.intersection(words):
        return False
    return any(
        word in _PEOPLE and (position == 0 or words[position - 1] in _ADDRESSED or words[-1] == "bitte")
        for position, word in enumerate(words)
    )
