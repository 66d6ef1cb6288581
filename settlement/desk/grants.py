"""What was granted before, to whom and by whom; and who may grant how much."""

from datetime import date, timedelta

from settlement.cases.authority import (
    PersonLimits,
    Used,
    above_ones_own,
    limits_of_role,
    no_limits,
    passed_limits,
)
from settlement.complaint import Complaint
from settlement.dates import local_day
from settlement.decision.approval import Asked, Granted, approval_for
from settlement.desk.sitting import Sitting
from settlement.errors import NotAuthorised, Refused
from settlement.roles import LEVELS, Actor, Role, may_grant
from settlement.rules.live_policy import Policy
from settlement.store import grants
from settlement.store.audit import append
from settlement.store.cases import tied_cases


def granted_before(
    sitting: Sitting, complaint: Complaint, policy: Policy, *, but: tuple[str, int]
) -> Granted:
    """What this order, this customer and this case with all that are linked to it got in the policy's window.

    The talk `but` does not count. The complaint names order and customer by reference.
    """
    return grants.granted_to(
        sitting.tx,
        customer_ref=complaint.customer.id if complaint.customer else None,
        order_ref=complaint.order.id if complaint.order else None,
        cases=tied_cases(sitting.tx, but[0]),
        since=sitting.now - timedelta(days=policy.terms.life.grants.window_days),
        but=but,
        currency=policy.currency,
    )


def limits_passed(
    sitting: Sitting,
    person: Actor,
    asked: Granted,
    complaint: Complaint,
    policy: Policy,
    *,
    but: tuple[str, int],
    in_emergency: bool = False,
) -> tuple[str, ...]:
    """The limits of a person that a grant would pass; "no_authority" for a role that grants nothing.

    In an emergency those of the role count, which is then the level that was passed.
    """
    limits = limits_of_role(person.role, policy.terms) if in_emergency else limits_of(sitting, person, policy)
    if limits is None:
        return ("no_authority",)
    today = local_day(sitting.now, policy.terms.time_zone)

    def since(first: date) -> Granted:
        return grants.granted_by(
            sitting.tx, person.name, first=first, last=today, but=but, currency=policy.currency
        )

    used = Used(
        related=granted_before(sitting, complaint, policy, but=but),
        day=since(today),
        month=since(today.replace(day=1)),
    )
    return passed_limits(asked, used, limits)


def level_needed(
    sitting: Sitting, sums: Granted, complaint: Complaint, grade: int, policy: Policy, *, but: tuple[str, int]
) -> Role:
    """Who must agree to a sum at least, with all that order and customer have got by now."""
    asked = Asked(sums.total, sums.owed, grade, demand_above_opening=False)
    abuse = complaint.customer.abuse if complaint.customer else None
    before = granted_before(sitting, complaint, policy, but=but)
    return approval_for(asked, complaint.complaint, abuse, before, policy)[0].level


def limits_of(sitting: Sitting, person: Actor, policy: Policy) -> PersonLimits | None:
    """What a person may grant: what was set for them, else what the policy gives their role.

    Whose limits were set in other currencies only may grant nothing in this one: sums of two currencies
    cannot be counted together, so a second one would be a way round the limits of the first.
    """
    by_role = limits_of_role(person.role, policy.terms)
    if by_role is None:
        return None
    if found := grants.find_limits(sitting.tx, person, policy.currency):
        return found
    return no_limits(policy.currency) if grants.has_limits(sitting.tx, person) else by_role


def set_limits(sitting: Sitting, person: Actor, limits: PersonLimits, policy: Policy) -> None:
    """Set what somebody else may grant, never above what one may grant oneself. Raises NotAuthorised."""
    if person.name == sitting.actor.name:
        raise NotAuthorised("nobody sets their own limits")
    own = limits_of(sitting, sitting.actor, policy)
    if own is None:
        raise NotAuthorised(f"the role {sitting.actor.role} grants nothing and sets no limits")
    if person.role not in LEVELS:
        raise Refused(f"{person.name} is a {person.role}: that role grants nothing")
    if not may_grant(sitting.actor.role, person.role):
        raise NotAuthorised(f"{person.name} is above you: somebody of that level or higher sets their limits")
    if above := above_ones_own(limits, own):
        raise NotAuthorised(f"these are above your own: {', '.join(above)}")
    grants.add_limits(sitting.tx, person, limits, set_by=sitting.actor.name, now=sitting.now)
    append(
        sitting.tx,
        at=sitting.now,
        actor=sitting.actor.name,
        role=sitting.actor.role,
        event="limits_set",
        subject=person.name,
        body={
            f"{part}_{period}": getattr(getattr(limits, part), period).amount
            for part in ("owed", "goodwill")
            for period in ("case", "day", "month")
        }
        | {"currency": policy.currency},
    )
