"""The customer's letter about what was agreed."""

from settlement.cases.letter import Agreement, write_letter
from settlement.cases.lifecycle import Case
from settlement.cases.promises import PromiseState
from settlement.dates import local_day
from settlement.decision.answer import OptionPart
from settlement.desk.case_file import policy_of
from settlement.desk.records import decision_of, phrases_for
from settlement.desk.sitting import Sitting
from settlement.errors import NotFound
from settlement.money import Money
from settlement.store.cases import find_history
from settlement.store.decisions import find_decision
from settlement.store.promises import promises_of


def customer_letter(sitting: Sitting, case: Case, language: str) -> str:
    """The letter about the last agreement of a case. Raises NotFound where nothing was agreed."""
    agreed = [event for event in find_history(sitting.tx, case.id) if event.name == "agreed"]
    if not agreed:
        raise NotFound(f"case {case.id} has no agreement; a letter follows a yes of the customer")
    event, policy = agreed[-1], policy_of(sitting, case)
    option = event.body["option"]
    parts = tuple(
        OptionPart(instrument=part["instrument"], face=Money.of(**part["face"]))
        for part in (option["parts"] if option else ())
    )
    decision = decision_of(find_decision(sitting.tx, event.body["decision"]))
    agreement = Agreement(
        case_id=case.id,
        owner=case.owner,
        day=local_day(event.at, policy.terms.time_zone),
        decision=decision,
        cash=Money.of(**option["cash"]) if option else Money.zero(policy.currency),
        parts=parts,
        promises=tuple(
            promise
            for promise in promises_of(sitting.tx, case.id)
            if promise.made_at >= event.at and promise.state is not PromiseState.REPLACED
        ),
    )
    return write_letter(agreement, phrases_for(decision, sitting.books, language))
