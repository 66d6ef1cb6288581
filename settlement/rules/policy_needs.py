"""What a policy must hold so that every decision finds what it needs."""

from settlement.rules.faults import Faults
from settlement.rules.policy import PolicyTerms
from settlement.rules.talk import SLOTS

REQUIRED_TEXTS = tuple(SLOTS)
"""Lines of talk that advice can name, at first or later, and the clauses that fill them."""

REQUIRED_GESTURES = ("explanation", "apology")


def check_needs(terms: PolicyTerms, faults: Faults) -> None:
    """Add a fault for everything that some decision would miss."""
    _check_cash(terms, faults)
    kinds = {gesture.kind for gesture in terms.gestures if not gesture.problems}
    for kind in REQUIRED_GESTURES:
        if kind not in kinds:
            problem = f"there is no {kind} that suits every problem"
            faults.add("gesture", problem, f'write one with kind = "{kind}"')
    for code in REQUIRED_TEXTS:
        if code not in terms.texts:
            faults.add(f'text "{code}"', "is missing", f'write a [[text]] with code = "{code}"')
    for code, variants in terms.texts.items():
        if all(line.mood or line.channels for line in variants):
            problem = "has no variant for every mood and channel"
            faults.add(f'text "{code}"', problem, "write one without mood and channels")
    if terms.gift and any(i.id == terms.gift.instrument and not i.available for i in terms.instruments):
        faults.add("gift, instrument", f"{terms.gift.instrument!r} is not available", "name one that is")


def _check_cash(terms: PolicyTerms, faults: Faults) -> None:
    """Option 1 is always pure cash."""
    cash = [instrument for instrument in terms.instruments if instrument.kind == "cash"]
    if len(cash) != 1:
        faults.add("instrument", f"{len(cash)} are of kind cash", "write exactly one")
        return
    only = cash[0]
    is_worth_its_face = only.cost == 1 and only.value == 1
    if not is_worth_its_face or only.categories or only.problems or not only.available:
        remedy = 'write cost = "100%", value = "100%", no categories or problems, and leave it available'
        faults.add(f'instrument "{only.id}"', "is cash that is not always worth its face", remedy)
    if only.lead.rough_minutes > terms.ladder.longest_lead.rough_minutes:
        faults.add(f'instrument "{only.id}", lead', "is longer than longest_lead", "shorten it")
