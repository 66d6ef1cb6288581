"""Forgetting who somebody is. What was decided and granted stays: it names people by reference only."""

import re
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
_OF_WHOM = re.compile(r"[ko]-[0-9a-z]{16}", re.ASCII)


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

    Raises NotFound for nobody we know, Refused naming every case that is open, held or under review.
    """
    return _erase_customer(sitting, _known(sitting, "customer", customer), why)


def erase_order(sitting: Sitting, order: str, why: Why) -> Erased:
    """The same for whoever had an order, by its own id. Raises Refused too where several customers had it."""
    return _erase_order(sitting, _known(sitting, "order", order), why)


def erase_case(sitting: Sitting, case_id: str, why: Why) -> Erased:
    """The same for the customer of a case; where nobody is known, any more or yet, for this case alone."""
    found = privacy.find_cases(sitting.tx, [case_id])
    if not found:
        raise NotFound(f"no case {case_id!r}")
    return _erase_whose(sitting, found, (), why)


def erase_reference(sitting: Sitting, ref: str, why: Why) -> Erased:
    """The same by a reference of our records, k-… or o-…, also one that stands for nobody any more."""
    if not _OF_WHOM.fullmatch(ref):
        raise NotFound(f"{ref!r} is no reference of ours to a customer, k-…, or to an order, o-…")
    erase = _erase_customer if ref.startswith("k-") else _erase_order
    return erase(sitting, ref, why)


def _known(sitting: Sitting, kind: str, value: str) -> str:
    ref = privacy.find_reference(sitting.tx, kind, value)
    if ref is None:
        raise NotFound(f"no {kind} is known by that id; perhaps it was forgotten already")
    return ref


def _erase_customer(sitting: Sitting, ref: str, why: Why) -> Erased:
    return _erase(sitting, [ref], privacy.cases_naming(sitting.tx, ref), why)


def _erase_order(sitting: Sitting, ref: str, why: Why) -> Erased:
    return _erase_whose(sitting, privacy.cases_naming(sitting.tx, ref), (ref,), why)


def _erase_whose(sitting: Sitting, found: list[CaseOfSomebody], orders: tuple[str, ...], why: Why) -> Erased:
    """Forget the one customer to whom cases and orders belong, with all their cases."""
    tx = sitting.tx
    named = {case.customer_ref for case in found} | {privacy.customer_of(tx, ref) for ref in orders}
    known = sorted(ref for ref in named if ref is not None and privacy.identity_of(tx, ref) is not None)
    if len(known) > 1:
        raise Refused(f"several customers had it: name one of their cases, {', '.join(c.id for c in found)}")
    theirs = {case.id: case for ref in known for case in privacy.cases_naming(tx, ref)}
    return _erase(sitting, [*known, *orders], list((theirs | {c.id: c for c in found}).values()), why)


def _erase(sitting: Sitting, refs: list[str], theirs: list[CaseOfSomebody], why: Why) -> Erased:
    if hindered := [each for case in theirs for each in _hindrances(sitting, case)]:
        raise Refused(f"cannot be forgotten yet: {'; '.join(hindered)}")
    erased = forget(sitting, refs, theirs, why)
    if not erased.entries:
        raise NotFound("nothing is known there any more: no name, and nothing that was said")
    return erased


def _hindrances(sitting: Sitting, case: CaseOfSomebody) -> list[str]:
    """Why somebody cannot be forgotten because of a case, and what to do first."""
    found = []
    if case.state != State.CLOSED:
        found.append(f"case {case.id} is {case.state}: close it first")
    elif is_reviewed(sitting, case):
        found.append(f"a review of case {case.id} was asked for and is not done: do it first")
    if case.hold == "legal":
        found.append(f"case {case.id} is under a legal hold, which somebody must release first")
    elif case.hold is not None:
        found.append(f"case {case.id} is marked {case.hold}: somebody must take the mark away first")
    return found


def is_reviewed(sitting: Sitting, case: CaseOfSomebody) -> bool:
    """Whether somebody who was not involved is to look at a case again."""
    return find_case(sitting.tx, case.id).review == "requested"


def forget(sitting: Sitting, refs: list[str], theirs: list[CaseOfSomebody], why: Why) -> Erased:
    """Delete what references and those of somebody's cases stand for; say so in each case and in the log.

    refs   the customer, where one is known, then the order that led to them
    An order or a piece of evidence that another case needs stays.
    """
    ids = [case.id for case in theirs]
    subject = refs[0] if refs else None
    customer = subject if subject and subject.startswith("k-") else None
    gone = privacy.forget(sitting.tx, [*refs, *_references(sitting, customer, ids)], ids)
    body = {"why": str(why), "customer": customer}
    for each in ids:
        record(sitting, find_case(sitting.tx, each), "identity_erased", body)
    if subject is not None:
        _log(sitting, subject, {"why": str(why), "cases": ids, "entries": gone})
    return Erased(tuple(ids), gone)


def forget_stray(sitting: Sitting, ref: str) -> None:
    """Delete what one order or piece of evidence stands for that belongs to nobody we know."""
    forget(sitting, [ref], [], Why.RETENTION)


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


def _references(sitting: Sitting, customer_ref: str | None, ids: list[str]) -> list[str]:
    """The orders and the evidence that the records of somebody name and nobody else needs."""
    named: set[str] = set()
    for text in privacy.records_naming(sitting.tx, ids, customer_ref):
        named.update(_REFERENCE.findall(text))
    return [each for each in sorted(named) if not privacy.is_named_elsewhere(sitting.tx, each, ids)]
