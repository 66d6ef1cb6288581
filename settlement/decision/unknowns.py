"""What the complaint does not say. Unknown is never zero: each gap is named in the answer."""

from settlement.complaint import Complaint
from settlement.decision.approval import Granted
from settlement.decision.clocks import Deadlines


def unknowns(complaint: Complaint) -> list[str]:
    """Codes of what was left out, in the order of the request; value has its own in `valuation`."""
    matter, customer = complaint.complaint, complaint.customer
    missing = {
        "duration_unknown": matter.duration_h is None,
        "loss_unproven": matter.loss.verified is None and matter.loss.claimed is not None,
        "loss_unknown": matter.loss.verified is None and matter.loss.claimed is None,
        "no_evidence": not matter.evidence,
        "demand_unknown": matter.demand is None,
        "order_unknown": complaint.order is None,
        "no_claims": not complaint.claims,
        "history_unknown": customer is not None and not customer.profile_free and customer.history is None,
        "abuse_unknown": customer is not None and customer.abuse is None,
    }
    return [code for code, is_missing in missing.items() if is_missing]


def unannounced(deadlines: Deadlines) -> list[str]:
    """Codes of the years that a limit reached and whose working days are not announced."""
    return [f"year_not_announced:{year}" for year in sorted(deadlines.unannounced)]


def settled_before(settled: Granted | None) -> list[str]:
    """Code of what talks before these gave, where they gave money."""
    return [f"settled_before:{settled.total}"] if settled and settled.total else []
