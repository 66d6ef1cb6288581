"""What came in: the complaint, the order, the customer. The one form for every channel and door.

These models are the published request: names may be added, never renamed. They refuse unknown
keys and wrong types; what depends on a policy (currency, categories, its local day) is checked
by `decision.check`.
"""

import re
from datetime import UTC, date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from settlement.errors import BadInput, Fault
from settlement.money import Money, read_rate, write_rate
from settlement.strict_json import read_json

Model = TypeVar("Model", bound=BaseModel)

_WRITTEN_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_WRITTEN_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)


def _read_day(raw: Any) -> Any:
    """A day; a number of seconds since 1970, which pydantic would take from a text, is none."""
    if isinstance(raw, date):
        return raw
    try:
        if isinstance(raw, str) and _WRITTEN_DAY.fullmatch(raw):
            return date.fromisoformat(raw)
    except ValueError:
        pass
    raise PydanticCustomError("day", 'write a day of the calendar, like "2026-01-31"')


def _read_moment(raw: Any) -> Any:
    if isinstance(raw, datetime):
        return raw
    try:
        if isinstance(raw, str) and _WRITTEN_MOMENT.fullmatch(raw):
            return datetime.fromisoformat(raw)
    except ValueError:
        pass
    raise PydanticCustomError(
        "moment", 'write a moment with its time zone, like "2026-01-31T10:15:00+08:00" or "…T02:15:00Z"'
    )


_CENTURIES = {"pattern": "^(18|19|20|21)[0-9]{2}-"}  # JSON Schema knows no bounds of dates
Day = Annotated[
    date,
    Field(ge=date(1800, 1, 1), le=date(2199, 12, 31), json_schema_extra=_CENTURIES),
    BeforeValidator(_read_day),
]
Moment = Annotated[
    AwareDatetime,
    Field(
        ge=datetime(1800, 1, 2, tzinfo=UTC),
        le=datetime(2199, 12, 30, tzinfo=UTC),
        json_schema_extra=_CENTURIES,
    ),
    BeforeValidator(_read_moment),
]
Count = Annotated[int, Field(ge=0, le=10**9)]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9_-]*$")]


def _read_share(raw: Any) -> Fraction:
    if isinstance(raw, Fraction):
        return raw
    try:
        share = read_rate(raw) if isinstance(raw, str) else None
    except BadInput:
        share = None
    if share is None or share > 1:
        raise PydanticCustomError(
            "rate", 'write a fraction of one as a text, like "0.7", of at most 9 decimals'
        )
    return share


Share = Annotated[
    Fraction,
    BeforeValidator(_read_share),
    PlainSerializer(write_rate, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^(0(\.[0-9]{1,9})?|1(\.0{1,9})?)$", "examples": ["0.7"]}),
]
"""A fraction of one, written as a text."""


def _read_fact(raw: Any) -> Any:
    if raw is None or isinstance(raw, str | bool) or type(raw) is int:
        return raw
    raise PydanticCustomError(
        "fact", "a fact is a text, a whole number, true, false or null; amounts are texts"
    )


Fact = Annotated[
    Any, BeforeValidator(_read_fact), WithJsonSchema({"type": ["string", "integer", "boolean", "null"]})
]
"""A fact of a pack: the pack itself says which type it must have."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class CaseKind(StrEnum):
    """What the customer came for; only a complaint leads to offers."""

    COMPLAINT = "complaint"
    CONSULTATION = "consultation"
    SUGGESTION = "suggestion"


class Wants(StrEnum):
    """What the customer is after."""

    MONEY = "money"
    FACE = "face"
    BOTH = "both"


class Mood(StrEnum):
    """How the customer speaks: to let off steam, to be compensated, to be taken seriously."""

    VENTING = "venting"
    COMPENSATION = "compensation"
    TRUST = "trust"


class Case(_Part):
    """Which case, through which channel, when."""

    id: Identifier
    kind: CaseKind
    channel: Literal["app", "web", "phone", "chat", "email", "social", "store", "other"]
    received_at: Moment
    occurred_on: Day


class Loss(_Part):
    """What the customer says was lost, and what of it is proven; only the latter is owed."""

    claimed: Money | None = None
    verified: Money | None = None


class Evidence(_Part):
    """One piece of evidence; the policy names the kinds."""

    kind: Name
    ref: Reference


class Signals(_Part):
    """Marks of urgency and repetition. None of them prices what is owed."""

    repeat_contacts: Count
    prior_complaints_12m: Count
    negative_words: bool
    asks_escalation: bool
    threatens_publicity: bool
    vulnerable: bool
    broken_promises: Count
    hours_waiting: Count


class Matter(_Part):
    """What the complaint is about."""

    wants: Wants
    mood: Mood
    problem: Literal["product", "service", "communication"]
    cause: Literal["company", "shared", "third_party", "customer", "unknown"]
    harm: Literal["none", "inconvenience", "loss_of_use", "financial", "health", "safety"]
    duration_h: Count | None = None
    affected: Literal["one", "several", "many"]
    loss: Loss
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=50)] | None = None
    demand: Money | None = None
    signals: Signals


class Order(_Part):
    """The order complained of."""

    id: Identifier
    paid: Money
    placed_on: Day
    category: Name


class Claim(_Part):
    """A claim under a published pack, with every fact that the pack asks for."""

    pack: Name
    facts: Annotated[dict[str, Fact], Field(max_length=200)]


class History(_Part):
    """Past purchases: distinct days with a purchase, spend net of refunds, first and last day."""

    purchase_days: Annotated[int, Field(ge=1, le=100_000)]
    spend: Money
    margin_12m: Money | None = None
    first_on: Day
    last_on: Day


class Lifetime(_Part):
    """A lifetime value from elsewhere; it stands in for our own estimate."""

    value: Money
    source: Identifier
    as_of: Day
    confidence: Literal["low", "medium", "high"]


class Reach(_Part):
    """Whom the customer reaches: followers, the audited share of real ones, how much they engage, how apt."""

    followers: Count
    verified: bool
    authentic: Share
    engagement: Share
    relevance: Share
    mentions: Annotated[tuple[Day, ...], Field(max_length=1000)]


class Referral(_Part):
    """A customer whom this one verifiably brought, and the margin of that customer."""

    on: Day
    margin: Money


class Abuse(_Part):
    """Signs of abuse. Only `established`, on a supervisor's word, changes an amount."""

    claims_90d: Count
    repeat_claimant: bool
    established: bool


class Customer(_Part):
    """Who complains. With `profile_free` value is neutral; signs of abuse are still seen by a person."""

    id: Identifier
    profile_free: bool
    history: History | None = None
    lifetime: Lifetime | None = None
    reach: Reach | None = None
    referrals: Annotated[tuple[Referral, ...], Field(max_length=1000)] | None = None
    abuse: Abuse | None = None


class Complaint(_Part):
    """Everything that the decision is made from."""

    policy: Name | None = None
    case: Case
    complaint: Matter
    order: Order | None = None
    claims: Annotated[tuple[Claim, ...], Field(max_length=20)] | None = None
    customer: Customer | None = None


def read_complaint(raw: bytes) -> Complaint:
    """A complaint from JSON. Raises NotJson, and BadInput with every fault, each with its pointer."""
    read_json(raw)
    return validated(Complaint, raw)


def validated(model: type[Model], raw: bytes) -> Model:
    """JSON that was read strictly, as a model. Raises BadInput with every fault."""
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise BadInput(_fault(each) for each in error.errors(include_url=False)) from None


def _fault(error: ErrorDetails) -> Fault:
    place = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in error["loc"])
    match error["type"]:
        case "missing":
            return Fault(place, "is missing", "give it, or see the schema for what may be left out")
        case "extra_forbidden":
            return Fault(place, "is not a known name", "take it out, or mend its spelling")
        case "string_type" if error["loc"][-1:] == ("amount",):
            return Fault(place, "is not a text", 'write amounts as texts, like "899.00"')
        case "day" | "moment" | "rate":
            return Fault(place, "cannot be read", error["msg"])
        case "money":
            problem, _, remedy = error["msg"].partition(": ")
            return Fault(place, problem, remedy or "give it without a minus")
    message = error["msg"]
    remedy = _REMEDIES.get(error["type"], "see the schema of this request")
    return Fault(place, message[:1].lower() + message[1:], remedy)


_REMEDIES = {
    "int_type": "give a whole number, without quotes",
    "int_from_float": "give a whole number",
    "bool_type": "give true or false, without quotes",
    "string_type": "give a text, in quotes",
    "model_type": "give an object: { … }",
    "dict_type": "give an object: { … }",
    "tuple_type": "give a list: [ … ]",
    "literal_error": "write one of these",
    "enum": "write one of these",
    "greater_than_equal": "give one within the bounds",
    "less_than_equal": "give one within the bounds",
    "string_too_short": "give at least one character",
    "string_too_long": "shorten it",
    "string_pattern_mismatch": "leave out what the pattern does not allow",
    "too_long": "send fewer",
    "json_invalid": "send plain JSON",
}
