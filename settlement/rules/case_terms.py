"""What a policy says about the life of a case after the decision: follow-up, grants, alarms, retention.

Each block may be left out; then the shipped values stand, which are assumptions of the retail policy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from settlement.dates import Duration, DurationUnit, read_duration
from settlement.rules.faults import Block, Faults
from settlement.rules.types import Kind, Type, quoted


@dataclass(frozen=True, slots=True)
class FollowUpTerms:
    """Limits after the talks.

    visit        from fulfilment: ask openly how it went
    prevention   from the agreement: what was promised to be mended is mended
    review       from the request: somebody who was not involved looks again
    review_told  from their answer: the customer is told
    remind_at    share of a limit after which its owner is reminded
    """

    visit: Duration
    prevention: Duration
    review: Duration
    review_told: Duration
    remind_at: Fraction


@dataclass(frozen=True, slots=True)
class DelayTerms:
    """How far what a customer waits for may be put off.

    postponements   how often they may be told another date for the same
    postponed_days  and at most how many days later in all than they were told first
    pause_days      how many days a clock may stand in all; then it runs on by itself
    """

    postponements: int
    postponed_days: int
    pause_days: int


@dataclass(frozen=True, slots=True)
class GrantTerms:
    """How grants are counted and looked after.

    window_days       what an order or a customer got in these days counts in every new case
    approval_stands   a given approval lapses unless the offer is made within this
    bypass_review     an emergency grant is looked at by somebody else within this
    stamp_least       from this many approvals on, one person's are looked at for rubber-stamping …
    stamp_share       … an alarm, where more than this share was approved unchanged …
    stamp_seconds     … and half of them within these seconds
    """

    window_days: int
    approval_stands: Duration
    bypass_review: Duration
    stamp_least: int
    stamp_share: Fraction
    stamp_seconds: int


@dataclass(frozen=True, slots=True)
class RetentionTerms:
    """How long identities are kept after a case was closed: usually, and where it is marked important."""

    keep_days: int
    important_days: int


@dataclass(frozen=True, slots=True)
class CaseTerms:
    """All that a policy says about the life of a case."""

    follow_up: FollowUpTerms
    delays: DelayTerms
    grants: GrantTerms
    retention: RetentionTerms


DEFAULTS = CaseTerms(
    FollowUpTerms(
        visit=Duration(3, DurationUnit.DAYS),
        prevention=Duration(7, DurationUnit.WORKING_DAYS),
        review=Duration(7, DurationUnit.WORKING_DAYS),
        review_told=Duration(1, DurationUnit.WORKING_DAYS),
        remind_at=Fraction(3, 4),
    ),
    DelayTerms(postponements=2, postponed_days=30, pause_days=30),
    GrantTerms(
        window_days=90,
        approval_stands=Duration(24, DurationUnit.HOURS),
        bypass_review=Duration(24, DurationUnit.HOURS),
        stamp_least=20,
        stamp_share=Fraction(19, 20),
        stamp_seconds=30,
    ),
    RetentionTerms(keep_days=365, important_days=1825),
)
CASE_BLOCKS = ("follow_up", "delays", "grants", "retention")

_COUNT = Type(Kind.INTEGER, low=1, high=100_000)
_SHARE = Type(Kind.RATE, low=0, high=1)


def read_case_terms(data: Mapping[str, Any], faults: Faults) -> CaseTerms:
    """The blocks that are there; a value that is left out keeps its default."""
    return CaseTerms(
        follow_up=_read(DEFAULTS.follow_up, "follow_up", data, faults),
        delays=_read(DEFAULTS.delays, "delays", data, faults),
        grants=_read(DEFAULTS.grants, "grants", data, faults),
        retention=_read(DEFAULTS.retention, "retention", data, faults),
    )


def _read(defaults: Any, name: str, data: Mapping[str, Any], faults: Faults) -> Any:
    if name not in data:
        return defaults
    block = Block.of(data[name], name, faults)
    keys = list(defaults.__dataclass_fields__)
    block.allow_only(keys)
    return type(defaults)(**{key: _value(block, key, getattr(defaults, key)) for key in keys})


def _value(block: Block, key: str, default: Any) -> Any:
    if isinstance(default, Duration):
        return _duration(block, key, default)
    type_ = _COUNT if isinstance(default, int) else _SHARE
    return block.optional(key, type_, default)


def _duration(block: Block, key: str, default: Duration) -> Duration:
    raw = block.data.get(key)
    if raw is None:
        return default
    read = read_duration(raw) if isinstance(raw, str) else None
    if read is None:
        problem = f"{quoted(raw)} is not a time limit"
        block.faults.add(block.at(key), problem, 'write "15 min", "24 h", "14 d" or "3 wd"')
    return read or default
