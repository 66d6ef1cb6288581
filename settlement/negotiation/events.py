"""What happens in talks, each in the past tense, as it is sent and as it is recorded.

These names are published: names may be added, never renamed. `Round` is what a person at the desk tells;
approvals come from their own records. New facts come as `FactsChanged`, which carries the new decision
itself; a record keeps only its id.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from settlement.complaint import Moment, Name
from settlement.decision.decided import Decided
from settlement.errors import BadInput, Fault
from settlement.money import Money
from settlement.roles import Role

Words = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
OptionNumber = Annotated[int, Field(ge=1, le=4)]
Level = Annotated[
    Role | None,
    Field(description="The level of the person who did it. The service writes it, whatever was sent."),
]


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Item(_Told):
    """One part of what the customer asks for, in their words."""

    kind: Literal["money", "face", "prevention", "time"]
    weight: Literal["must", "want", "nice"]
    words: Words = ""
    amount: Money | None = Field(None, description="For money: the sum asked for, where one was named.")
    by: Moment | None = Field(None, description="For time: the moment by which it is wanted.")


class Confirmed(_Told):
    """The customer confirmed our account of what happened."""

    event: Literal["confirmed"] = "confirmed"


class ItemsSplit(_Told):
    """The demand was split into its items."""

    event: Literal["items_split"] = "items_split"
    items: Annotated[tuple[Item, ...], Field(max_length=20)]


class Offered(_Told):
    """The offer that was advised was put to the customer."""

    event: Literal["offered"] = "offered"
    level: Level = None


class Overridden(_Told):
    """Another sum than the advised one was put to the customer; without reason or level it has no effect."""

    event: Literal["overridden"] = "overridden"
    amount: Money
    reason: Words
    level: Level = None


class Approved(_Told):
    """Somebody of that level agreed that up to this sum may be offered, or set a sum of their own."""

    event: Literal["approved"] = "approved"
    level: Role
    amount: Money
    amended: bool = Field(False, description="Another sum than was asked for: it is the one to be put.")


class Denied(_Told):
    """The sum that waited for approval was declined."""

    event: Literal["denied"] = "denied"
    reason: Words


class Accepted(_Told):
    """The customer said yes to an option of the last menu."""

    event: Literal["accepted"] = "accepted"
    option: OptionNumber | None = Field(
        None, description="Its number; null only where there was nothing to choose from."
    )


class Countered(_Told):
    """The customer named a sum."""

    event: Literal["countered"] = "countered"
    amount: Money


class Ranked(_Told):
    """The customer said which options come nearest, the best first."""

    event: Literal["ranked"] = "ranked"
    order: Annotated[tuple[OptionNumber, ...], Field(min_length=1, max_length=4)]


class Wished(_Told):
    """The customer wished for another form: of redress at the same sum, or of a gesture."""

    event: Literal["wished"] = "wished"
    kind: Literal[
        "cash",
        "credit",
        "refund",
        "exchange",
        "repair",
        "accessory",
        "service",
        "dispatch",
        "explanation",
        "apology",
        "prevention",
        "call_back",
    ]


class Refused(_Told):
    """The customer said no and named nothing else."""

    event: Literal["refused"] = "refused"


class Silent(_Told):
    """The customer did not answer in time."""

    event: Literal["silent"] = "silent"


class Left(_Told):
    """The customer ended the talks."""

    event: Literal["left"] = "left"


class Threatened(_Told):
    """The customer threatened with violence, or demanded money by a threat that is a crime."""

    event: Literal["threatened"] = "threatened"
    kind: Literal["violence", "extortion"]


class SelfHarmTold(_Told):
    """The customer spoke of harming themselves."""

    event: Literal["self_harm_told"] = "self_harm_told"


class SafetyRaised(_Told):
    """A danger to people came up."""

    event: Literal["safety_raised"] = "safety_raised"


class LegalActionTaken(_Told):
    """The customer went to a court, an authority or a lawyer."""

    event: Literal["legal_action_taken"] = "legal_action_taken"


class PartBlocked(_Told):
    """An instrument cannot be given after all."""

    event: Literal["part_blocked"] = "part_blocked"
    instrument: Name


@dataclass(frozen=True, slots=True)
class FactsChanged:
    """The complaint was decided anew on other facts."""

    decided: Decided


DANGERS: Mapping[str, "Threatened | SelfHarmTold | SafetyRaised | LegalActionTaken"] = {
    "violence": Threatened(kind="violence"),
    "extortion": Threatened(kind="extortion"),
    "self_harm": SelfHarmTold(),
    "safety": SafetyRaised(),
    "legal": LegalActionTaken(),
}
"""What ends talks at once, by the signal that a person confirms, which is also why they ended."""


_ByStaff = (
    Confirmed
    | ItemsSplit
    | Offered
    | Overridden
    | Accepted
    | Countered
    | Ranked
    | Wished
    | Refused
    | Silent
    | Left
    | Threatened
    | SelfHarmTold
    | SafetyRaised
    | LegalActionTaken
    | PartBlocked
)
Round = Annotated[_ByStaff, Field(discriminator="event")]
"""What a person at the desk may tell; the body of a request."""

Event = Annotated[_ByStaff | Approved | Denied, Field(discriminator="event")]
"""What is recorded of talks, but for new facts."""

Happened = _ByStaff | Approved | Denied | FactsChanged
History = Sequence[Happened]
"""The talks so far, oldest first."""


def danger_of(event: Happened) -> str | None:
    """Which danger an event tells of; None for every other event."""
    return next((name for name, danger in DANGERS.items() if danger == event), None)


def check_currency(event: Happened, currency: str) -> None:
    """Every amount of an event is in the currency of the policy. Raises BadInput with every fault."""
    faults = [
        Fault(place, f"is in {amount.currency}", f"the policy counts in {currency}")
        for place, amount in _amounts(event)
        if amount.currency != currency
    ]
    if faults:
        raise BadInput(faults)


def _amounts(event: Happened) -> Iterator[tuple[str, Money]]:
    if isinstance(event, Overridden | Approved | Countered):
        yield "/amount", event.amount
    if isinstance(event, ItemsSplit):
        for number, item in enumerate(event.items):
            if item.amount is not None:
                yield f"/items/{number}/amount", item.amount
