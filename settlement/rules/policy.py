"""What a policy says beside its tables: parameters, limits, clocks, instruments, gestures, texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from settlement.dates import Duration
from settlement.money import Money
from settlement.roles import Role
from settlement.rules.case_terms import DEFAULTS, CaseTerms
from settlement.rules.talk import LexiconEntry, TalkLine
from settlement.rules.types import Kind, Text, Type

GRADES = (1, 2, 3, 4, 5)

HARMS = ("none", "inconvenience", "loss_of_use", "financial", "health", "safety")
PROBLEMS = ("product", "service", "communication")
CAUSES = ("company", "shared", "third_party", "customer", "unknown")
AFFECTED = ("one", "several", "many")

INSTRUMENT_KINDS = ("cash", "credit", "refund", "exchange", "repair", "accessory", "service", "dispatch")
GESTURE_KINDS = ("explanation", "apology", "prevention", "call_back")
CASE_KINDS = ("complaint", "consultation", "suggestion")
CASE_CLOCKS = ("first_response", "diagnosis", "progress", "resolution")


@dataclass(frozen=True, slots=True)
class TableContract:
    """What a policy table may read and must give; nothing else can price or grade a complaint."""

    may_read: frozenset[str]
    gives: Mapping[str, Kind]


def _contract(may_read: str, **gives: Kind) -> TableContract:
    return TableContract(frozenset(may_read.split()), gives)


EVIDENCE = "evidence_*"
"""Stands for one boolean fact for each kind of evidence that the policy names."""

CONTRACTS: Mapping[str, TableContract] = {
    "severity": _contract(
        "harm loss duration_h affected repeat_contacts prior_complaints_12m broken_promises hours_waiting "
        "vulnerable",
        grade=Kind.INTEGER,
    ),
    "liability": _contract(f"problem cause {EVIDENCE}", liability_rate=Kind.RATE),
    "routing": _contract("problem harm category", lead=Kind.ENUM),
    "award": _contract("grade harm", award=Kind.MONEY),
    "retention": _contract("grade harm", retention_gain=Kind.RATE, escalation_cost=Kind.MONEY),
    "activity": _contract("repeat_orders idle_gaps", still_active=Kind.RATE),
    "approval": _contract(
        "amount grade harm repeat_claimant abuse_established claims_90d vulnerable threatens_publicity "
        "demand_above_opening",
        level=Kind.ENUM,
    ),
}


def policy_facts(
    currency: str, evidence_kinds: tuple[str, ...], categories: tuple[str, ...]
) -> dict[str, Type]:
    """The facts that the tables of a policy may read, with their types."""
    count = Type(Kind.INTEGER, low=0)
    flag = Type(Kind.BOOLEAN)
    facts = {
        "harm": Type(Kind.ENUM, values=HARMS),
        "loss": Type(Kind.MONEY, currency, low=0, nullable=True),
        "duration_h": Type(Kind.INTEGER, low=0, nullable=True, unit="h"),
        "affected": Type(Kind.ENUM, values=AFFECTED),
        "hours_waiting": Type(Kind.INTEGER, low=0, unit="h"),
        "problem": Type(Kind.ENUM, values=PROBLEMS),
        "cause": Type(Kind.ENUM, values=CAUSES),
        "category": Type(Kind.ENUM, values=categories, nullable=True),
        "idle_gaps": Type(Kind.DECIMAL, low=Fraction(0)),
        "amount": Type(Kind.MONEY, currency, low=0),
    }
    facts |= dict.fromkeys(
        ("repeat_contacts", "prior_complaints_12m", "broken_promises", "repeat_orders", "claims_90d"), count
    )
    facts |= dict.fromkeys(
        ("vulnerable", "repeat_claimant", "abuse_established", "threatens_publicity", "demand_above_opening"),
        flag,
    )
    return facts | {f"evidence_{kind}": flag for kind in evidence_kinds}


@dataclass(frozen=True, slots=True)
class BalanceTerms:
    """Bounds of the range.

    kappa       the ceiling is at most this multiple of the base …
    small_room  … but a small base may rise by this much
    beta        share of the way from base to ceiling where the balance point lies
    round_cost  handling cost of one more round of talks
    """

    kappa: Fraction
    small_room: Money
    beta: Fraction
    round_cost: Money


@dataclass(frozen=True, slots=True)
class ValueTerms:
    """The unfitted estimate of customer value: the trade's typical order, margin and rhythm, and its caps."""

    order_value: Money
    margin: Fraction
    gap_days: int
    years: int
    yearly_keep: Fraction
    discount: Fraction
    past_multiple: Fraction
    order_cap_multiple: Fraction
    neutral: Money
    stale_after_days: int


@dataclass(frozen=True, slots=True)
class InfluenceTerms:
    """How referrals and reach become money, and where that ends."""

    full_reach: int
    exponent: Fraction
    conversion: Fraction
    engagement_cap: Fraction
    predicted_share: Fraction
    observed_share: Fraction
    half_life_months: int
    mentions_cap: int
    cap: Money


@dataclass(frozen=True, slots=True)
class LadderTerms:
    """The shape of the offers."""

    max_options: int
    noncash_parts: int
    noncash_share: Fraction
    longest_lead: Duration
    offer_stands: Duration
    max_answers: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What one level may grant: in one case, in a day, in a month."""

    case: Money
    day: Money
    month: Money


@dataclass(frozen=True, slots=True)
class Instrument:
    """A form of redress. Either `fixed`, or any face from `lo` to `hi` by `step`; a refund has neither.

    cost, value   what one unit of face costs us, and is worth to a customer at standard
    goods_value   refund only: share of the price that the returned goods keep
    categories    kinds of order that it suits; empty means all
    problems      kinds of problem that it suits; empty means all
    """

    id: str
    kind: str
    name: Text
    cost: Fraction
    value: Fraction
    lead: Duration
    available: bool
    fixed: Money | None = None
    lo: Money | None = None
    hi: Money | None = None
    step: Money | None = None
    goods_value: Fraction | None = None
    categories: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gesture:
    """Something said or done that costs next to nothing; `level` is who does it.

    problems   kinds of problem that it suits; empty means all
    """

    id: str
    kind: str
    level: Role
    text: Text
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gift:
    """A small courtesy where nothing is owed."""

    instrument: str
    face: Money


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """Everything that a policy says outside its tables.

    clocks     limit by kind of case, clock and grade 1 to 5
    authority  limits by level, for what is owed and for goodwill apart
    texts      the lines of talk by code, each with its variants
    """

    time_zone: str
    calendar: str
    balance: BalanceTerms
    value: ValueTerms
    influence: InfluenceTerms
    ladder: LadderTerms
    owed_limits: Mapping[Role, Limits]
    goodwill_limits: Mapping[Role, Limits]
    evidence_kinds: tuple[str, ...]
    agent_may_verify: Money
    categories: tuple[str, ...]
    clocks: Mapping[str, Mapping[str, tuple[Duration, ...]]]
    approval_clocks: Mapping[Role, Duration]
    instruments: tuple[Instrument, ...]
    gestures: tuple[Gesture, ...]
    texts: Mapping[str, tuple[TalkLine, ...]]
    gift: Gift | None = None
    life: CaseTerms = DEFAULTS
    lexicon: tuple[LexiconEntry, ...] = ()
