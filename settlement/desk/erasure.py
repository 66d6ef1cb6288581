"""Forgetting who somebody is. What was decided and granted stays: it names people by reference only."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from settlement.cases.lifecycle import State
from settlement.desk.case_file import record
from settlement.desk.sitting import Sitting
from settlement.errors import NotFound, Refused
from settlement.store import privacy
from settlement.store.audit import append
from settlement.store.cases import find_case
from settlement.store.privacy import CaseOfSomebody

_REFERENCE = re.compile(r"\b[oe]-[0-9a-z]{16}\b", re.ASCII)


class Why(StrEnum):
    """Why somebody is forgotten: a word, for a sentence in the log might tell who it was."""

    ASKED = "asked"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    PURPOSE_ENDED = "purpose_ended"
    UNLAWFUL = "unlawful"
    RETENTION = "retention"


REASONS = tuple(why for why in Why if why is not Why.RETENTION)
"""What a person may give; the last is for time alone."""


@dataclass(frozen=True, slots=True)
class Erased:
    """The cases in which somebody was forgotten, and how many entries went."""

    cases: tuple[str, ...]
    entries: int


def erase_customer(sitting: Sitting, customer: str, why: Why) -> Erased:
    """Forget a customer by their own id: who they are, their orders, what was said in their cases.

    Raises NotFound for nobody we know, Refused naming every case that is open or under a legal hold.
    """
    ref = privacy.find_reference(sitting.tx, "customer", customer)
    if ref is None:
        raise NotFound("no customer is known by that id; perhaps they were forgotten already")
    theirs = privacy.cases_naming(sitting.tx, ref)
    if hindered := [
        _hindrance(case) for case in theirs if case.state != State.CLOSED or case.hold == "legal"
    ]:
        raise Refused(f"cannot be forgotten yet: {'; '.join(hindered)}")
    return forget(sitting, ref, theirs, why)


def _hindrance(case: CaseOfSomebody) -> str:
    if case.hold == "legal":
        return f"case {case.id} is under a legal hold, which somebody must release first"
    return f"case {case.id} is {case.state}: close it first"


def forget(sitting: Sitting, customer_ref: str | None, theirs: list[CaseOfSomebody], why: Why) -> Erased:
    """Delete what references of somebody's cases stand for, and say so in each case and in the log.

    An order or a piece of evidence that another case needs stays. `customer_ref` None: nobody was known.
    """
    ids = [case.id for case in theirs]
    refs = _references(sitting, customer_ref, ids)
    gone = privacy.forget(sitting.tx, refs, ids, customer_ref)
    body = {"why": str(why), "customer": customer_ref}
    for each in ids:
        record(sitting, find_case(sitting.tx, each), "identity_erased", body)
    if customer_ref is not None:
        _log(sitting, customer_ref, {"why": str(why), "cases": ids, "entries": gone})
    return Erased(tuple(ids), gone)


def forget_stray(sitting: Sitting, ref: str) -> None:
    """Delete what one order or piece of evidence stands for that belongs to nobody we know."""
    privacy.forget(sitting.tx, [ref], (), None)
    _log(sitting, ref, {"why": str(Why.RETENTION), "cases": [], "entries": 1})


def _log(sitting: Sitting, subject: str, body: dict[str, object]) -> None:
    actor = sitting.actor
    append(
        sitting.tx,
        at=sitting.now,
        actor=actor.name,
        role=actor.role,
        event="identity_erased",
        subject=subject,
        body=body,
    )


def _references(sitting: Sitting, customer_ref: str | None, case_ids: Iterable[str]) -> list[str]:
    """What the records of somebody name and nobody else needs; the customer first."""
    ids = list(case_ids)
    named: set[str] = set()
    for text in privacy.records_naming(sitting.tx, ids, customer_ref):
        named.update(_REFERENCE.findall(text))
    own = [each for each in sorted(named) if not privacy.is_named_elsewhere(sitting.tx, each, ids)]
    return ([customer_ref] if customer_ref is not None else []) + own
