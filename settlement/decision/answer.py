"""The decision: everything that was found, in codes and exact amounts. Texts are chosen when it is shown.

The whole of it is recorded and replayed; `views` gives each role its part.
"""

from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from settlement.money import Money, write_rate
from settlement.roles import Role

METHOD = "balance/1"
"""The version of the formulas. A record is replayed by the method that it names."""

Rate = Annotated[
    Fraction,
    BeforeValidator(Fraction),
    PlainSerializer(write_rate, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["0.063"]}),
]


class Part(BaseModel):
    """A frozen part of the answer."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class BookRef(Part):
    """The edition of a book, and the digest that pins its text."""

    id: str
    edition: str
    digest: str


class PackAnswer(BookRef):
    """What a pack answered to one claim; a null amount means that it does not answer."""

    amount: Money | None
    heads: tuple[str, ...]
    binds: bool


class Severity(Part):
    grade: int
    name: str


class Owed(Part):
    """One part of what is owed, the highest under its head. `from` names the pack, or the verified loss."""

    head: str
    amount: Money
    owed_in: str
    from_: str = Field(alias="from")


class Range(Part):
    """Where a fair settlement lies: floor <= base <= balance point <= ceiling; base <= opening <= ceiling."""

    floor: Money
    base: Money
    balance_point: Money
    ceiling: Money
    opening: Money


class ValuePart(Part):
    """One part of customer value; money with where it comes from and the caps that bind it."""

    amount: str
    currency: str
    source: str
    as_of: str | None
    confidence: str
    caps: tuple[str, ...]


class Value(Part):
    """Past spend is shown beside the future although it buys nothing."""

    past: ValuePart | None
    lifetime: ValuePart
    influence: ValuePart
    retention: Rate


class OptionPart(Part):
    """One instrument within an option: its face value to the customer."""

    instrument: str
    face: Money
    quantity: int = 1


class Option(Part):
    """One choice of a menu. Cash and parts have exactly the standard value of the rung."""

    id: int
    cash: Money
    parts: tuple[OptionPart, ...]
    standard_value: Money
    cost: Money
    ready_by: datetime | None


class Rung(StrEnum):
    """The two priced steps."""

    OPENING = "opening"
    FINAL = "final"


class Offer(Part):
    """One rung: a menu of options of equal value, who may grant it, gestures and prevention by id."""

    rung: Rung
    amount: Money
    approval: Role
    options: tuple[Option, ...]
    gestures: tuple[str, ...]
    prevention: tuple[str, ...]


class GiftGiven(Part):
    """A small courtesy outside the range, where nothing is owed."""

    instrument: str
    face: Money


class Approval(Part):
    """Who must agree to the opening, and why: rows of the approval table, and limits that are passed."""

    level: Role
    reasons: tuple[str, ...]


class Advice(Part):
    """What to do next: the step, what to say and what to ask in return, as codes of the policy's texts."""

    step: str
    say: tuple[str, ...]
    ask_in_return: tuple[str, ...]


class Clock(Part):
    """A time limit. `due` is null where it starts later, or reaches a year that is not announced."""

    what: str
    limit: str
    due: datetime | None


class Reason(Part):
    """Why: a code, or the row of a table that was taken (`code` is then `row`)."""

    code: str
    book: str | None = None
    table: str | None = None
    row: str | None = None


class Sum(Part):
    """How one amount came about, from named amounts and rates."""

    name: str
    formula: str
    operands: dict[str, str]
    amount: Money


class Evaluated(Part):
    """What one book was asked and how it answered, step by step."""

    book: str
    edition: str
    steps: tuple[dict[str, Any], ...]


class Trace(Part):
    """The whole way to the amounts."""

    evaluations: tuple[Evaluated, ...]
    sums: tuple[Sum, ...]


class Decision(Part):
    """A decision, without id and time: the same complaint under the same books gives the same bytes."""

    policy: BookRef
    packs: tuple[PackAnswer, ...]
    method: str
    kind: str
    priority: str
    severity: Severity
    liability: Rate
    lead: str
    owed: tuple[Owed, ...]
    range: Range | None
    award: Money | None
    interest: Money | None
    value: Value | None
    value_band: str
    offers: tuple[Offer, ...]
    gift: GiftGiven | None
    approval: Approval
    advice: Advice
    clocks: tuple[Clock, ...]
    reasons: tuple[Reason, ...]
    warnings: tuple[str, ...]
    trace: Trace
