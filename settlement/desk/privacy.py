"""Records name customers, orders, evidence and what was said by reference, so that they can be forgotten."""

from settlement.complaint import Complaint
from settlement.desk.sitting import Sitting
from settlement.store import privacy


def hide(sitting: Sitting, complaint: Complaint) -> Complaint:
    """The complaint as it is recorded: ids and evidence by our own references, the same each time."""
    customer, order = complaint.customer, complaint.order
    whose = _reference(sitting, "customer", customer.id, None) if customer else None
    evidence = complaint.complaint.evidence
    hidden_evidence = evidence and tuple(
        each.model_copy(update={"ref": _reference(sitting, "evidence", each.ref, whose)}) for each in evidence
    )
    return complaint.model_copy(
        update={
            "customer": customer and customer.model_copy(update={"id": whose}),
            "order": order and order.model_copy(update={"id": _reference(sitting, "order", order.id, whose)}),
            "complaint": complaint.complaint.model_copy(update={"evidence": hidden_evidence}),
        }
    )


def keep_text(sitting: Sitting, text: str | None, case_id: str) -> str | None:
    """What was said, kept apart; the reference that stands for it in records."""
    if text is None:
        return None
    ref = sitting.new_id("x")
    privacy.add_text(sitting.tx, ref, text=text, case_id=case_id, now=sitting.now)
    return ref


_PREFIXES = {"customer": "k", "order": "o", "evidence": "e"}


def _reference(sitting: Sitting, kind: str, value: str, whose: str | None) -> str:
    found = privacy.find_reference(sitting.tx, kind, value)
    if found is None:
        found = sitting.new_id(_PREFIXES[kind])
        privacy.add_identity(sitting.tx, found, kind=kind, value=value, customer_ref=whose, now=sitting.now)
    return found
