"""What was granted, by whom and to whom; limits of persons."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from settlement.cases.authority import PersonLimits
from settlement.decision.approval import Granted
from settlement.money import Money
from settlement.roles import Actor
from settlement.rules.policy import Limits
from settlement.store.tables import commitments, limits_set, promises

_PERIODS = ("case", "day", "month")


@dataclass(frozen=True, slots=True)
class Commitment:
    """What a talk has committed us to: offered, agreed, owed or lapsed, and since when."""

    state: str
    sums: Granted
    at: datetime


def put_commitment(
    tx: Connection,
    *,
    case_id: str,
    talk: int,
    state: str,
    person: str,
    sums: Granted,
    customer_ref: str | None,
    order_ref: str | None,
    day: date,
    now: datetime,
) -> None:
    """What a talk has committed us to now, offered or agreed; it takes the place of what stood before."""
    same = (commitments.c.case_id == case_id) & (commitments.c.talk == talk)
    tx.execute(delete(commitments).where(same))
    tx.execute(
        insert(commitments).values(
            case_id=case_id,
            talk=talk,
            state=state,
            person=person,
            day=day.isoformat(),
            currency=sums.owed.currency,
            customer_ref=customer_ref,
            order_ref=order_ref,
            owed=sums.owed.minor,
            goodwill=sums.goodwill.minor,
            at=now,
        )
    )


def name_commitment(
    tx: Connection, case_id: str, talk: int, customer_ref: str | None, order_ref: str | None
) -> None:
    """Fill in to whom and for which order it was granted, where that became known later."""
    same = (commitments.c.case_id == case_id) & (commitments.c.talk == talk)
    tx.execute(
        update(commitments)
        .where(same)
        .values(
            customer_ref=func.coalesce(commitments.c.customer_ref, customer_ref),
            order_ref=func.coalesce(commitments.c.order_ref, order_ref),
        )
    )


def mark_commitment(tx: Connection, case_id: str, talk: int, state: str) -> None:
    """What was offered was agreed, or is only offered again; the sums stay."""
    same = (commitments.c.case_id == case_id) & (commitments.c.talk == talk)
    tx.execute(update(commitments).where(same).values(state=state))


def lapse(tx: Connection, case_id: str, talk: int) -> None:
    """The offer that was put stands no more: what is owed stays, the goodwill does not count any longer."""
    same = (commitments.c.case_id == case_id) & (commitments.c.talk == talk)
    tx.execute(update(commitments).where(same).values(state="lapsed", goodwill=0))


def find_commitment(tx: Connection, case_id: str, talk: int) -> Commitment | None:
    """What a talk has committed us to; None where nothing."""
    same = (commitments.c.case_id == case_id) & (commitments.c.talk == talk)
    row = tx.execute(select(commitments).where(same)).mappings().one_or_none()
    if row is None:
        return None
    owed, goodwill = (Money(row[part], row["currency"]) for part in ("owed", "goodwill"))
    return Commitment(row["state"], Granted(owed, goodwill), row["at"])


def granted_to(
    tx: Connection,
    *,
    customer_ref: str | None,
    order_ref: str | None,
    cases: tuple[str, ...],
    since: datetime,
    but: tuple[str, int],
    currency: str,
) -> Granted:
    """What an order, a customer or some cases got since a moment, but for the talk `but` (case, talk)."""
    whose: list[ColumnElement[bool]] = [commitments.c.case_id.in_(cases)]
    whose += [commitments.c.customer_ref == customer_ref] if customer_ref else []
    whose += [commitments.c.order_ref == order_ref] if order_ref else []
    return _sum(tx, and_(or_(*whose), commitments.c.at >= since), but, currency)


def settled_before(tx: Connection, case_id: str, talk: int, currency: str) -> Granted:
    """What a case got in the talks before one: what was owed, and goodwill that was agreed.

    An offer that nobody took gave what is owed and nothing else. What is owed and promised counts, also
    where nobody has granted it yet: it can only be given.
    """
    earlier = and_(commitments.c.case_id == case_id, commitments.c.talk < talk)
    nothing = (case_id, talk)
    owed = _sum(tx, earlier, nothing, currency).owed + _promised_alone(tx, case_id, talk, currency)
    return Granted(owed, _sum(tx, and_(earlier, commitments.c.state == "agreed"), nothing, currency).goodwill)


def _promised_alone(tx: Connection, case_id: str, talk: int, currency: str) -> Money:
    """What is owed by promises of talks before one to which nothing was granted."""
    granted = select(commitments.c.talk).where(commitments.c.case_id == case_id)
    query = select(func.coalesce(func.sum(promises.c.amount), 0)).where(
        promises.c.case_id == case_id,
        promises.c.talk < talk,
        promises.c.talk.not_in(granted),
        promises.c.kind == "owed",
        promises.c.state != "replaced",
    )
    return Money(int(tx.scalar(query) or 0), currency)


def granted_by(
    tx: Connection, person: str, *, first: date, last: date, but: tuple[str, int], currency: str
) -> Granted:
    """What a person granted from one local day to another, but for the talk `but`."""
    days = commitments.c.day.between(first.isoformat(), last.isoformat())
    return _sum(tx, and_(commitments.c.person == person, days), but, currency)


def _sum(tx: Connection, which: ColumnElement[bool], but: tuple[str, int], currency: str) -> Granted:
    own = and_(commitments.c.case_id == but[0], commitments.c.talk == but[1])
    query = select(
        func.coalesce(func.sum(commitments.c.owed), 0), func.coalesce(func.sum(commitments.c.goodwill), 0)
    ).where(which, ~own, commitments.c.currency == currency)
    owed, goodwill = tx.execute(query).one()
    return Granted(Money(int(owed), currency), Money(int(goodwill), currency))


# ---------------------------------------------------------------- limits of persons


def add_limits(tx: Connection, person: Actor, limits: PersonLimits, *, set_by: str, now: datetime) -> None:
    """Set what a person may grant in their role; earlier limits stay on record."""
    number = select(func.coalesce(func.max(limits_set.c.number), 0) + 1).scalar_subquery()
    amounts: dict[str, Any] = {
        f"{part}_{period}": getattr(getattr(limits, part), period).minor
        for part in ("owed", "goodwill")
        for period in _PERIODS
    }
    tx.execute(
        insert(limits_set).values(
            number=number,
            person=person.name,
            role=str(person.role),
            set_by=set_by,
            at=now,
            currency=limits.owed.case.currency,
            **amounts,
        )
    )


def find_limits(tx: Connection, person: Actor, currency: str) -> PersonLimits | None:
    """The limits set last for a person in their role; None where the role's stand."""
    row = (
        tx.execute(
            select(limits_set)
            .where(
                limits_set.c.person == person.name,
                limits_set.c.role == str(person.role),
                limits_set.c.currency == currency,
            )
            .order_by(limits_set.c.number.desc())
            .limit(1)
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    owed, goodwill = (
        Limits(*(Money(row[f"{part}_{period}"], currency) for period in _PERIODS))
        for part in ("owed", "goodwill")
    )
    return PersonLimits(owed, goodwill)


def has_limits(tx: Connection, person: Actor) -> bool:
    """Whether limits were ever set for a person in their role, in whatever currency."""
    theirs = (limits_set.c.person == person.name) & (limits_set.c.role == str(person.role))
    return tx.scalar(select(limits_set.c.number).where(theirs).limit(1)) is not None
