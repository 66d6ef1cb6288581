"""Forgetting in time: what was closed for as long as its policy keeps it.

Each duty is looked at as `duties` does it: what there is to do, or None where there is nothing.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from settlement.desk.erasure import Why, forget, forget_stray, is_reviewed
from settlement.desk.sitting import Sitting
from settlement.desk.suggestions import terms_for
from settlement.rules.case_terms import RetentionTerms
from settlement.rules.library import Books
from settlement.store import due, privacy
from settlement.store.due import KeptSince
from settlement.store.privacy import CaseOfSomebody

Deed = Callable[[], object] | None


def old_customers(tx: Connection, books: Books, now: datetime) -> list[tuple[str]]:
    return [(ref,) for ref in due.customers_unseen_since(tx, _kept_since(books, now))]


def forget_customer(sitting: Sitting, ref: str) -> Deed:
    """A customer is forgotten once the last of their cases was kept for as long as its policy says."""
    theirs = privacy.cases_naming(sitting.tx, ref)
    if not all(_is_over(sitting, case) for case in theirs):
        return None
    if not theirs and not _unseen(sitting, ref):
        return None
    return lambda: forget(sitting, [ref], theirs, Why.RETENTION)


def old_nameless_cases(tx: Connection, books: Books, now: datetime) -> list[tuple[str]]:
    return [(case,) for case in due.nameless_cases_closed_before(tx, _kept_since(books, now))]


def forget_case(sitting: Sitting, case_id: str) -> Deed:
    """What was said in a case is forgotten too where its customer is not known, or not any more."""
    found = privacy.find_cases(sitting.tx, [case_id])
    if not all(_is_over(sitting, case) for case in found):
        return None
    return lambda: forget(sitting, [], found, Why.RETENTION)


def old_strays(tx: Connection, books: Books, now: datetime) -> list[tuple[str]]:
    return [(ref,) for ref in due.stray_identities_before(tx, now - _longest_keep(books))]


def forget_old_stray(sitting: Sitting, ref: str) -> Deed:
    """An order or a piece of evidence without a customer, of which no case needs to know any more."""
    if privacy.is_named_elsewhere(sitting.tx, ref, ()) or not _unseen(sitting, ref):
        return None
    return lambda: forget_stray(sitting, ref)


def _unseen(sitting: Sitting, ref: str) -> bool:
    """Whether nobody asked about it for as long as anything is kept."""
    moment = sitting.now - _longest_keep(sitting.books)
    known = privacy.identity_known_since(sitting.tx, ref)
    return known is not None and known < moment and not privacy.is_decided_since(sitting.tx, ref, moment)


# ---------------------------------------------------------------- how long that is


def _is_over(sitting: Sitting, case: CaseOfSomebody) -> bool:
    """Whether a case was closed, and nothing said in it, for as long as its policy keeps it.

    Never under a legal hold, or while somebody is to look at it again.
    """
    if case.closed_at is None or case.hold == "legal" or is_reviewed(sitting, case):
        return False
    kept = terms_for(sitting.books, case.policy, case.received_at).life.retention
    last = max(case.closed_at, case.said_at or case.closed_at)
    return sitting.now >= last + timedelta(days=_days(kept, case.hold))


def _days(kept: RetentionTerms, hold: str | None) -> int:
    return kept.important_days if hold == "important" else kept.keep_days


def _kept_since(books: Books, now: datetime) -> KeptSince:
    """What was closed before this may be kept no more: by the policy that keeps for the shortest time."""
    kept = _keeps(books)
    usual = min(terms.keep_days for terms in kept)
    important = min(terms.important_days for terms in kept)
    return KeptSince(now - timedelta(days=usual), now - timedelta(days=important))


def _longest_keep(books: Books) -> timedelta:
    """How long those are kept who never had a case: as long as the most patient policy keeps one."""
    return timedelta(days=max(terms.keep_days for terms in _keeps(books)))


def _keeps(books: Books) -> list[RetentionTerms]:
    released = [edition.terms for edition in books.editions if edition.terms and books.is_released(edition)]
    return [terms.life.retention for terms in released] or [_FOR_EVER]


_FOR_EVER = RetentionTerms(keep_days=36_500, important_days=36_500)
"""Without a policy nobody said how long: nothing is forgotten by itself."""
