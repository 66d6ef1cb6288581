"""Reports on work and money: pure sums over what the records tell.

What is unknown has a column of its own and is never zero. Every sum of money is exact and of one currency.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from settlement.cases.approvals import Approval, ApprovalState
from settlement.cases.clocks import RunningClock, is_overdue, was_kept
from settlement.cases.promises import FINAL, Promise, PromiseState, standing
from settlement.cases.tallies import Row, groups, middle, ratio, total
from settlement.cases.told import CaseTold, TalkTold
from settlement.decision.approval import Granted
from settlement.money import Money
from settlement.rules.case_terms import GrantTerms

TalkKey = tuple[str, int]
"""A talk: the case, and its number in it."""

_MINUTE, _SECOND = timedelta(minutes=1), timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Override:
    """Another sum than the advised one that was put, at which rung, and the rows that asked for approval."""

    person: str
    rung: str
    rows: tuple[str, ...]
    advised: Money
    put: Money


def report_cases(cases: Iterable[CaseTold]) -> list[Row]:
    """How many cases of each sort, how long until the customer was told, and how satisfied they were."""
    return [
        {"kind": kind, "problem": problem, "cause": cause} | _row_of_cases(group)
        for (kind, problem, cause), group in groups(cases, lambda c: (c.kind, c.problem, c.cause))
    ]


def _row_of_cases(group: Sequence[CaseTold]) -> Row:
    minutes = [(case.told_at - case.received_at) // _MINUTE for case in group if case.told_at]
    ratings = [case.rating for case in group if case.rating is not None]
    return {
        "cases": len(group),
        "closed": sum(case.state == "closed" for case in group),
        "reopened": sum(len(case.talks) > 1 for case in group),
        "told": len(minutes),
        "median_min_to_told": middle(minutes),
        "visited": sum(case.visited for case in group),
        "reached": sum(case.reached for case in group),
        "rated": len(ratings),
        "mean_rating": ratio(sum(ratings), len(ratings)),
        "solved": sum(case.solved == "yes" for case in group),
        "solved_unknown": sum(case.solved is None for case in group),
    }


# ---------------------------------------------------------------- asked, offered, agreed, kept


def report_money(
    cases: Iterable[CaseTold],
    committed: Mapping[TalkKey, Granted],
    promises: Mapping[TalkKey, Sequence[Promise]],
) -> list[Row]:
    """Asked, offered, agreed and kept, talk by talk; `owed` is due although talks ended without a yes.

    Beside each sum stands of how many talks it is known. agreed + owed = kept + waiting.
    """
    talks = [
        _money_of(case, talk, committed.get((case.id, talk.number)), promises.get((case.id, talk.number), ()))
        for case in cases
        if case.kind == "complaint"
        for talk in case.talks
    ]
    return [
        {"problem": problem, "cause": cause, "currency": currency} | _summed(group, str(currency))
        for (problem, cause, currency), group in groups(talks, lambda t: (t.problem, t.cause, t.currency))
    ]


@dataclass(frozen=True, slots=True)
class _MoneyOfTalk:
    problem: str
    cause: str
    currency: str
    asked: Money | None
    offered: Money | None
    agreed: Money | None
    owed: Money | None
    kept: Money | None


def _money_of(
    case: CaseTold, talk: TalkTold, committed: Granted | None, promises: Sequence[Promise]
) -> _MoneyOfTalk:
    owed = committed.owed if committed is not None and talk.ended else None
    due = talk.agreed if talk.agreed is not None else owed
    kinds = ("cash", "part") if talk.agreed is not None else ("owed",)
    # One that was replaced has its successor here, which is done or not.
    done = all(promise.state in FINAL for promise in promises if promise.kind in kinds)
    return _MoneyOfTalk(
        problem=case.problem,
        cause=case.cause,
        currency=case.currency,
        asked=talk.asked,
        offered=talk.last,
        agreed=talk.agreed,
        owed=owed,
        kept=due if done else None,
    )


def _summed(group: Sequence[_MoneyOfTalk], currency: str) -> Row:
    known = {
        name: [each for talk in group if (each := getattr(talk, name)) is not None]
        for name in ("asked", "offered", "agreed", "owed", "kept")
    }
    sums = {name: total(found, currency) for name, found in known.items()}
    row: Row = {"talks": len(group), "asked_unknown": len(group) - len(known["asked"])}
    for name, found in known.items():
        row |= {f"{name}_talks": len(found), name: sums[name]}
    return row | {"waiting": sums["agreed"] + sums["owed"] - sums["kept"]}


# ---------------------------------------------------------------- approvals and overrides


def report_approvals(approvals: Iterable[tuple[str, Approval]], terms: Mapping[str, GrantTerms]) -> list[Row]:
    """Who decided how much, how fast and how often unchanged; `approvals` come with their policy.

    requests = decided + waiting + bypassed + void. The alarm is for stamping, see `is_stamping`.
    """
    return [
        {"approver": person, "policy": policy} | _row_of_approvals([a for _, a in group], terms[str(policy)])
        for (person, policy), group in groups(approvals, lambda pair: (pair[1].decided_by, pair[0]))
    ]


def _row_of_approvals(group: Sequence[Approval], terms: GrantTerms) -> Row:
    states = Counter(each.state for each in group)
    decided = [each for each in group if each.decided_by is not None]
    seconds = [(each.decided_at - each.requested_at) // _SECOND for each in decided if each.decided_at]
    amended = sum(each.amended is not None for each in decided)
    refused = states[ApprovalState.DECLINED] + states[ApprovalState.SENT_BACK]
    unchanged = len(decided) - amended - refused
    return {
        "requests": len(group),
        "decided": len(decided),
        "unchanged": unchanged,
        "amended": amended,
        "declined": states[ApprovalState.DECLINED],
        "sent_back": states[ApprovalState.SENT_BACK],
        "follow_rate": ratio(unchanged, len(decided)),
        "median_s": middle(seconds),
        "waiting": states[ApprovalState.REQUESTED],
        "bypassed": states[ApprovalState.BYPASSED] + states[ApprovalState.REVIEWED],
        "void": sum(each.state is ApprovalState.VOIDED and each.decided_by is None for each in group),
        "alarm": is_stamping(seconds, unchanged, terms),
    }


def is_stamping(seconds: Sequence[int], unchanged: int, terms: GrantTerms) -> bool:
    """Whether one person's approvals look like stamps: many, hardly ever changed, half of them unread.

    `seconds` is how long each took; `unchanged` how many were given as asked for.
    """
    decided = len(seconds)
    often = decided >= terms.stamp_least and unchanged > terms.stamp_share * decided
    return often and 2 * sum(each <= terms.stamp_seconds for each in seconds) >= decided


def report_overrides(cases: Iterable[CaseTold], overrides: Sequence[Override]) -> list[Row]:
    """Who put another sum than the advised one, at which rung, and which rows had asked for approval.

    `offers` are all that the person put, and stand on each of their lines; who overrode nothing has one
    line too, so that a rate has its ground.
    """
    offers = Counter(person for case in cases for person in (*case.offers_by, *case.overrides_by))
    found = groups(overrides, lambda o: (o.person, o.rung, ", ".join(o.rows), o.put.currency))
    faithful = sorted(set(offers) - {each.person for each in overrides})
    rows = [
        {
            "person": person,
            "rung": rung,
            "rows": names,
            "currency": currency,
            "offers": offers[str(person)],
            "overrides": len(group),
            "above": sum(each.put > each.advised for each in group),
            "below": sum(each.put < each.advised for each in group),
            "advised": total((each.advised for each in group), str(currency)),
            "put": total((each.put for each in group), str(currency)),
        }
        for (person, rung, names, currency), group in found
    ]
    none: Row = dict.fromkeys(("rung", "rows", "currency", "advised", "put"))
    return rows + [
        none | {"person": person, "offers": offers[person], "overrides": 0, "above": 0, "below": 0}
        for person in faithful
    ]


# ---------------------------------------------------------------- causes and clocks


def report_causes(
    cases: Sequence[CaseTold], promises: Mapping[str, Sequence[Promise]], now: datetime
) -> list[Row]:
    """Causes that come back, the most frequent first, with what was promised so that they do not.

    `promises` by case. `again` counts cases that came in after the first promise of the kind was kept.
    """
    rows: list[Row] = []
    found = groups(
        (case for case in cases if case.kind == "complaint"),
        lambda case: (case.problem, case.cause, case.category),
    )
    for (problem, cause, category), group in found:
        made = [p for case in group for p in promises.get(case.id, ()) if p.kind == "prevention"]
        kept = [p.ended_at for p in made if p.state in (PromiseState.KEPT, PromiseState.KEPT_LATE)]
        waiting = [p for p in made if p.state not in FINAL]
        mended = min((each for each in kept if each is not None), default=None)
        due = min((p.due_at for p in waiting if p.due_at is not None), default=None)
        rows.append(
            {
                "problem": problem,
                "cause": cause,
                "category": category,
                "cases": len(group),
                "prevention": ", ".join(sorted({p.what for p in made})) or None,
                "promised": len(made),
                "kept": len(kept),
                "replaced": sum(p.state is PromiseState.REPLACED for p in made),
                "open": len(waiting),
                "broken": sum(standing(p, now).state is PromiseState.BROKEN for p in made),
                "first_open_due": None if due is None else due.isoformat(),
                "again": sum(mended is not None and case.received_at > mended for case in group),
            }
        )
    return sorted(rows, key=lambda row: -int(str(row["cases"])))


def report_clocks(clocks: Iterable[RunningClock], now: datetime) -> list[Row]:
    """How often each limit was kept: started = kept + late + running + overdue + no_end."""
    return [
        {
            "what": what,
            "started": len(group),
            "kept": sum(was_kept(clock) is True for clock in group),
            "late": sum(was_kept(clock) is False for clock in group),
            "kept_share": ratio(
                sum(was_kept(clock) is True for clock in group),
                sum(was_kept(clock) is not None for clock in group),
            ),
            "running": sum(_runs(clock) and not is_overdue(clock, now) for clock in group),
            "overdue": sum(_runs(clock) and is_overdue(clock, now) for clock in group),
            "no_end": sum(clock.stopped_at is not None and clock.due_at is None for clock in group),
        }
        for (what,), group in groups(clocks, lambda clock: (clock.what,))
    ]


def _runs(clock: RunningClock) -> bool:
    return clock.stopped_at is None
