"""The customer's letter about how talks ended."""

from dataclasses import dataclass

from settlement.cases.letter import Ending, StandingOffer, write_letter
from settlement.cases.lifecycle import Case, Event, ends_of_talks
from settlement.cases.promises import DONE, PromiseState
from settlement.dates import local_day
from settlement.desk.case_file import policy_of
from settlement.desk.negotiations import advice_for
from settlement.desk.promises import due_after
from settlement.desk.records import complaint_of, decision_of, phrases_for
from settlement.desk.sitting import Sitting
from settlement.errors import NotFound
from settlement.negotiation.words import what_went_wrong
from settlement.store.cases import find_history
from settlement.store.decisions import find_decision
from settlement.store.promises import promises_of


@dataclass(frozen=True, slots=True)
class CustomerLetter:
    """A letter with the talks that it is about and the decision that it rests on."""

    talk: int
    decision: str
    text: str


def customer_letter(sitting: Sitting, case: Case, language: str, talk: int | None = None) -> CustomerLetter:
    """The letter about how some talks ended, by default the last that did. Raises NotFound."""
    ends = ends_of_talks(case.id, find_history(sitting.tx, case.id))
    found = ends.get(talk or max(ends, default=0))
    if found is None:
        which = f"talks {talk} of case {case.id} have" if talk else f"case {case.id} has"
        raise NotFound(f"{which} no end yet; a letter follows a yes of the customer, or the end of the talks")
    then, event = found
    assert then.decision is not None, "talks rest on a decision"
    stored = find_decision(sitting.tx, then.decision)
    decision, phrases = decision_of(stored), phrases_for(decision_of(stored), sitting.books, language)
    made = [each for each in promises_of(sitting.tx, case.id) if each.kind != "date"]
    matter = complaint_of(stored).complaint
    ending = Ending(
        case_id=case.id,
        owner=case.owner,
        day=local_day(event.at, phrases.terms.time_zone),
        decision=decision,
        wrong=what_went_wrong(matter, decision.severity.grade, phrases.terms) if decision.liability else None,
        promises=tuple(p for p in made if p.talk == then.talk and p.state is not PromiseState.REPLACED),
        earlier=tuple(p for p in made if p.talk < then.talk and p.state in DONE),
        agreed=event.name == "agreed",
        standing=_standing(sitting, then, event),
    )
    return CustomerLetter(then.talk, stored.id, write_letter(ending, phrases))


def _standing(sitting: Sitting, then: Case, event: Event) -> StandingOffer | None:
    """The offer that the customer left on the table."""
    amount = advice_for(sitting, then).amount if event.name == "talks_ended" else None
    if not amount:
        return None
    terms = policy_of(sitting, then).terms
    return StandingOffer(amount, due_after(terms.ladder.offer_stands, event.at, terms))
