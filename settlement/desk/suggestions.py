"""Asking for a suggestion: choose the books, decide, record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from settlement.complaint import Complaint
from settlement.dates import local_day
from settlement.decision.answer import Decision
from settlement.decision.approval import Granted
from settlement.decision.check import check_word
from settlement.decision.decide import decide
from settlement.desk.grants import granted_before
from settlement.desk.privacy import hide
from settlement.desk.records import record_of
from settlement.desk.sitting import Sitting
from settlement.errors import BadInput, CannotDecide, Fault, NotAuthorised, NotFound
from settlement.permissions import reach
from settlement.roles import Role, may_grant
from settlement.rules.book import Edition
from settlement.rules.evaluate import LiveEdition
from settlement.rules.library import Books
from settlement.rules.live_policy import Policy
from settlement.rules.policy import PolicyTerms
from settlement.store.audit import append
from settlement.store.decisions import DecisionRecord, insert_decision


@dataclass(frozen=True, slots=True)
class Advised:
    """A decision, what it took as granted before, and the record of it where one was made."""

    decision: Decision
    granted: Granted
    record: DecisionRecord | None = None


def suggest(sitting: Sitting, complaint: Complaint) -> Advised:
    """Decide a complaint and record the decision with its audit entry.

    Raises BadInput with every fault, NotAuthorised, CannotDecide, EnginesDisagree; then nothing is recorded.
    """
    role = sitting.actor.role
    if not reach(role, "post_suggestion.record"):
        raise NotAuthorised(f"the role {role} asks for no suggestions; try rules of another day with as_of")
    policy, packs = choose_books(sitting.books, complaint)
    check_word(complaint, policy, role)
    hidden = hide(sitting, complaint)
    granted = granted_before(sitting, hidden, policy, but=("", 0))
    return record_decision(sitting, hidden, policy, packs, granted)


def record_decision(
    sitting: Sitting,
    complaint: Complaint,
    policy: Policy,
    packs: Mapping[str, LiveEdition],
    granted: Granted,
    settled: Granted | None = None,
) -> Advised:
    """Decide and record, by books that were chosen; `complaint` names its customer by reference."""
    try:
        decision = decide(complaint, policy, packs, granted, settled)
    except CannotDecide as error:
        if may_grant(sitting.actor.role, Role.SUPERVISOR):
            raise
        # Why names amounts and rules that agents do not see: an absurd claim must not read out the award.
        raise CannotDecide("the rules give no answer to these facts; a supervisor sees why") from error
    record = record_of(
        decision,
        complaint,
        granted,
        settled,
        sitting.actor,
        decision_id=sitting.new_id("d"),
        now=sitting.now,
    )
    insert_decision(sitting.tx, record)
    append(
        sitting.tx,
        at=sitting.now,
        actor=sitting.actor.name,
        role=sitting.actor.role,
        event="decision_recorded",
        subject=record.id,
        body={
            "digest": record.digest,
            "case_id": record.case_id,
            "policy": record.policy,
            "edition": record.edition,
        },
    )
    return Advised(decision, granted, record)


def advise(books: Books, complaint: Complaint, role: Role) -> Advised:
    """The same without a record."""
    policy, packs = choose_books(books, complaint)
    check_word(complaint, policy, role)
    granted = Granted.nothing(policy.currency)
    return Advised(decide(complaint, policy, packs, granted), granted)


def try_as_of(books: Books, complaint: Complaint, role: Role, as_of: date) -> Decision:
    """What the rules of another day would say; never recorded, never offered. Raises as `suggest`."""
    if not reach(role, "post_suggestion.as_of"):
        raise NotAuthorised(
            "as_of is for finance and auditors; an answer of another day's rules cannot be offered"
        )
    policy, packs = choose_books(books, complaint, as_of)
    return decide(complaint, policy, packs, Granted.nothing(policy.currency))


def choose_books(
    books: Books, complaint: Complaint, as_of: date | None = None
) -> tuple[Policy, dict[str, LiveEdition]]:
    """The policy in force on the day received, and the newest edition of each claimed pack.

    Raises BadInput for names that are no books, NoEditionInForce.
    """
    faults: list[Fault] = []
    packs = {}
    for number, claim in enumerate(complaint.claims or ()):
        try:
            packs[claim.pack] = books.pack(claim.pack)
        except NotFound as unknown:
            faults.append(Fault(f"/claims/{number}/pack", str(unknown), "name a released pack"))
    policy = None
    try:
        day = as_of or _day_received(books, complaint.policy, complaint.case.received_at)
        several = books.policies_in_force(day) if complaint.policy is None else []
        if len(several) > 1:
            remedy = f"several are in force: write one of {', '.join(several)}"
            raise BadInput([*faults, Fault("/policy", "is missing", remedy)])
        policy = books.policy_for(complaint.policy, day)
    except NotFound as unknown:
        faults.append(Fault("/policy", str(unknown), "name a released policy"))
    if faults or policy is None:
        raise BadInput(faults)
    return Policy.of(policy), packs


def policy_received(books: Books, policy: str, received_at: datetime) -> Edition:
    """The edition of a policy by which a case is judged. Raises NotFound, NoEditionInForce."""
    return books.policy_for(policy, _day_received(books, policy, received_at)).edition


def terms_for(books: Books, policy: str, received_at: datetime) -> PolicyTerms:
    """What a policy said when a case came in. Raises NotFound, NoEditionInForce."""
    terms = policy_received(books, policy, received_at).terms
    assert terms is not None, "a policy has terms"
    return terms


def _day_received(books: Books, policy: str | None, received_at: datetime) -> date:
    """The day received, in the time zone of the named policy, else of any released one."""
    editions = books.of(policy) if policy else books.editions
    terms = [edition.terms for edition in editions if edition.terms and books.is_released(edition)]
    return local_day(received_at, terms[-1].time_zone if terms else "UTC")
