"""What each role may see of a decision: one type a role, so that what was never sent cannot leak.

Agents see what is owed and the menu that they may grant; supervisors and above the range and the
cost too; finance and auditors everything.
"""

from datetime import date, datetime
from typing import Any, Generic, TypeVar

from pydantic import Field

from settlement.decision.answer import (
    BookRef,
    Decision,
    GiftGiven,
    Offer,
    Option,
    Owed,
    PackAnswer,
    Part,
    Range,
    Rate,
    Reason,
    Rung,
    Severity,
    Trace,
    Value,
)
from settlement.decision.phrases import Phrases
from settlement.errors import NotAuthorised
from settlement.money import Money
from settlement.roles import Role, may_grant


class StaleShown(Part):
    """What the newest suggestion does not know yet: promises broken since, and the grade with them."""

    broken_promises: int
    grade: int
    text: str


class Said(Part):
    """A code and its text in the reader's language."""

    code: str
    text: str


class PolicyName(Part):
    id: str
    edition: str


class SeverityShown(Part):
    grade: int
    name: str
    text: str


class PartShown(Part):
    instrument: str
    name: str
    face: Money
    quantity: int


class OptionShown(Part):
    """One numbered choice: cash and parts together worth exactly the standard value."""

    id: int
    cash: Money
    parts: tuple[PartShown, ...]
    standard_value: Money
    ready_by: datetime | None


class OptionPriced(OptionShown):
    """The same with what it costs the company."""

    cost: Money


class OfferGrantable(Part):
    """A rung that this person may grant."""

    rung: Rung
    amount: Money
    approval: Role
    options: tuple[OptionShown, ...]
    gestures: tuple[Said, ...]
    prevention: tuple[Said, ...]


class OfferWithheld(Part):
    """A rung that somebody else must approve first: no sum is shown."""

    rung: Rung
    needs: Role
    gestures: tuple[Said, ...]
    prevention: tuple[Said, ...]


class OfferPriced(Part):
    """A rung with the cost of each option."""

    rung: Rung
    amount: Money
    approval: Role
    options: tuple[OptionPriced, ...]
    gestures: tuple[Said, ...]
    prevention: tuple[Said, ...]


class GiftShown(Part):
    instrument: str
    name: str
    face: Money


class ApprovalShown(Part):
    level: Role
    reasons: tuple[Said, ...]


class AdviceShown(Part):
    """The next step; `say` and `ask_in_return` are codes, `texts` their words."""

    step: str
    say: tuple[str, ...]
    ask_in_return: tuple[str, ...]
    texts: dict[str, str]


class ClockShown(Part):
    """A limit; `due` is null where it starts later or its year is not announced (see warnings)."""

    what: str
    text: str
    limit: str
    due: datetime | None


class ReasonShown(Part):
    code: str
    book: str | None
    table: str | None
    row: str | None
    text: str


PolicyT = TypeVar("PolicyT")
OfferT = TypeVar("OfferT")


class _Shown(Part, Generic[PolicyT, OfferT]):
    """What every role that may see a decision sees of it; how much of an offer differs by role."""

    decision: str | None
    policy: PolicyT
    method: str
    kind: str
    severity: SeverityShown
    priority: str
    lead: str
    owed: tuple[Owed, ...]
    offers: tuple[OfferT, ...]
    gift: GiftShown | None
    approval: ApprovalShown
    advice: AdviceShown
    clocks: tuple[ClockShown, ...]
    reasons: tuple[ReasonShown, ...]
    warnings: tuple[Said, ...]


class AgentView(_Shown[PolicyName, OfferGrantable | OfferWithheld]):
    """For agents and senior agents: never range, base, award, interest, value or cost."""

    can_go_further: Role | None = Field(
        description="Who may grant more than the opening; null where there is no more."
    )


class SupervisorView(_Shown[BookRef, OfferPriced]):
    """For supervisors, managers and directors: the range, the cost, the value in words."""

    packs: tuple[PackAnswer, ...]
    liability: Rate
    range: Range | None
    value_band: str


class FullView(SupervisorView):
    """For finance and auditors: everything, with the way to every amount."""

    award: Money | None
    interest: Money | None
    value: Value | None
    trace: Trace
    as_of: date | None = Field(
        default=None, description="The day whose rules were tried; such an answer cannot be offered."
    )


View = AgentView | SupervisorView | FullView

_AGENT_TABLES = frozenset({"severity", "liability", "routing", "approval"})
_FULL = (Role.FINANCE, Role.AUDITOR)


def view_for(role: Role, decision_id: str | None, decision: Decision, phrases: Phrases) -> View:
    """The decision as a role may see it. Raises NotAuthorised for a role that sees none."""
    if role in _FULL:
        return full_view(decision_id, decision, phrases)
    if may_grant(role, Role.SUPERVISOR):
        return supervisor_view(decision_id, decision, phrases)
    if may_grant(role, Role.AGENT):
        return agent_view(role, decision_id, decision, phrases)
    raise NotAuthorised(f"the role {role} sees no decision")


def agent_view(role: Role, decision_id: str | None, decision: Decision, phrases: Phrases) -> AgentView:
    """The opening, if the agent's level covers it; the final rung is shown by nobody before it is due."""
    opening = decision.offers[:1]
    final = next((offer for offer in decision.offers if offer.rung is Rung.FINAL), None)
    packs = {pack.id for pack in decision.packs}
    visible = [
        r
        for r in decision.reasons
        if r.table in _AGENT_TABLES or r.book in packs or r.code == "nothing_to_pay"
    ]
    withheld = bool(opening) and not may_grant(role, opening[0].approval)
    told = _without_demand(decision, phrases) if withheld else decision
    visible = [reason for reason in visible if not withheld or not _follows_demand(reason.row, phrases)]
    return AgentView(
        **_common(decision_id, told, phrases),
        reasons=_reasons(visible, phrases),
        policy=PolicyName(id=decision.policy.id, edition=decision.policy.edition),
        offers=tuple(_for_agent(role, offer, phrases) for offer in opening),
        can_go_further=final.approval if final and not withheld else None,
    )


def _without_demand(decision: Decision, phrases: Phrases) -> Decision:
    """Without reasons that follow the sum named: asked often, they would tell a withheld opening."""
    approval = decision.approval
    kept = tuple(reason for reason in approval.reasons if not _follows_demand(reason, phrases))
    return decision.model_copy(
        update={"approval": approval.model_copy(update={"reasons": kept or approval.reasons})}
    )


def _follows_demand(row: str | None, phrases: Phrases) -> bool:
    """Whether a row of the approval table looks at the demand."""
    table = phrases.policy.tables["approval"]
    reads = [column.name == "demand_above_opening" for column in table.columns]
    rows = (each for each in table.rows if each.id == row)
    return any(
        cell.items is not None and at for each in rows for cell, at in zip(each.cells, reads, strict=True)
    )


def supervisor_view(decision_id: str | None, decision: Decision, phrases: Phrases) -> SupervisorView:
    return SupervisorView(**_for_supervisor(decision_id, decision, phrases))


def full_view(
    decision_id: str | None, decision: Decision, phrases: Phrases, as_of: date | None = None
) -> FullView:
    return FullView(
        **_for_supervisor(decision_id, decision, phrases),
        award=decision.award,
        interest=decision.interest,
        value=decision.value,
        trace=decision.trace,
        as_of=as_of,
    )


def _for_supervisor(decision_id: str | None, decision: Decision, phrases: Phrases) -> dict[str, Any]:
    return _common(decision_id, decision, phrases) | {
        "reasons": _reasons(decision.reasons, phrases),
        "policy": decision.policy,
        "packs": decision.packs,
        "liability": decision.liability,
        "range": decision.range,
        "value_band": decision.value_band,
        "offers": tuple(_priced(offer, phrases) for offer in decision.offers),
    }


def _common(decision_id: str | None, decision: Decision, phrases: Phrases) -> dict[str, Any]:
    gift, approval, advice = decision.gift, decision.approval, decision.advice
    codes = dict.fromkeys((*advice.say, *advice.ask_in_return))
    return {
        "decision": decision_id,
        "method": decision.method,
        "kind": decision.kind,
        "priority": decision.priority,
        "severity": _severity(decision.severity, phrases),
        "lead": decision.lead,
        "owed": decision.owed,
        "gift": gift and gift_shown(gift, phrases),
        "approval": ApprovalShown(
            level=approval.level,
            reasons=tuple(Said(code=code, text=phrases.approval(code)) for code in approval.reasons),
        ),
        "advice": AdviceShown(**dict(advice), texts={code: phrases.talk(code) for code in codes}),
        "clocks": tuple(
            ClockShown(**dict(clock), text=phrases.own("clock", clock.what)) for clock in decision.clocks
        ),
        "warnings": tuple(Said(code=code, text=phrases.own("warning", code)) for code in decision.warnings),
    }


def _severity(severity: Severity, phrases: Phrases) -> SeverityShown:
    return SeverityShown(grade=severity.grade, name=severity.name, text=phrases.own("grade", severity.name))


def _reasons(reasons: list[Reason] | tuple[Reason, ...], phrases: Phrases) -> tuple[ReasonShown, ...]:
    return tuple(ReasonShown(**dict(reason), text=_reason_text(reason, phrases)) for reason in reasons)


def _reason_text(reason: Reason, phrases: Phrases) -> str:
    if reason.book and reason.table and reason.row:
        return phrases.row(reason.book, reason.table, reason.row)
    return phrases.own("reason", reason.code)


def _for_agent(role: Role, offer: Offer, phrases: Phrases) -> OfferGrantable | OfferWithheld:
    gestures, prevention = said_of(offer.gestures, phrases), said_of(offer.prevention, phrases)
    if not may_grant(role, offer.approval):
        return OfferWithheld(rung=offer.rung, needs=offer.approval, gestures=gestures, prevention=prevention)
    options = tuple(option_shown(option, phrases) for option in offer.options)
    return OfferGrantable(
        rung=offer.rung,
        amount=offer.amount,
        approval=offer.approval,
        options=options,
        gestures=gestures,
        prevention=prevention,
    )


def _priced(offer: Offer, phrases: Phrases) -> OfferPriced:
    return OfferPriced(
        rung=offer.rung,
        amount=offer.amount,
        approval=offer.approval,
        options=tuple(option_priced(option, phrases) for option in offer.options),
        gestures=said_of(offer.gestures, phrases),
        prevention=said_of(offer.prevention, phrases),
    )


def option_shown(option: Option, phrases: Phrases) -> OptionShown:
    """A choice for agents: without its cost."""
    return OptionShown(**_option(option, phrases))


def option_priced(option: Option, phrases: Phrases) -> OptionPriced:
    """A choice for supervisors and above: with its cost."""
    return OptionPriced(**_option(option, phrases), cost=option.cost)


def gift_shown(gift: GiftGiven, phrases: Phrases) -> GiftShown:
    """A courtesy with its name."""
    return GiftShown(instrument=gift.instrument, name=phrases.instrument(gift.instrument), face=gift.face)


def _option(option: Option, phrases: Phrases) -> dict[str, Any]:
    parts = tuple(PartShown(**dict(part), name=phrases.instrument(part.instrument)) for part in option.parts)
    return {
        "id": option.id,
        "cash": option.cash,
        "parts": parts,
        "standard_value": option.standard_value,
        "ready_by": option.ready_by,
    }


def said_of(gestures: tuple[str, ...], phrases: Phrases) -> tuple[Said, ...]:
    """Gestures with their words."""
    return tuple(Said(code=gesture, text=phrases.gesture(gesture)) for gesture in gestures)
