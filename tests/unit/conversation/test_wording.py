from bot.conversation.wording import LANGUAGES, Wording, faults_in_wording
from bot.domain.address import address

FACTS = {"company": "Fernblick", "helpline_de": "0800", "helpline_en": "116"}


def test_every_text_exists_in_both_languages_and_its_braces_match() -> None:
    faults_in_wording()


def test_both_forms_of_address() -> None:
    assert address("{Du kannst|Sie können} {dein|Ihr} Handy nehmen", "du") == "Du kannst dein Handy nehmen"
    assert address("{Du kannst|Sie können} {dein|Ihr} Handy nehmen", "sie") == "Sie können Ihr Handy nehmen"


def test_what_is_filled_in_is_never_read_as_a_place_again() -> None:
    wording = Wording("sie", FACTS)
    assert wording.fill("{name} bei {company}", "de", name="{company} {a|b}") == "{company} {a|b} bei Fernblick"


def test_a_turn_taken_again_says_the_same_and_another_turn_may_not() -> None:
    wording = Wording("du", FACTS)
    said = {wording.say("small_talk.thanks", "de", turn=turn) for turn in range(10)}
    assert wording.say("small_talk.thanks", "de", turn=4) == wording.say("small_talk.thanks", "de", turn=4)
    assert len(said) > 1


def test_an_unknown_language_gets_the_first() -> None:
    wording = Wording("du", FACTS)
    assert wording.say("cancelled", "fr") == wording.say("cancelled", LANGUAGES[0])


def test_the_help_line_is_that_of_the_language() -> None:
    wording = Wording("du", FACTS)
    assert "0800" in wording.say("urgent.self_harm", "de")
    assert "116" in wording.say("urgent.self_harm", "en")
