"""Words typed instead of a button: "1", "die zweite" or "none" where answers are offered, "abbrechen" in a form."""

from __future__ import annotations

import re

_ORDINALS = {
    1: ("1", "eins", "erste", "erster", "erstes", "ersten", "one", "first"),
    2: ("2", "zwei", "zweite", "zweiter", "zweites", "zweiten", "two", "second"),
    3: ("3", "drei", "dritte", "dritter", "drittes", "dritten", "three", "third"),
    -1: ("letzte", "letzter", "letztes", "letzten", "last"),
}
_PLACES = {word: place for place, words in _ORDINALS.items() for word in words}
_NONE = {"keine", "keins", "keiner", "keines", "nichts", "none", "neither"}
MAX_LENGTH = 60
_FILLERS = frozenset(
    {
        *("die", "der", "das", "den", "dem", "davon", "von", "denen", "nr", "nummer", "antwort", "option", "punkt"),
        *("bitte", "ich", "meine", "nehme", "will", "wähle", "the", "one", "no", "number", "answer", "of", "them"),
        *("these", "i", "mean", "take", "please", "it", "is"),
    }
)


def choice_in(text: str, options: list[str]) -> str | None:
    """The option the text picks by its place, "" where it turns all of them down, None where it does neither.

    Only a text that is nothing but a choice counts; a sentence that happens to hold a number does not.

    >>> choice_in("die zweite bitte", ["a", "b"])
    'b'
    """
    if len(text) > MAX_LENGTH:
        return None
    said = re.findall(r"\w+", text.casefold())
    # "one" is a filler in "the second one", and a number where nothing else is left.
    words = [word for word in said if word not in _FILLERS] or [word for word in said if word == "one"]
    if len(words) != 1:
        return None
    if words[0] in _NONE:
        return ""
    place = _PLACES.get(words[0])
    if place is None or not options or place > len(options):
        return None
    return options[place - 1] if place > 0 else options[-1]


_CANCEL = frozenset(
    {
        *(
            "abbrechen",
            "abbruch",
            "beenden",
            "stop",
            "stopp",
            "halt",
            "schluss",
            "zurück",
            "cancel",
            "quit",
            "exit",
            "back",
        ),
        *("vergiss es", "vergessen sie es", "lass gut sein", "lassen sie es", "doch nicht", "never mind", "forget it"),
        *("egal", "schon gut", "hat sich erledigt", "erledigt", "nicht mehr nötig", "nevermind"),
    }
)


def is_cancel(text: str) -> bool:
    """Whether the text is nothing but a wish to leave the form.

    >>> is_cancel("Abbrechen, bitte!"), is_cancel("seit dem Abbrechen der Leitung")
    (True, False)
    """
    if len(text) > MAX_LENGTH:
        return False
    said = [word for word in re.findall(r"\w+", text.casefold()) if word not in ("bitte", "please")]
    return " ".join(said) in _CANCEL


def button_in(text: str, *, form: str | None, options: list[str] | None) -> tuple[str, str] | None:
    """The button, with its value, that a text stands for: the way out of the `form` that is open, or one of the answers offered.

    >>> button_in("die zweite", form=None, options=["a", "b"])
    ('choose_answer', 'b')
    """
    if form and is_cancel(text):
        return "cancel", ""
    choice = None if options is None else choice_in(text, options)
    if choice is None:
        return None
    return ("choose_answer", choice) if choice else ("other_answer", "")
