"""Whether a complaint fits the policy that is to judge it, and whose word counts for what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from settlement.complaint import Complaint, History
from settlement.dates import local_day
from settlement.errors import BadInput, Fault, NotAuthorised
from settlement.money import Money
from settlement.roles import LEVELS, Role, may_grant
from settlement.rules.evaluate import Known, LiveEdition
from settlement.rules.live_policy import Policy


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """A claim whose facts its pack can read."""

    pack: LiveEdition
    facts: Mapping[str, Known]


def day_received(complaint: Complaint, policy: Policy) -> date:
    """The local day on which the complaint came in."""
    return local_day(complaint.case.received_at, policy.terms.time_zone)


def check_complaint(
    complaint: Complaint, policy: Policy, packs: Mapping[str, LiveEdition]
) -> tuple[CheckedClaim, ...]:
    """The claims, ready to run. `packs` holds the edition of each pack that is claimed.

    Raises BadInput with every fault: currency, category, kinds of evidence, dates, facts of the claims.
    """
    faults = [
        *_currency_faults(complaint, policy.currency),
        *_category_faults(complaint, policy),
        *_evidence_faults(complaint, policy),
        *_date_faults(complaint, day_received(complaint, policy)),
    ]
    claims = []
    for number, claim in enumerate(complaint.claims or ()):
        place, pack = f"/claims/{number}", packs[claim.pack]
        if pack.edition.currency != policy.currency:
            problem = f"{claim.pack} pays in {pack.edition.currency}, the policy in {policy.currency}"
            faults.append(
                Fault(f"{place}/pack", problem, "settle this claim under a policy of that currency")
            )
        try:
            claims.append(CheckedClaim(pack, pack.read_facts(claim.facts)))
        except BadInput as bad:
            faults += [fault.under(f"{place}/facts") for fault in bad.faults]
    if faults:
        raise BadInput(faults)
    return tuple(claims)


def _amounts(complaint: Complaint) -> Iterator[tuple[str, Money | None]]:
    matter, customer = complaint.complaint, complaint.customer
    yield "/complaint/loss/claimed", matter.loss.claimed
    yield "/complaint/loss/verified", matter.loss.verified
    yield "/complaint/demand", matter.demand
    if complaint.order:
        yield "/order/paid", complaint.order.paid
    if customer and customer.history:
        yield "/customer/history/spend", customer.history.spend
        yield "/customer/history/margin_12m", customer.history.margin_12m
    if customer and customer.lifetime:
        yield "/customer/lifetime/value", customer.lifetime.value
    for number, referral in enumerate((customer and customer.referrals) or ()):
        yield f"/customer/referrals/{number}/margin", referral.margin


def _currency_faults(complaint: Complaint, currency: str) -> Iterator[Fault]:
    for place, amount in _amounts(complaint):
        if amount is not None and amount.currency != currency:
            yield Fault(
                f"{place}/currency", f"is {amount.currency}", f"the policy settles in {currency}: write that"
            )


def _category_faults(complaint: Complaint, policy: Policy) -> Iterator[Fault]:
    known = policy.terms.categories
    if complaint.order and complaint.order.category not in known:
        yield Fault(
            "/order/category",
            f"{complaint.order.category!r} is not known",
            f"write one of {', '.join(known)}",
        )


def _evidence_faults(complaint: Complaint, policy: Policy) -> Iterator[Fault]:
    known = policy.terms.evidence_kinds
    for number, evidence in enumerate(complaint.complaint.evidence or ()):
        if evidence.kind not in known:
            place = f"/complaint/evidence/{number}/kind"
            yield Fault(place, f"{evidence.kind!r} is not known", f"write one of {', '.join(known)}")


def _date_faults(complaint: Complaint, day: date) -> Iterator[Fault]:
    after = "give a day on or before it"
    if complaint.case.occurred_on > day:
        yield Fault("/case/occurred_on", f"is after the day received, {day}", after)
    if complaint.order and complaint.order.placed_on > day:
        yield Fault("/order/placed_on", f"is after the day received, {day}", after)
    if complaint.customer and complaint.customer.history:
        yield from _history_faults(complaint.customer.history, day)


def _history_faults(history: History, day: date) -> Iterator[Fault]:
    place = "/customer/history"
    days = (history.last_on - history.first_on).days
    if history.last_on > day:
        yield Fault(f"{place}/last_on", f"is after the day received, {day}", "leave out what came later")
    if days < 0:
        yield Fault(f"{place}/last_on", "is before first_on", "exchange the two, or mend one")
    elif not history.purchase_days - 1 <= days or (days > 0 and history.purchase_days == 1):
        span = f"from {history.first_on} to {history.last_on}"
        problem = f"{history.purchase_days} days with a purchase do not fit {span}"
        yield Fault(f"{place}/purchase_days", problem, "count distinct days, the first and the last included")


def check_word(complaint: Complaint, policy: Policy, role: Role) -> None:
    """Some facts cost the customer or the company much and count only on a supervisor's word.

    Raises NotAuthorised, naming all of them, for a role below supervisor.
    """
    if role not in LEVELS or may_grant(role, Role.SUPERVISOR):
        return
    matter, customer = complaint.complaint, complaint.customer
    limit, verified = policy.terms.agent_may_verify, matter.loss.verified
    said = []
    if matter.cause == "customer":
        said.append("/complaint/cause: that the customer caused it")
    if verified is not None and verified.currency == limit.currency and verified > limit:
        said.append(f"/complaint/loss/verified: a verified loss above {limit}")
    if customer and customer.abuse and customer.abuse.established:
        said.append("/customer/abuse/established: that abuse is established")
    if said:
        raise NotAuthorised(f"needs a supervisor's word: {'; '.join(said)}")
