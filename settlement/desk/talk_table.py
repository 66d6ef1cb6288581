"""The talks of a case out of the records: the decision from which they began, and what happened."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from settlement.cases.approvals import Approval, standing
from settlement.cases.lifecycle import Case, Event, State
from settlement.decision.decided import Decided
from settlement.desk.records import books_of, complaint_of, decision_of, granted_of
from settlement.desk.sitting import Sitting
from settlement.errors import Refused
from settlement.negotiation import events as told
from settlement.negotiation.events import FactsChanged, Happened
from settlement.rules.live_policy import Policy
from settlement.store import approvals as approval_store
from settlement.store.decisions import find_decision

_EVENT: TypeAdapter[Any] = TypeAdapter(told.Event)


@dataclass(frozen=True, slots=True)
class Table:
    """The talks of a case as somebody sees them: from what they began, and what happened."""

    decided: Decided
    history: tuple[Happened, ...]
    approvals: tuple[Approval, ...]


def read_table(sitting: Sitting, case: Case) -> Table:
    """The talks from the records. Raises Refused where nothing was suggested yet."""
    if case.ground is None:
        raise Refused(f"case {case.id} is {case.state}: diagnose it and ask for a suggestion first")
    stored = approval_store.approvals_of(sitting.tx, case.id, case.talk)
    found = tuple(standing(each, sitting.now) for each in stored)
    # By time alone, where nobody noted it yet; else it is told by the events, as far as they are read.
    unnoted = {each.id for each in stored if each.state is not standing(each, sitting.now).state}
    lapsed = case.lapsed | unnoted
    moment = sitting.now if case.state in _STILL_OPEN or not case.rounds else case.rounds[-1].at
    history = tuple(
        _happened(sitting, event, moment) for event in case.rounds if event.body.get("approval") not in lapsed
    )
    return Table(_decided(sitting, case.ground, moment), history, found)


_STILL_OPEN = frozenset({State.DIAGNOSED, State.SUGGESTED, State.TALKING})


def _decided(sitting: Sitting, decision_id: str, moment: datetime) -> Decided:
    """A recorded decision as ground for talks; dates count from now, when an offer would be accepted.

    Once the talks are over they count from their end, as the promises do.
    """
    stored = find_decision(sitting.tx, decision_id)
    policy, _ = books_of(stored, sitting.books)
    return Decided(decision_of(stored), complaint_of(stored), Policy.of(policy), granted_of(stored), moment)


def _happened(sitting: Sitting, event: Event, moment: datetime) -> Happened:
    if event.name == "facts_changed":
        return FactsChanged(_decided(sitting, event.body["decision"], moment))
    beside = ("approval", "amount") if event.name == "offered" else ("approval",)
    body = {name: value for name, value in event.body.items() if name not in beside}
    happened: Happened = _EVENT.validate_python({"event": event.name, **body}, strict=False)
    return happened
