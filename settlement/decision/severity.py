"""How bad it is, who answers for it, who takes it: three tables that never see who complains."""

from dataclasses import dataclass
from fractions import Fraction

from settlement.complaint import Matter, Order
from settlement.rules.evaluate import Evaluation, Known
from settlement.rules.live_policy import Policy, count_of, rate_of, word_of

GRADES = {1: "minor", 2: "moderate", 3: "serious", 4: "severe", 5: "critical"}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The grade of the harm, 1 to 5; the share that is ours; the team that takes it."""

    grade: int
    liability: Fraction
    lead: str
    evaluations: tuple[Evaluation, ...]


def diagnose(matter: Matter, order: Order | None, policy: Policy) -> Diagnosis:
    """Ask the three tables."""
    severity, liability = grade_severity(matter, policy), find_liability(matter, policy)
    lead = find_lead(matter, order, policy)
    return Diagnosis(
        grade=count_of(severity, "grade"),
        liability=rate_of(liability, "liability_rate"),
        lead=word_of(lead, "lead"),
        evaluations=(severity, liability, lead),
    )


def grade_severity(matter: Matter, policy: Policy) -> Evaluation:
    """`grade` of the harm, 1 to 5."""
    signals, verified = matter.signals, matter.loss.verified
    facts: dict[str, Known] = {
        "harm": matter.harm,
        "loss": None if verified is None else verified.minor,
        "duration_h": matter.duration_h,
        "affected": matter.affected,
        "repeat_contacts": signals.repeat_contacts,
        "prior_complaints_12m": signals.prior_complaints_12m,
        "broken_promises": signals.broken_promises,
        "hours_waiting": signals.hours_waiting,
        "vulnerable": signals.vulnerable,
    }
    return policy.evaluate(facts, ["grade"])


def find_liability(matter: Matter, policy: Policy) -> Evaluation:
    """`liability_rate`: the share that is ours."""
    found = {evidence.kind for evidence in matter.evidence or ()}
    facts: dict[str, Known] = {f"evidence_{kind}": kind in found for kind in policy.terms.evidence_kinds}
    return policy.evaluate(facts | {"problem": matter.problem, "cause": matter.cause}, ["liability_rate"])


def find_lead(matter: Matter, order: Order | None, policy: Policy) -> Evaluation:
    """`lead`: the team that takes it."""
    category = order.category if order else None
    return policy.evaluate({"problem": matter.problem, "harm": matter.harm, "category": category}, ["lead"])


def award_for(grade: int, harm: str, policy: Policy) -> Evaluation:
    """`award`: what this harm deserves beyond what is owed."""
    return policy.evaluate({"grade": grade, "harm": harm}, ["award"])


def priority_of(matter: Matter, grade: int) -> str:
    """Urgent cases first. Loud words and a call for a manager move the place in the queue, nothing else."""
    signals = matter.signals
    urgent = grade >= 4 or signals.vulnerable or signals.negative_words or signals.asks_escalation
    return "high" if urgent else "normal"
