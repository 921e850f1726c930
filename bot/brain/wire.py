"""What Rasa may say, checked on arrival. It is another process, perhaps on another machine: rubbish counts as no answer.

What passes has the form that the rest of the house relies on, and can be stored: no NUL, no half characters, no numbers beyond all bounds.
What is not known here is left out.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import from_json

from bot.domain.reading import Act, Reading, TurnResult
from bot.errors import BrainUnavailable

Word = Annotated[str, StringConstraints(pattern=r"^\w{1,64}$")]
Id = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(max_length=10_000)]
Share = Annotated[float, Field(ge=0, le=1)]
Slot = Literal["contact", "fault_since", "fault_scope"]


class _Said(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class _Answer(_Said):
    act: Literal["answer"]
    answer_ids: Annotated[list[Id], Field(min_length=1, max_length=10)]
    chosen: bool = False


class _Clarify(_Said):
    act: Literal["clarify"]
    answer_ids: Annotated[list[Id], Field(max_length=10)]


class _SmallTalk(_Said):
    act: Literal["small_talk"]
    intent: Word


class _Handoff(_Said):
    act: Literal["handoff"]
    reason: Word


class _Asking(_Said):
    act: Literal["ask", "invalid"]
    slot: Slot


class _Contact(_Said):
    act: Literal["contact"]
    value: Text


class _Fault(_Said):
    act: Literal["fault"]
    since: Text
    scope: Text


class _Language(_Said):
    act: Literal["language"]
    language: Literal["de", "en"]


class _Plain(_Said):
    act: Literal["rephrase", "helped", "not_helped", "cancelled"]


_Act = Annotated[
    _Answer | _Clarify | _SmallTalk | _Handoff | _Asking | _Contact | _Fault | _Language | _Plain,
    Field(discriminator="act"),
]


class _Evidence(_Said):
    rule: Text
    words: Text


class _Urgency(_Said):
    level: Literal["emergency", "high", "normal", "low"]
    reason: Word | None
    evidence: Annotated[list[_Evidence], Field(max_length=100)]


class _Decision(_Said):
    kind: Literal["answer", "clarify", "handoff", "small_talk"]
    answer_ids: Annotated[list[Id], Field(max_length=10)]
    handoff: Word | None


class _Candidate(_Said):
    answer_id: Id
    confidence: Share
    phrasing: Text


class _Reading(_Said):
    language: Word
    intent: Word
    intent_confidence: Share
    urgency: _Urgency
    decision: _Decision
    candidates: Annotated[list[_Candidate], Field(max_length=100)]
    snapshot: Annotated[str, StringConstraints(max_length=200)]
    notes: Annotated[list[Text], Field(max_length=20)]


class _Slots(_Said):
    model_config = ConfigDict(extra="forbid")  # Rasa would refuse it when it goes back

    expecting: Literal["helped", "choice"] | None = None
    options: Annotated[list[Id], Field(max_length=10)] | None = None
    contact: Text | None = None
    fault_since: Text | None = None
    fault_scope: Text | None = None
    requested_slot: Slot | None = None


class _Form(_Said):
    name: Literal["contact_form", "fault_form"] | None
    slots: _Slots


class _Turn(_Said):
    reading: _Reading | None
    acts: Annotated[list[_Act], Field(min_length=1, max_length=10)]
    form: _Form | None = None


class _Read(_Said):
    reading: _Reading


class _Refusal(_Said):
    error: Annotated[str, StringConstraints(max_length=300)]


_S = TypeVar("_S", bound=_Said)


def turn_in(body: bytes) -> TurnResult:
    """The result of a turn in an answer's body. Raises BrainUnavailable."""
    said = _checked(_Turn, body)
    acts = tuple(Act(one.act, one.model_dump(exclude={"act"})) for one in said.acts)
    form = None
    if said.form is not None:
        form = {"name": said.form.name, "slots": said.form.slots.model_dump(exclude_none=True)}
    return TurnResult(_reading(said.reading) if said.reading is not None else None, acts, "rasa", form)


def reading_in(body: bytes) -> Reading:
    """The reading in an answer's body. Raises BrainUnavailable."""
    return _reading(_checked(_Read, body).reading)


def _reading(said: _Reading) -> Reading:
    return Reading.from_dict(said.model_dump())


def refusal_in(body: bytes) -> str:
    """Why a request was refused. Raises BrainUnavailable where it was not our channel that refused it."""
    return _checked(_Refusal, body).error


def _checked(kind: type[_S], body: bytes) -> _S:
    if b"\\u0000" in body:
        raise BrainUnavailable("Rasa's answer holds what cannot be stored")
    try:
        return kind.model_validate(from_json(body, allow_inf_nan=False))
    except ValidationError as error:  # names what is wrong, without the values: they may be a customer's
        wrong = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in wrong["loc"])
        raise BrainUnavailable(f"Rasa gave no usable answer: {where}: {wrong['type']}") from None
    except ValueError:
        raise BrainUnavailable("Rasa gave no JSON") from None
